"""The `--wait` option of several verbs."""

from __future__ import annotations

from kit.errors import UserError


def wait_seconds(text: str) -> float:
    """The seconds of a `--wait`, as `30s`.

    Raises:
        UserError: it is no duration with a unit.
    """
    from generator.spec.quantities import Duration

    try:
        return Duration.parse(text).milliseconds / 1000
    except ValueError:
        raise UserError(f"--wait {text}: not a duration", hint="say the unit, as 30s") from None
