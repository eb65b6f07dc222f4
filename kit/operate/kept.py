"""Data that a changed spec would leave behind: it stays in the old place, and the new start looks elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.targets.compose import KEEPS_LABEL
from kit.errors import UserError


def kept_by(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the place of each kind of data that a container keeps, read from its labels."""
    return {
        key.removeprefix(KEEPS_LABEL): value for key, value in labels.items() if key.startswith(KEEPS_LABEL)
    }


def moved(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Yield one sentence for each kind of data whose place changes.

    Args:
        before: place by kind of data, as it was started.
        now: place by kind of data, as it would be started.
    """
    for what, where in before.items():
        if now.get(what) != where:
            then = now.get(what, "nowhere")
            yield f"{what.replace('-', ' ')}: kept in {where}, but kit.yaml now says: {then}"


def refuse_moved(sentences: list[str], verbs: str) -> None:
    """Refuse a start that would not find its data again.

    Args:
        sentences: the moved data; see `moved`.
        verbs: commands that start it anyway and keep the old data.

    Raises:
        UserError: there is moved data.
    """
    if sentences:
        raise UserError(
            "\n".join([*sentences, "the data in the old place would no longer be found or sent"]),
            hint=f"undo the change in kit.yaml, or start without the old data, which is kept: {verbs}",
        )
