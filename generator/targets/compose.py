"""Workloads ⇒ compose.yaml."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from generator.deployment.model import Deployment
from generator.deployment.network import LOOPBACK, Network
from generator.fileset import MARKER
from generator.workload import OWN_IMAGE, Workload

COMPOSE_FILE = "compose.yaml"
_OWN_ENTRYPOINT = ["python"]


def compose_file(deployment: Deployment, workloads: Sequence[Workload]) -> str:
    """The Compose file of a deployment."""
    by_name = {workload.name: workload for workload in workloads}
    document: dict[str, Any] = {
        "name": deployment.name,
        "services": {w.name: _service(deployment, w, by_name) for w in workloads},
    }
    volumes = sorted({volume.name for workload in workloads for volume in workload.volumes})
    if volumes:
        document["volumes"] = {name: {} for name in volumes}
    return f"# {MARKER}\n" + yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=110)


def _service(deployment: Deployment, workload: Workload, by_name: dict[str, Workload]) -> dict[str, Any]:
    service: dict[str, Any] = {}
    if workload.image == OWN_IMAGE:
        service |= {
            "build": {"context": deployment.layout.context},
            "image": f"{deployment.name}-kit:local",
            "entrypoint": _OWN_ENTRYPOINT,
        }
    else:
        service["image"] = workload.image
    if workload.command:
        # Compose reads `$` as a variable.
        service["command"] = [argument.replace("$", "$$") for argument in workload.command]
    if workload.environment:
        service["environment"] = {
            key: value.replace("$", "$$") for key, value in workload.environment.items()
        }
    published = _ports(deployment.network, workload)
    if published:
        service["ports"] = published
    mounts = [
        {"type": "bind", "source": f"./{m.file}", "target": m.path, "read_only": True}
        for m in workload.mounts
    ]
    mounts += [{"type": "volume", "source": v.name, "target": v.path} for v in workload.volumes]
    if mounts:
        service["volumes"] = mounts
    if workload.after:
        service["depends_on"] = {name: {"condition": _condition(by_name[name])} for name in workload.after}
    if workload.health and workload.health.inside:
        service["healthcheck"] = {
            "test": ["CMD", *workload.health.inside],
            "interval": "5s",
            "timeout": "5s",
            "retries": 12,
            "start_period": f"{workload.health.within}s",
            "start_interval": "1s",
        }
    service["mem_limit"] = f"{workload.memory.mib}m"
    service["stop_grace_period"] = f"{workload.stop_grace}s"
    service["restart"] = "on-failure:3" if workload.once else "unless-stopped"
    # Docker's own default keeps every line for ever.
    service["logging"] = {"driver": "local", "options": {"max-size": "10m", "max-file": "3"}}
    return service


def _condition(workload: Workload) -> str:
    if workload.once:
        return "service_completed_successfully"
    return "service_healthy" if workload.health and workload.health.inside else "service_started"


def _ports(network: Network, workload: Workload) -> list[str]:
    return [
        f"{LOOPBACK}:{network.published(listener)}:{listener.port}"
        for listener in workload.listens
        if listener.published
    ]


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes each value out, without anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    # YAML 1.1 reads a:b as a number to the base of 60, and `no` as a boolean: quote what is not a plain word.
    plain = value.replace("-", "").replace("_", "").replace("/", "").replace(".", "").isalpha()
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')


_Dumper.add_representer(str, _text)
