"""Options of several verbs that say how long to wait."""

from __future__ import annotations

from kit.errors import UsageError


def wait_seconds(text: str) -> float:
    """The seconds of a `--wait`, as `30s`; see `seconds_of`."""
    return seconds_of("--wait", text)


def seconds_of(option: str, text: str) -> float:
    """The seconds of an option's value, as `30s`.

    Raises:
        UsageError: it is no duration with a unit, or none at all.
    """
    from generator.spec.quantities import Duration

    try:
        seconds = Duration.parse(text).milliseconds / 1000
    except ValueError:
        raise UsageError(f"{option} {text}: not a duration", hint="say the unit, as 30s") from None
    return seconds
