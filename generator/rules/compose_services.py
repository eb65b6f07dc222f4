"""What Compose asks of a service: an image, a version of it, and names that are declared."""

from __future__ import annotations

from collections.abc import Iterator

from findings.rule import Severity
from generator.rules.check import Hit, rule
from generator.rules.scene import Scene
from generator.rules.text import mapping, words
from generator.spec.report import nearest

_RESOURCES = ("networks", "secrets", "configs")


@rule(
    "KIT083",
    "an image is pinned to a version",
    Severity.WARNING,
    reason="The next `docker compose pull` brings another program: nobody changed anything, and it no longer works.",
    source="docs.docker.com, Building best practices: pin base image versions; hadolint DL3007",
    fix="a tag with a version, or a digest: `image@sha256:…`",
    bad="""
    # compose.override.yaml
    services:
      adminer:
        image: adminer:latest
        mem_limit: 128m
    """,
    good="""
    # compose.override.yaml
    services:
      adminer:
        image: adminer:5.4.0
        mem_limit: 128m
    """,
)
def images_are_pinned(scene: Scene) -> Iterator[Hit]:
    """Look at every image that is not built here."""
    for container in scene.containers.values():
        image = container.get("image")
        if (
            not isinstance(image, str)
            or container.get("build") is not None
            or "@sha256:" in image
            or "$" in image
        ):
            continue
        tag = image.rpartition("/")[2].partition(":")[2]
        if tag in ("", "latest", "edge", "nightly", "main", "master", "stable"):
            what = f"the tag `{tag}`, which moves" if tag else "no tag, which is `latest`"
            yield Hit(
                f"{container.name}: {image} has {what}", "a version", (scene.compose, container.path("image"))
            )


@rule(
    "KIT084",
    "a service has an image, or is built",
    Severity.ERROR,
    reason='Compose refuses the whole file: `service "x" has neither an image nor a build context specified`.',
    source="Compose specification, services",
    fix="mend the name if you meant one of the rendered services, else give it an image",
    bad="""
    # compose.override.yaml
    services:
      colector:
        mem_limit: 1g
    """,
    good="""
    # compose.override.yaml
    services:
      collector:
        mem_limit: 1g
    """,
)
def services_have_images(scene: Scene) -> Iterator[Hit]:
    """Look for a service that only the override names and that has neither."""
    rendered = list(mapping(mapping(scene.compose.rendered.data).get("services")))
    for container in scene.containers.values():
        if not container.get("image") and not container.get("build"):
            near = nearest(container.name, rendered)
            yield Hit(
                f"{container.name} has neither an image nor a build",
                f"one of {', '.join(rendered)}, or an image",
                (scene.compose, container.path()),
                fix=f"did you mean {near}?" if near else "",
            )


@rule(
    "KIT086",
    "a volume, network, secret or config that a service names is declared",
    Severity.ERROR,
    reason='Compose refuses the whole file: `service "x" refers to undefined volume`.',
    source="Compose specification: volumes, networks, secrets and configs at the top",
    fix="declare it at the top of compose.override.yaml: `volumes: {name: {}}`; a folder begins with `./`",
    bad="""
    # compose.override.yaml
    services:
      redis:
        volumes: [backup:/backup]
    """,
    good="""
    # compose.override.yaml
    services:
      redis:
        volumes: [backup:/backup, ./redis:/notes]
    volumes:
      backup: {}
    """,
)
def resources_are_declared(scene: Scene) -> Iterator[Hit]:
    """Compare what services name with what is declared."""
    declared = sorted(map(str, mapping(scene.compose.get("volumes"))))
    for container in scene.containers.values():
        for path, kind, source, _ in container.mounts:
            if kind == "volume" and source and "$" not in source and source not in declared:
                yield Hit(
                    f"the volume {source} is not declared",
                    f"one of {', '.join(map(str, declared))}",
                    (scene.compose, container.path("volumes", container.get("volumes", path[-1]))),
                )
        for kind in _RESOURCES:
            known = {*map(str, mapping(scene.compose.get(kind))), "default"}
            data = container.get(kind)
            for name in [str(key) for key in mapping(data)] or words(data):
                if name not in known:
                    yield Hit(
                        f"{kind[:-1]} {name} is not declared",
                        f"{kind}: {{{name}: …}} at the top",
                        (scene.compose, container.path(kind, name)),
                    )


@rule(
    "KIT087",
    "the project keeps its name",
    Severity.WARNING,
    reason="Compose names volumes and networks after the project: under another name it starts with empty volumes, and "
    "`kit down` looks for the first.",
    source="docs.docker.com, Compose project names",
    fix="leave `name` out of the override, or change it in kit.yaml before there is data",
    bad="""
    # compose.override.yaml
    name: shop-test
    """,
    good="""
    # compose.override.yaml
    name: shop
    """,
)
def project_keeps_its_name(scene: Scene) -> Iterator[Hit]:
    """Compare Compose's name with the spec's."""
    name = scene.compose.get("name")
    if scene.containers and name != scene.spec.name:
        yield Hit(
            f"{name}, and kit.yaml says {scene.spec.name}",
            scene.spec.name,
            (scene.compose, ("name",)),
            "name",
        )


CHECKS = (images_are_pinned, services_have_images, resources_are_declared, project_keeps_its_name)
