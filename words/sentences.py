"""Sentences and their lengths, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from statistics import median_high

# A full stop ends a sentence where a new one begins, or a legend's word; abbreviations and figures don't.
_END = re.compile(
    r"(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\betc\.)(?<!\bvs\.)"
    r"(?<=[.!?])[)\"\u201d\u2019]?\s+(?=[A-Z`\"\u201c(\d]|[a-z][\w/, ]{0,20}:)"
)
_WORD = re.compile(r"\S*\w\S*")

LONGEST = 35
MEDIAN = 18


def sentences_of(text: str) -> list[str]:
    """Split a passage into sentences."""
    return [one for one in _END.split(text) if _WORD.search(one)]


def words_of(sentence: str) -> int:
    """Count the words: what has a letter or a digit, between spaces."""
    return len(_WORD.findall(sentence))


def median(lengths: Iterable[int]) -> int:
    """The middle length; 0 for none."""
    ordered = list(lengths)
    return median_high(ordered) if ordered else 0
