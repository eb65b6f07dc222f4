"""What a program is told to read, and where it is mounted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from findings.rule import Severity
from generator.rules.check import Hit, rule
from generator.rules.scene import Scene


@rule(
    "KIT016",
    "a config that a program is told to read is mounted there",
    Severity.ERROR,
    reason="The program ends at once with `no such file`; or Docker makes an empty folder in the file's place.",
    source="docs.docker.com, bind mounts; the programs' `--config`",
    fix="mount the rendered file at the path that the command names",
    bad="""
    # compose.override.yaml
    services:
      collector:
        command: [--config, /etc/otelcol/config.yaml]
    """,
    good="""
    # compose.override.yaml
    services:
      collector:
        command: [--config, /etc/collector/config.yaml, --set, "service::telemetry::logs::level=debug"]
    """,
)
def configs_are_mounted(scene: Scene) -> Iterator[Hit]:
    """Compare `--config` and `--file` with the mounts, and mounts of rendered files with what is rendered."""
    folders = {file.partition("/")[0] for file in scene.files.paths if "/" in file}
    for container in scene.containers.values():
        targets = {target: source for _, _, source, target in container.mounts}
        for option in ("--config", "--file"):
            for named in container.options(option):
                if named.startswith("/") and not any(
                    named == t or named.startswith(t + "/") for t in targets
                ):
                    found = f"{container.name} reads {named}, where nothing is mounted"
                    yield Hit(
                        found,
                        f"one of {', '.join(targets) or 'its mounts'}",
                        (scene.compose, container.path("command")),
                    )
        for path, kind, source, _ in container.mounts:
            file = source.removeprefix("./")
            of_the_kit = kind == "bind" and file.partition("/")[0] in folders and PurePosixPath(file).suffix
            if of_the_kit and file not in scene.files and file not in scene.compose.override.text:
                found = f"{container.name} mounts {file}, which is not rendered"
                yield Hit(found, "one of " + ", ".join(scene.files.paths), (scene.compose, path))


@rule(
    "KIT017",
    "Jaeger finds the config of its UI",
    Severity.ERROR,
    reason="Jaeger does not start: it reads the file before it serves.",
    source="Jaeger's jaegerquery extension, `ui.config_file`",
    fix="let jaeger_query.ui.config_file and the mount of jaeger/ui.json name one path",
    bad="""
    # jaeger/config.yaml, edited by hand
    -config_file: /etc/jaeger/ui.json
    +config_file: /etc/jaeger/ui-config.json
    """,
    good="jaeger: {base_path: /traces}",
)
def ui_config_is_mounted(scene: Scene) -> Iterator[Hit]:
    """Compare the path in Jaeger's config with the mounts."""
    path = ("extensions", "jaeger_query", "ui", "config_file")
    named = scene.jaeger.get(*path)
    container = scene.containers.get("jaeger")
    if named is None or container is None:
        return
    targets = [target for _, _, _, target in container.mounts]
    if str(named) not in targets:
        yield Hit(
            f"Jaeger reads {named}, where nothing is mounted",
            f"one of {', '.join(targets)}",
            (scene.jaeger, path),
        )


CHECKS = (
    configs_are_mounted,
    ui_config_is_mounted,
)
