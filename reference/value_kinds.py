"""Descriptions and examples of the kinds of value in a spec."""

from __future__ import annotations

from generator.spec.containers import ListOf, MapOf, Maybe, Words
from generator.spec.ip_address import IPAddress
from generator.spec.kinds import Choice, Count, Flag, Quantity, Text, Version, WordOr
from generator.spec.quantities import Duration, Percent, Size
from generator.spec.record import Record, TextOrRecord
from generator.spec.secret import SecretReference, TextOrSecret

_SECRET = "`{env: NAME}` or `{file: PATH}`"  # noqa: S105
_QUANTITIES = {Duration: "a duration", Percent: "a share", Size: "a size"}


def in_words(kind: object) -> str:
    """Describe a value of this kind in words.

    Raises:
        TypeError: There is no description for the kind.
    """
    return _plain(kind) or _holding(kind)


def _plain(kind: object) -> str:
    match kind:
        case Text():
            return kind.expected
        case Version():
            return "a version in quotes" + (f": {_either(kind.known)}" if kind.known else "")
        case Quantity():
            shape = _QUANTITIES[type(kind.parse(kind.example))]
            return f"{shape}, {kind.minimum} to {kind.maximum}"
        case Count():
            bounds = (kind.minimum, kind.maximum)
            return (
                f"{kind.what}, {bounds[0]} to {bounds[1]}"
                if bounds[0] < bounds[1]
                else f"always `{bounds[0]}`"
            )
        case Flag():
            return "`true` or `false`"
        case Choice():
            return _either(kind.words)
        case IPAddress():
            return "an IPv4 or IPv6 address"
        case SecretReference():
            return _SECRET
    return ""


def _holding(kind: object) -> str:
    match kind:
        case WordOr():
            return f"`{kind.word}`, or {in_words(kind.kind)}"
        case TextOrSecret():
            return f"text, or {_SECRET}"
        case Maybe():
            return f"null, or {in_words(kind.kind)}"
        case ListOf():
            return f"a list of at most {kind.maximum} items, each {in_words(kind.kind)}"
        case Words():
            return f"a list of at most {kind.maximum} words"
        case MapOf():
            return f"a map: the key is {in_words(kind.key)}, the value {in_words(kind.kind)}"
        case TextOrRecord():
            return f"{in_words(kind.text)}, or the keys below"
        case Record():
            return "the keys below"
    raise TypeError(f"no words for a value of the kind {type(kind).__name__}")


def example_of(kind: object) -> str:
    """Return an example as YAML, or an empty string if the kind has none."""
    match kind:
        case Version():
            return f'"{kind.example}"'
        case Quantity():
            return kind.example
        case Choice():
            return kind.words[-1]
        case Flag():
            return "false"
        case Count():
            return str(min(max(kind.minimum, 8), kind.maximum))
        case Maybe() | WordOr():
            return example_of(kind.kind)
    return ""


def _either(words: tuple[str, ...]) -> str:
    return " or ".join(f"`{word}`" for word in words)
