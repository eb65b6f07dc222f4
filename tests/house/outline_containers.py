"""The lines of an outline as the containers that rules look at: it gives none of them a limit."""

from __future__ import annotations

from dataclasses import replace

from generator.rules.containers import ContainerView, missing
from generator.rules.scene import Scene
from tests.house.outline import OUTLINE_FILE


def containers_of(scene: Scene) -> dict[str, ContainerView]:
    """One for each line."""
    lines = [line.partition(": ") for line in scene.files[OUTLINE_FILE].splitlines()[1:]]
    return {name: replace(missing(name), image=words.partition(" ")[0]) for name, _, words in lines}
