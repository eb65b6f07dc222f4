"""Render workloads as compose.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

import yaml

from generator.deployment.model import Deployment
from generator.deployment.network import ANY, Network
from generator.deployment.platform import Platform
from generator.fileset import MARKER
from generator.spec.model import Spec
from generator.spec.secret import Secret
from generator.spec.sections.ports import PORTS
from generator.target import Target
from generator.workload import OWN_IMAGE, Workload

COMPOSE_FILE = "compose.yaml"
# Prefix of a label with the hash of a mounted file. Compose ignores changes of a file's content, but it replaces a
# container if its labels change.
FILE_LABEL = "tracing-kit.file/"
# Prefix of a label with the place of a kind of data, such as the traces.
KEEPS_LABEL = "tracing-kit.keeps/"
_OWN_ENTRYPOINT = ["python"]


def _platform(spec: Spec, folder: PurePosixPath) -> Platform:
    return Platform(
        target="compose",
        has_images=True,
        shares_host=False,
        isolates_files=True,
        owns_volumes=False,
        binds=ANY,
        opens=spec[PORTS].address,
        sql_store="postgres",
        stand_in="",
        folder=folder,
        rendered=folder,
    )


def compose_file(deployment: Deployment, workloads: Sequence[Workload]) -> str:
    """Return the text of a deployment's Compose file."""
    by_name = {workload.name: workload for workload in workloads}
    document: dict[str, Any] = {
        "name": deployment.name,
        "services": {w.name: _service(deployment, w, by_name) for w in workloads},
    }
    volumes = sorted({volume.name for workload in workloads for volume in workload.volumes})
    if volumes:
        document["volumes"] = {name: {} for name in volumes}
    secrets = {secret.name: secret for workload in workloads for secret in workload.secrets if secret.file}
    if secrets:
        document["secrets"] = {name: {"file": _path(secrets[name].file)} for name in sorted(secrets)}
    return f"# {MARKER}\n" + yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=110)


def _service(deployment: Deployment, workload: Workload, by_name: dict[str, Workload]) -> dict[str, Any]:
    service = _image(deployment, workload)
    if workload.command:
        service["command"] = [_literal(argument) for argument in workload.command]
    environment = {key: _literal(value) for key, value in workload.environment.items()}
    environment |= {secret.env: _required(secret) for secret in workload.secrets if secret.env}
    environment |= {key: _required(Secret(env=name)) for key, name in workload.variables.items()}
    if environment:
        service["environment"] = environment
    files = [secret.name for secret in workload.secrets if secret.file]
    if files:
        # Compose mounts each at /run/secrets, under this name.
        service["secrets"] = files
    published = _ports(deployment.network, workload)
    if published:
        service["ports"] = published
    mounts = [_bind(mount.file, mount.path) for mount in workload.mounts]
    mounts += [{"type": "volume", "source": v.name, "target": v.path} for v in workload.volumes]
    if workload.machine_at:
        # Not with propagation `rslave`: Docker refuses it where the machine's root is private, such as in WSL. So disks
        # that are mounted later are seen after a restart of the container.
        mounts.append({"type": "bind", "source": "/", "target": workload.machine_at, "read_only": True})
    if mounts:
        service["volumes"] = mounts
    if labels := _labels(workload):
        service["labels"] = labels
    if workload.after:
        service["depends_on"] = {name: {"condition": _condition(by_name[name])} for name in workload.after}
    if workload.health and workload.health.inside:
        service["healthcheck"] = {
            "test": ["CMD", *workload.health.inside],
            # No start_interval: Docker before 25, such as in Debian 12, refuses it.
            "interval": f"{workload.health.every}s",
            "timeout": f"{max(5, workload.health.every)}s",
            "retries": 12,
            "start_period": f"{workload.health.within}s",
        }
    service |= _limits(workload)
    service["stop_grace_period"] = f"{workload.stop_grace}s"
    service["restart"] = "on-failure:3" if workload.once else "unless-stopped"
    # Docker's default keeps every line forever. Podman has json-file, but not Docker's `local`.
    service["logging"] = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}
    return service


def _bind(file: str, path: str) -> dict[str, Any]:
    mount: dict[str, Any] = {
        "type": "bind",
        "source": file if file.startswith("/") else f"./{file}",
        "target": path,
        "read_only": True,
    }
    if not file.startswith("/"):
        # With SELinux, containers can read only files with this label, which Docker then sets. Only for files in the
        # folder: the kit must not change the labels of the system's certificates. Compose applies the label only
        # together with create_host_path.
        mount["bind"] = {"create_host_path": True, "selinux": "z"}
    return mount


def _image(deployment: Deployment, workload: Workload) -> dict[str, Any]:
    if workload.image == OWN_IMAGE:
        return _own_image(deployment) | {"entrypoint": _OWN_ENTRYPOINT}
    return {"build": {"context": workload.build}} if workload.build else {"image": workload.image}


def _labels(workload: Workload) -> dict[str, str]:
    labels = {f"{FILE_LABEL}{mount.file}": mount.digest for mount in workload.mounts if mount.digest}
    return labels | {f"{KEEPS_LABEL}{what}": _literal(where) for what, where in workload.keeps.items()}


def _own_image(deployment: Deployment) -> dict[str, Any]:
    own = deployment.images.own
    if not own.context:
        return {"image": own.reference}
    # Built at each `up`; otherwise an older kit's image of the same name would stay in use.
    return {
        "build": {"context": own.context, "dockerfile": own.dockerfile},
        "image": own.reference,
        "pull_policy": "build",
    }


def _limits(workload: Workload) -> dict[str, Any]:
    limits: dict[str, Any] = {"mem_limit": f"{workload.memory.mib}m", "pids_limit": workload.processes}
    if workload.cpus is not None:
        limits["cpus"] = workload.cpus
    if workload.runs_as is not None:
        limits["user"] = f"{workload.runs_as}:{workload.runs_as}"
    limits["security_opt"] = ["no-new-privileges:true"]
    if workload.machine_at:
        # SELinux would refuse it the files of the machine, whose labels must stay as they are.
        limits["security_opt"].append("label:disable")
    if workload.unprivileged:
        limits["cap_drop"] = ["ALL"]
    if workload.read_only:
        limits["read_only"] = True
    if workload.scratch:
        limits["tmpfs"] = list(workload.scratch)
    return limits


def _literal(text: str) -> str:
    # Compose expands `$` as a variable.
    return text.replace("$", "$$")


def _required(secret: Secret) -> str:
    return f"${{{secret.env}:?kit.yaml names it as a secret. Set it in the environment, or in a file .env}}"


def _path(file: str) -> str:
    return _literal(file if file.startswith("/") else f"./{file}")


def _condition(workload: Workload) -> str:
    if workload.once:
        return "service_completed_successfully"
    return "service_healthy" if workload.health and workload.health.inside else "service_started"


def _ports(network: Network, workload: Workload) -> list[str]:
    return [
        f"{network.opened(listener)}:{listener.port}" for listener in workload.listens if listener.published
    ]


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Dumps YAML without anchors and aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    # YAML 1.1 reads a:b as a base-60 number and `no` as a boolean, so quote all but plain words.
    plain = value.replace("-", "").replace("_", "").replace("/", "").replace(".", "").isalpha()
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')


_Dumper.add_representer(str, _text)


def _files(deployment: Deployment, workloads: Sequence[Workload]) -> Iterator[tuple[str, str]]:
    yield COMPOSE_FILE, compose_file(deployment, workloads)


COMPOSE = Target(
    "compose",
    _platform,
    _files,
    runtime="kit.operate.compose.runtime",
    containers="generator.rules.compose_containers",
)
