"""Whether the whole campaign runs (`make campaign`, minutes to an hour) or its short form, which is part of CI."""

from __future__ import annotations

import os

WHOLE = os.environ.get("KIT_CAMPAIGN") == "whole"
