"""What Compose asks of a service: an image, a version of it, and names that are declared."""

from __future__ import annotations

from collections.abc import Iterator

from generator.rules.check import Breach, rule
from generator.rules.scene import Scene
from generator.rules.text import mapping, words
from generator.spec.report import nearest

_RESOURCES = ("networks", "secrets", "configs")


@rule("KIT083")
def images_are_pinned(scene: Scene) -> Iterator[Breach]:
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
            yield Breach(
                f"{container.name}: {image} has {what}", "a version", (scene.compose, container.path("image"))
            )


@rule("KIT084")
def services_have_images(scene: Scene) -> Iterator[Breach]:
    """Look for a service that only the override names and that has neither."""
    rendered = list(mapping(mapping(scene.compose.rendered.data).get("services")))
    for container in scene.containers.values():
        if not container.get("image") and not container.get("build"):
            near = nearest(container.name, rendered)
            yield Breach(
                f"{container.name} has neither an image nor a build",
                f"one of {', '.join(rendered)}, or an image",
                (scene.compose, container.path()),
                fix=f"did you mean {near}?" if near else "",
            )


@rule("KIT086")
def resources_are_declared(scene: Scene) -> Iterator[Breach]:
    """Compare what services name with what is declared."""
    declared = sorted(map(str, mapping(scene.compose.get("volumes"))))
    for container in scene.containers.values():
        for path, kind, source, _ in container.mounts:
            if kind == "volume" and source and "$" not in source and source not in declared:
                yield Breach(
                    f"the volume {source} is not declared",
                    f"one of {', '.join(map(str, declared))}",
                    (scene.compose, container.path("volumes", container.get("volumes", path[-1]))),
                )
        for kind in _RESOURCES:
            known = {*map(str, mapping(scene.compose.get(kind))), "default"}
            data = container.get(kind)
            for name in [str(key) for key in mapping(data)] or words(data):
                if name not in known:
                    yield Breach(
                        f"{kind[:-1]} {name} is not declared",
                        f"{kind}: {{{name}: …}} at the top",
                        (scene.compose, container.path(kind, name)),
                    )


@rule("KIT087")
def project_keeps_its_name(scene: Scene) -> Iterator[Breach]:
    """Compare Compose's name with the spec's."""
    name = scene.compose.get("name")
    if scene.containers and name != scene.spec.name:
        yield Breach(
            f"{name}, and kit.yaml says {scene.spec.name}",
            scene.spec.name,
            (scene.compose, ("name",)),
            "name",
        )


CHECKS = (images_are_pinned, services_have_images, resources_are_declared, project_keeps_its_name)
