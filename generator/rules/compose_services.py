"""Requirements of Compose: images with a version, declared names, dependencies that can be met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.rules.addresses import one_of
from generator.rules.check import Breach, rule
from generator.rules.compose_containers import switched_off
from generator.rules.containers import Kept
from generator.rules.scene import Scene
from generator.rules.text import KeyPath, Layered, dig, mapping, words
from generator.spec.problems import nearest

_RESOURCES = ("networks", "secrets", "configs")
_MOVING = ("", "latest", "edge", "nightly", "main", "master", "stable")


def _services(scene: Scene) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield name and keys of each service."""
    for name, data in mapping(scene.compose.get("services")).items():
        yield str(name), mapping(data)


def _at(scene: Scene, *below: Any) -> tuple[Layered, KeyPath]:
    return scene.compose, ("services", *below)


@rule("KIT019")
def waits_are_for_services(scene: Scene) -> Iterator[Breach]:
    """Check every `depends_on`."""
    services = dict(_services(scene))
    for waiting, data in services.items():
        for name, how in mapping(data.get("depends_on")).items():
            if name not in services:
                found = f"{waiting} waits for {name}, which is not a service here"
                yield Breach(found, one_of(scene), _at(scene, waiting, "depends_on", name))
                continue
            # A user's image may have a built-in health check; rendered services define it in the Compose file.
            silent = not services[name].get("healthcheck")
            rendered = scene.compose.rendered.depth(("services", name)) == 2
            if silent and rendered and dig(how, "condition") == "service_healthy":
                yield Breach(
                    f"{waiting} waits until {name} is healthy, but that service has no health check",
                    "service_completed_successfully" if name == "schema" else "service_started",
                    _at(scene, waiting, "depends_on", name, "condition"),
                )
    waits = ("jaeger", "depends_on", "schema", "condition")
    if (
        services.get("jaeger")
        and "schema" in services
        and dig(services, *waits) != "service_completed_successfully"
    ):
        found = "jaeger starts before the schema is complete"
        yield Breach(found, "schema: service_completed_successfully", _at(scene, *waits))


@rule("KIT083")
def images_are_pinned(scene: Scene) -> Iterator[Breach]:
    """Check every image that is not built here."""
    for name, data in _services(scene):
        image = scene.container(name).image
        if (
            name not in scene.containers
            or not isinstance(data.get("image"), str)
            or data.get("build") is not None
            or "@sha256:" in image
            or "$" in image
        ):
            continue
        tag = image.rpartition("/")[2].partition(":")[2]
        if tag in _MOVING:
            what = f"the tag `{tag}`, which is not fixed" if tag else "no tag, which means `latest`"
            yield Breach(f"{name}: {image} has {what}", "a version", scene.container(name).at("image"))


@rule("KIT084")
def services_have_images(scene: Scene) -> Iterator[Breach]:
    """Find services of the override that have neither an image nor a build."""
    rendered = list(mapping(mapping(scene.compose.rendered.data).get("services")))
    for name, data in _services(scene):
        if not data.get("image") and not data.get("build"):
            near = nearest(name, rendered)
            yield Breach(
                f"{name} has neither an image nor a build",
                f"one of {', '.join(rendered)}, or an image",
                _at(scene, name),
                fix=f"did you mean {near}?" if near else "",
            )


@rule("KIT086")
def resources_are_declared(scene: Scene) -> Iterator[Breach]:
    """Compare the volumes, networks, secrets and configs of the services with the declarations."""
    declared = sorted(map(str, mapping(scene.compose.get("volumes"))))
    for name, data in _services(scene):
        for mount in scene.container(name).mounts:
            source = mount.source
            if mount.kept is Kept.VOLUME and source and "$" not in source and source not in declared:
                entry = dig(data, "volumes", mount.at.below)
                found = f"the volume {source} is not declared"
                yield Breach(found, f"one of {', '.join(declared)}", _at(scene, name, "volumes", entry))
        for kind in _RESOURCES:
            known = {*map(str, mapping(scene.compose.get(kind))), "default"}
            for used in [str(key) for key in mapping(data.get(kind))] or words(data.get(kind)):
                if used not in known:
                    found = f"{kind[:-1]} {used} is not declared"
                    yield Breach(
                        found, f"{kind}: {{{used}: …}} at the top level", _at(scene, name, kind, used)
                    )


@rule("KIT087")
def project_keeps_its_name(scene: Scene) -> Iterator[Breach]:
    """Compare Compose's name with the spec's."""
    name = scene.compose.get("name")
    if scene.containers and name != scene.spec.name:
        found = f"{name}, but {scene.spec.name} in kit.yaml"
        yield Breach(found, scene.spec.name, (scene.compose, ("name",)), "name")


@rule("KIT088")
def logs_have_an_end(scene: Scene) -> Iterator[Breach]:
    """Check services with the json-file driver, whose files grow without limit unless a max-size is set."""
    for name, data in _services(scene):
        # Without the key Docker's own config applies, which may have a limit.
        logging = mapping(data.get("logging"))
        if logging.get("driver") == "json-file" and not dig(logging, "options", "max-size"):
            yield Breach(
                f"{name}: the log in Docker's json-file has no max-size",
                'logging: {driver: json-file, options: {max-size: "10m", max-file: "3"}}',
                _at(scene, name, "logging"),
            )


@rule("KIT155")
def profiles_are_on(scene: Scene) -> Iterator[Breach]:
    """Find services that COMPOSE_PROFILES switches off although the kit or another service needs them."""
    services = dict(_services(scene))
    on = scene.deployment.overrides.profiles
    off = {name for name, data in services.items() if switched_off(data, on)}
    for name in sorted(off.intersection(scene.workloads)):
        own = " or ".join(words(services[name].get("profiles")))
        yield Breach(
            f"{name} is not started: its profile {own} is not active",
            f"no profile, or COMPOSE_PROFILES={own.partition(' ')[0]} in .env",
            _at(scene, name, "profiles"),
        )
    for waiting in services.keys() - off:
        for name, how in mapping(services[waiting].get("depends_on")).items():
            if name in off and name not in scene.workloads and dig(how, "required") is not False:
                found = (
                    f"{waiting} waits for {name}, whose profile is not active: Compose refuses the whole file"
                )
                yield Breach(
                    found, "required: false, or an active profile", _at(scene, waiting, "depends_on", name)
                )


CHECKS = (
    waits_are_for_services, images_are_pinned, services_have_images, resources_are_declared,
    project_keeps_its_name, logs_have_an_end, profiles_are_on,
)  # fmt: skip
