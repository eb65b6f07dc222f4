"""Adapter: Compose's services as the `ContainerView`s that rules check."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from generator.rules.containers import (
    ContainerView,
    HealthCommand,
    InContainer,
    Kept,
    Mount,
    Part,
    PublishedPort,
)
from generator.rules.text import KeyPath, Layered, dig, mapping, words
from generator.rules.units import seconds, size, whole

if TYPE_CHECKING:
    from generator.rules.scene import Scene

_NETWORKS = ("networks", "network_mode", "extra_hosts", "external_links", "links")
_LIMIT: KeyPath = ("deploy", "resources", "limits", "memory")
# Docker's default.
_GRACE = "10s"
_KEYS: dict[Part, KeyPath] = {
    "image": ("image",),
    "command": ("command",),
    "environment": ("environment",),
    "memory": ("mem_limit",),
    "mounts": ("volumes",),
    "ports": ("ports",),
    "user": ("user",),
    "read_only": ("read_only",),
    "health": ("healthcheck", "test"),
    "grace": ("stop_grace_period",),
    "replicas": ("deploy", "replicas"),
}


def containers_of(scene: Scene) -> dict[str, ContainerView]:
    """Return the started services of the merged Compose file, by name; the kit's services are always included."""
    on, rendered = scene.deployment.overrides.profiles, scene.compose.rendered
    return {
        name: one
        for name, one in compose_containers(scene.compose).items()
        if not switched_off(mapping(scene.compose.get("services", name)), on)
        or rendered.depth(("services", name)) == 2
    }


def switched_off(service: Mapping[str, Any], on: Collection[str]) -> bool:
    """Whether a service has profiles and none of them is active."""
    own = words(service.get("profiles"))
    return bool(own) and "*" not in on and not set(own).intersection(on)


def compose_containers(compose: Layered) -> dict[str, ContainerView]:
    """Return every service of a merged Compose file, by name."""
    services = mapping(compose.get("services"))
    # Services with `network_mode: service:X` share the loopback of X.
    shared = {str(mapping(data).get("network_mode")) for data in services.values()}
    containers = {
        str(name): compose_container(str(name), mapping(data), compose) for name, data in services.items()
    }
    return {
        name: replace(one, own_loopback=False) if f"service:{name}" in shared else one
        for name, one in containers.items()
    }


def compose_container(name: str, data: Mapping[str, Any], compose: Layered) -> ContainerView:
    """Build the view of one service from its keys."""
    keys = dict(_KEYS)
    if dig(data, *_LIMIT) is not None:
        keys["memory"] = _LIMIT
    if whole(dig(data, *keys["replicas"])) is None and whole(data.get("scale")):
        keys["replicas"] = ("scale",)

    def where(part: Part, below: Any = None) -> InContainer:
        path = ("services", name, *keys[part], *(() if below is None else (below,)))
        return InContainer(compose, path, name, part, below)

    variables = {str(key): value for key, value in mapping(data.get("environment")).items()}
    return ContainerView(
        name,
        where,
        image=data["image"] if isinstance(data.get("image"), str) else "",
        command=tuple(_unescaped(word) for word in words(data.get("command"))),
        environment={key: _unescaped(str(value)) for key, value in variables.items() if value is not None},
        inherited=frozenset(key for key, value in variables.items() if value is None),
        more_variables=bool(data.get("env_file")),
        memory=size(dig(data, *keys["memory"])) or 0,
        memory_key="mem_limit",
        mounts=tuple(_mounts(data, where)),
        # The path names an entry by its value, not by its index: the merged list joins rendered and override entries.
        ports=tuple(
            port for item in _listed(data.get("ports")) for port in _published(item, where("ports", item))
        ),
        user=str(data.get("user") or ""),
        read_only=data.get("read_only") is True,
        health=_health(dig(data, *keys["health"])),
        grace=seconds(data.get("stop_grace_period") or _GRACE),
        replicas=whole(dig(data, *keys["replicas"])) or 1,
        own_loopback=not data.get("network_mode"),
        closed=not any(data.get(key) for key in _NETWORKS),
    )


def _mounts(data: Mapping[str, Any], where: Callable[[Part, Any], InContainer]) -> Iterator[Mount]:
    """Yield the volumes, then `tmpfs`, `secrets` and `configs`."""
    for index, item in enumerate(_listed(data.get("volumes"))):
        yield _mount(item, where("mounts", index))
    other = where("mounts", None)
    for word in words(data.get("tmpfs")):
        yield Mount(Kept.NOBODY, "", word.partition(":")[0], other)
    for key, folder in (("secrets", "/run/secrets/"), ("configs", "/")):
        for item in _listed(data.get(key)):
            long = mapping(item)
            target = str(long.get("target") or long.get("source") or (item if isinstance(item, str) else ""))
            place = target if target.startswith("/") else folder + target
            yield Mount(Kept.HOST, "", place, other, read_only=True)


def _mount(item: Any, at: InContainer) -> Mount:
    if isinstance(item, Mapping):
        kind = str(item.get("type", ""))
        kept = Kept(kind) if kind in (Kept.HOST, Kept.VOLUME) else Kept.NOBODY
        read_only = item.get("read_only") is True
        return Mount(kept, str(item.get("source") or ""), str(item.get("target")), at, read_only)
    source, colon, rest = str(item).partition(":")
    if not colon:
        return Mount(Kept.VOLUME, "", source, at)
    kept = Kept.HOST if source.startswith((".", "/", "~")) else Kept.VOLUME
    target, _, options = rest.partition(":")
    return Mount(kept, source, target, at, read_only="ro" in options.split(","))


def _published(item: Any, at: InContainer) -> Iterator[PublishedPort]:
    if isinstance(item, Mapping):
        host, inside = str(item.get("published", "")), str(item.get("target", ""))
        address, protocol = str(item.get("host_ip", "")), str(item.get("protocol", "tcp"))
    else:
        text, _, protocol = str(item).partition("/")
        rest, _, inside = text.rpartition(":")
        address, _, host = rest.rpartition(":")
    if host.isdigit() and inside.isdigit():
        yield PublishedPort(address.strip("[]"), int(host), int(inside), protocol or "tcp", at)


def _health(test: Any) -> HealthCommand | None:
    said = tuple(words(test))
    if isinstance(test, str):
        return HealthCommand(said, by_shell=True)
    if said[:1] in (("CMD",), ("CMD-SHELL",)):
        return HealthCommand(said[1:], by_shell=said[0] == "CMD-SHELL")
    return HealthCommand(said) if said and said != ("NONE",) else None


def _listed(data: Any) -> list[Any]:
    return data if isinstance(data, list) else []


def _unescaped(word: str) -> str:
    return word.replace("$$", "$")
