"""The storage as the last hop of the span pipeline, for every engine: it counts no spans, but a search finds them."""

from __future__ import annotations

from generator.pipeline import Hop

STORAGE = Hop("storage")
