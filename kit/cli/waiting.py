"""Parse the durations in options of several verbs."""

from __future__ import annotations

from kit.errors import UsageError


def wait_seconds(text: str) -> float:
    """Return the seconds of a `--wait` such as `30s`; see `seconds_of`."""
    return seconds_of("--wait", text)


def seconds_of(option: str, text: str) -> float:
    """Return the seconds of an option's value such as `30s`.

    Raises:
        UsageError: The value is not a duration with a unit.
    """
    from generator.spec.quantities import Duration

    try:
        seconds = Duration.parse(text).milliseconds / 1000
    except ValueError:
        raise UsageError(f"{option} {text}: not a duration", hint="add the unit, such as 30s") from None
    return seconds
