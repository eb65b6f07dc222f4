"""Parse ids and whole numbers, with the same rules for all formats."""

from __future__ import annotations

import base64
import binascii
import re

LATEST = 2**63 - 1
"""Latest valid time in ns since 1970: the largest signed 64-bit number."""

_HEXADECIMAL = re.compile(r"[0-9a-f]+")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_MOST_DIGITS = 40
_UUID = 36
_ZEROS = ("0" * 16, "0" * 32)


def identifier(value: object, digits: int) -> str | None:
    """Convert an id to lower-case hexadecimal.

    The input may be hexadecimal, with or without `0x`, UUID dashes and leading zeros, or standard or URL-safe base64.

    Args:
        value: value in the document.
        digits: number of digits of the result: 32 for a trace, 16 for a span.

    Returns:
        The id, empty if it is missing or zero, or None if it is invalid.
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
    """Convert a number or decimal digits to a whole number; None if it is not one."""
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
