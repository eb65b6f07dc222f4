"""A second adapter: pods in the form that Kubernetes gives them, as the containers that rules look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from generator.rules.containers import ContainerView, InContainer, Kept, Mount, Part, PublishedPort
from generator.rules.scene import Scene
from generator.rules.text import ConfigText, Layered, dig
from generator.rules.units import size

_LIMIT = ("resources", "limits", "memory")
_KEYS: dict[Part, tuple[str, ...]] = {
    "image": ("image",), "command": ("args",), "environment": ("env",), "memory": _LIMIT, "mounts": ("volumeMounts",),
    "ports": ("ports",), "user": ("securityContext", "runAsUser"),
    "read_only": ("securityContext", "readOnlyRootFilesystem"), "health": ("readinessProbe", "exec"),
    "grace": ("terminationGracePeriodSeconds",), "replicas": (),
}  # fmt: skip


@dataclass(frozen=True)
class PodScene(Scene):
    """A deployment whose containers are pods.

    Attributes:
        pods: the manifest, a list of pods of one container each.
    """

    pods: str = "[]"

    @cached_property
    def containers(self) -> dict[str, ContainerView]:
        text = ConfigText("pods.yaml", self.pods)
        layered = Layered(text, ConfigText("", ""), text.data, edited=True)
        found = (_container(index, pod, layered) for index, pod in enumerate(text.data))
        return {container.name: container for container in found}


def _container(index: int, pod: dict[str, Any], layered: Layered) -> ContainerView:
    name, spec = pod["metadata"]["name"], pod["spec"]
    data = spec["containers"][0]
    sources = {volume["name"]: volume for volume in spec.get("volumes", [])}

    def where(part: Part, below: Any = None) -> InContainer:
        path: tuple[Any, ...] = (index, "spec", "containers", 0, *_KEYS[part])
        if part == "environment":
            names = [variable["name"] for variable in data.get("env", [])]
            path = (*path, names.index(below), "value") if below in names else path
        elif below is not None:
            path = (*path, below)
        return InContainer(layered, path, name, part, below)

    def mount(number: int, item: dict[str, Any]) -> Mount:
        source = sources[item["name"]]
        file = dig(source, "hostPath", "path")
        return Mount(
            Kept.HOST if file else Kept.VOLUME,
            file or item["name"],
            item["mountPath"],
            where("mounts", number),
        )

    return ContainerView(
        name,
        where,
        image=data["image"],
        command=tuple(data.get("args", ())),
        environment={one["name"]: one["value"] for one in data.get("env", ())},
        memory=size(str(dig(data, *_LIMIT) or "").replace("Mi", "MiB")) or 0,
        memory_key=".".join(_LIMIT),
        mounts=tuple(mount(number, item) for number, item in enumerate(data.get("volumeMounts", ()))),
        ports=tuple(
            PublishedPort("", port["hostPort"], port["containerPort"], "tcp", where("ports", number))
            for number, port in enumerate(data.get("ports", ()))
            if "hostPort" in port
        ),
        user=str(dig(data, *_KEYS["user"]) or ""),
        read_only=dig(data, *_KEYS["read_only"]) is True,
        grace=spec.get("terminationGracePeriodSeconds", 30),
    )
