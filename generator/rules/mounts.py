"""Mounts of the config files that commands name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from generator.rules.check import Breach, rule
from generator.rules.containers import Kept
from generator.rules.scene import Scene


@rule("KIT016")
def configs_are_mounted(scene: Scene) -> Iterator[Breach]:
    """Compare `--config` and `--file` with the mounts, and mounted files of the kit with the rendered ones."""
    folders = {file.partition("/")[0] for file in scene.files.paths if "/" in file}
    for container in scene.containers.values():
        targets = [mount.target for mount in container.mounts]
        for option in ("--config", "--file"):
            for named in container.options(option):
                if named.startswith("/") and not any(
                    named == t or named.startswith(t + "/") for t in targets
                ):
                    found = f"{container.name} reads {named}, where nothing is mounted"
                    yield Breach(
                        found,
                        f"one of {', '.join(targets) or 'its mounts'}",
                        container.at("command"),
                    )
        for mount in container.mounts:
            file = mount.source.removeprefix("./")
            of_the_kit = (
                mount.kept is Kept.HOST and file.partition("/")[0] in folders and PurePosixPath(file).suffix
            )
            if of_the_kit and file not in scene.files and file not in mount.at.layered.override.text:
                found = f"{container.name} mounts {file}, which is not rendered"
                yield Breach(found, "one of " + ", ".join(scene.files.paths), mount.at)


CHECKS = (configs_are_mounted,)
