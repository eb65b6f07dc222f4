"""Decide from a refusal's text whether the span or the storage is at fault.

Only the text helps: Jaeger's HTTP status is 503 or 500 for every cause. Before the reason, Jaeger puts the whole
statement with its values. These come from the sender and prove nothing.
"""

from __future__ import annotations

import re
from enum import StrEnum

# Errors about a value: they do not depend on the state of the database, so this span is refused each time.
_FAULTS = {
    "invalid UTF-8": r"string didn't validate|non-?utf-?8|(invalid|not valid) utf-?8",
    "key too long": r"key length of \d+ is longer|key size too large|key (is )?too (long|large)",
    "too large": (
        r"mutation of \d+ bytes is too large|frame (length|size|body) (is )?(bigger|larger|too)|request is too big"
        r"|element size too large|value (is )?too (long|large)|collection (is )?too (long|large)"
        r"|(exceed\w*|larger than|bigger than) (the )?(max|limit|allowed)"
    ),
    "not storable": r"can ?not marshal|failed to marshal|marshal(l?ing)? error|key may not be empty|unable to marshal",
    "malformed": r"proto: |unexpected eof in message|wiretype|illegal tag",
}
# Jaeger's answer if its error contains text of the sender that is not UTF-8. The error itself may be an outage.
_GARBLED = "failed to marshal error message"
_STATEMENT, _AFTER = "failed to Exec query '", "]': "
_STORE = (
    r"time(d)? ?out|timeout|deadline|no hosts|no connections|connection|eof\b|broken pipe|overload|unavailable"
    r"|cancell?ed|shut ?down|not enough replicas|bootstrapping|no response|does not exist|unconfigured table"
)


class Blame(StrEnum):
    """The party at fault for a refusal, judged by its text."""

    SPAN = "span"
    GARBLED = "garbled"
    STORE = "store"
    UNKNOWN = "unknown"


_COMPILED = {reason: re.compile(pattern, re.IGNORECASE) for reason, pattern in _FAULTS.items()}
_STORE_PATTERN = re.compile(_STORE, re.IGNORECASE)
OTHER = "refused by itself"
UNREADABLE = "malformed"


def without_statement(text: str) -> str:
    """Return a refusal's text without the statement, which may be megabytes long."""
    before, statement, _ = text.partition(_STATEMENT)
    _, found, reason = text.rpartition(_AFTER)
    return f"{before if statement else ''}{reason}" if found else text


def fault(text: str) -> str:
    """Return the defect of a span that a refusal names, in a word or two; empty if it names none."""
    if _GARBLED in text:
        return "invalid UTF-8"
    said = text.rpartition(_AFTER)[2]
    return next((reason for reason, pattern in _COMPILED.items() if pattern.search(said)), "")


def blame(text: str) -> Blame:
    """Return the party at fault. For an empty text it is the storage: it did not answer."""
    if _GARBLED in text:
        return Blame.GARBLED
    if fault(text):
        return Blame.SPAN
    said = text.rpartition(_AFTER)[2]
    return Blame.STORE if not said or _STORE_PATTERN.search(said) else Blame.UNKNOWN
