"""The storage as the last hop of the span pipeline, whichever it is: it counts no spans, a search finds them."""

from __future__ import annotations

from generator.pipeline import Hop

STORAGE = Hop("storage")
