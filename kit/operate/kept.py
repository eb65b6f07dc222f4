"""What a changed spec would lose sight of: data that stays in its old place while it is looked for in a new one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.targets.compose import KEEPS_LABEL
from kit.errors import UserError


def kept_by(labels: Mapping[str, str]) -> dict[str, str]:
    """Where a container keeps what, as its labels say."""
    return {
        key.removeprefix(KEEPS_LABEL): value for key, value in labels.items() if key.startswith(KEEPS_LABEL)
    }


def moved(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """What is kept elsewhere now, each as a sentence.

    Args:
        before: place by what is kept there, as it was started.
        now: the same, as it would be started.
    """
    for what, where in before.items():
        if now.get(what) != where:
            then = now.get(what, "nowhere")
            yield f"{what.replace('-', ' ')}: kept in {where}; as kit.yaml says now: {then}"


def refuse_moved(sentences: list[str], verbs: str) -> None:
    """Stop before data is lost sight of.

    Args:
        sentences: what is moved.
        verbs: commands that start it all the same, and keep the old data.

    Raises:
        UserError: something is.
    """
    if sentences:
        raise UserError(
            "\n".join([*sentences, "what is there already would not be found any more, or not be sent"]),
            hint=f"undo it in kit.yaml, or leave the old data where it is: {verbs}",
        )
