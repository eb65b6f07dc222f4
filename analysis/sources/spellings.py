"""How ids and whole numbers are spelled, by whatever writer: one set of rules for all formats."""

from __future__ import annotations

import base64
import binascii
import re

LATEST = 2**63 - 1
"""The latest time that is read, in ns since 1970: what a signed 64-bit number holds."""

_HEXADECIMAL = re.compile(r"[0-9a-f]+")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_MOST_DIGITS = 40
_UUID = 36
_ZEROS = ("0" * 16, "0" * 32)


def identifier(value: object, digits: int) -> str | None:
    """An id in lower-case hexadecimal.

    Read are hexadecimal with or without `0x`, the dashes of a UUID and leading zeros, and base64, plain or for URLs.

    Args:
        value: as it stands in the document.
        digits: 32 for a trace, 16 for a span.

    Returns:
        As many digits; empty where there is no id or all of it is zero; None where it cannot be read.
    """
    if value.__class__ is str and len(value) == digits and _HEXADECIMAL.fullmatch(value):
        return value if value not in _ZEROS else ""
    if value is None or value == "":
        return ""
    if not isinstance(value, str):
        return None
    text = value.strip().lower().removeprefix("0x")
    if len(text) == _UUID:
        text = text.replace("-", "")
    if not _HEXADECIMAL.fullmatch(text):
        text = _from_base64(value.strip(), digits)
    significant = text.lstrip("0")
    if not text or len(significant) > digits:
        return None
    return significant.rjust(digits, "0") if significant else ""


def whole_number(value: object) -> int | None:
    """A whole number, from a number or from decimal digits; None where there is none."""
    if value.__class__ is str and len(value) <= _MOST_DIGITS and value.isascii() and value.isdecimal():
        return int(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        text = value.strip()
        if _WHOLE.fullmatch(text) and len(text) <= _MOST_DIGITS:
            return int(text)
        try:
            value = float(text)
        except ValueError:
            return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None


def _from_base64(text: str, digits: int) -> str:
    plain = text.translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return raw.hex() if len(raw) * 2 == digits else ""
