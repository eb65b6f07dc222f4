"""Files that SELinux may keep from containers: those that Compose mounts and gives no label."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from generator.workload import Workload

# Root folder of the machine; tests replace it.
_ROOT = Path("/")
# A container reads files of these types, whatever else the policy allows.
_OF_CONTAINERS = ("container_file_t", "container_ro_file_t", "container_share_t", "svirt_sandbox_file_t")


def enforced() -> bool:
    """Whether SELinux is on and refuses what its policy does not allow."""
    try:
        return (_ROOT / "sys/fs/selinux/enforce").read_text(encoding="utf-8").strip() == "1"
    except OSError:
        return False


def kept_away(workloads: Sequence[Workload], folder: Path) -> Iterator[str]:
    """Each file without the label of containers, with its type and its reader.

    Files of the folder are left out: Docker labels them at each start. It does not label files of secrets.

    Args:
        workloads: the workloads to start.
        folder: the deployment's folder.
    """
    for workload in workloads:
        unlabelled = [mount.file for mount in workload.mounts if mount.file.startswith("/")]
        for file in (*unlabelled, *(secret.file for secret in workload.secrets if secret.file)):
            type_ = _type(folder / file)
            if type_ and type_ not in _OF_CONTAINERS:
                yield f"{file}, a file of {workload.name}: its SELinux type is {type_}"


def _type(path: Path) -> str:
    """The third part of a label such as `system_u:object_r:cert_t:s0`; empty where a file has none."""
    try:
        label = os.getxattr(path, "security.selinux").decode("utf-8", "replace").rstrip("\0")
    except OSError:
        return ""
    return [*label.split(":"), "", ""][2]
