"""Checks before containers are started; each error has a hint with the fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from generator.deployment.network import Network
from generator.workload import Workload
from kit.errors import MachineError, UserError
from kit.operate.compose.docker import Docker
from kit.operate.compose.ownership import STARTED_FROM
from kit.operate.compose.readable import unreadable
from kit.operate.ports import is_free, owner
from kit.operate.taken_ports import Taken, keys_of_ports, refusal

_AIO = Path("/proc/sys/fs")
# Number of requests for asynchronous I/O that ScyllaDB reserves at its start, per shard.
AIO_PER_SHARD = 51_026
_AIO_WANTED = 1_048_576


def refuse_taken_ports(
    docker: Docker, network: Network, workloads: Sequence[Workload], own: set[int]
) -> None:
    """Check that the published ports are free.

    Args:
        docker: finds the container that holds a port.
        network: the deployment's network.
        workloads: the workloads to start.
        own: ports that this deployment already holds.

    Raises:
        MachineError: some are taken; the message names the holders and free ports.
    """
    wanted = keys_of_ports(network, workloads)
    host = network.published_on
    taken = [port for port in wanted if port not in own and not is_free(port, host)]
    if not taken:
        return
    containers = _containers(docker, taken)
    folders = {port: folder for port, (_, folder) in containers.items() if (folder / "kit.yaml").is_file()}
    raise refusal(
        [Taken(port, f"ports.{wanted[port]}", wanted[port]) for port in taken],
        wanted,
        host=host,
        port_base=network.port_base,
        holder=lambda port: _holder(containers, port),
        folders=folders,
    )


def refuse_unreadable_files(workloads: Sequence[Workload], folder: Path) -> None:
    """Check that mounted files and secret files exist, and that containers may read them.

    Raises:
        UserError: one is missing, or only its owner may read it and the container runs as another user.
    """
    lines = [why for _, why in unreadable(workloads, folder)]
    if lines:
        raise UserError(
            "\n".join(lines),
            hint="create missing files; make the others readable (chmod o+r), in a folder with mode 700",
        )


def refuse_too_few_aio(workloads: Sequence[Workload], folder: Path = _AIO) -> None:
    """Check that the kernel has enough slots for ScyllaDB's asynchronous I/O; skipped if not on Linux.

    Raises:
        MachineError: there are too few.
    """
    shards = shards_of(workloads)
    try:
        most, used = (int((folder / name).read_text()) for name in ("aio-max-nr", "aio-nr"))
    except (OSError, ValueError):
        return
    needed = used + shards * AIO_PER_SHARD
    if shards and most < needed:
        raise MachineError(
            f"fs.aio-max-nr is {most}, but ScyllaDB needs {needed} ({shards} shards, {used} in use by others)",
            hint=f"sudo sysctl -w fs.aio-max-nr={max(needed, _AIO_WANTED)}, and to keep it, the same in /etc/sysctl.d",
        )


def shards_of(workloads: Sequence[Workload]) -> int:
    """Return the number of ScyllaDB's shards, over all nodes."""
    nodes = [list(workload.command) for workload in workloads if workload.program == "scylla"]
    return sum(int(node[node.index("--smp") + 1]) if "--smp" in node else 1 for node in nodes)


def _containers(docker: Docker, ports: Sequence[int]) -> dict[int, tuple[str, Path]]:
    """Return, by port, the container that holds it and the folder that Compose started it from."""
    found = {}
    form = f'{{{{.Names}}}}\t{{{{.Label "{STARTED_FROM}"}}}}'
    for port in ports:
        listed = docker.ask(["ps", "--filter", f"publish={port}", "--format", form])
        if listed.returncode == 0 and listed.stdout.strip():
            name, _, folder = listed.stdout.splitlines()[0].partition("\t")
            found[port] = name, Path(folder)
    return found


def _holder(containers: Mapping[int, tuple[str, Path]], port: int) -> str:
    if port in containers:
        return f"the container {containers[port][0]}"
    return owner(port) or "another user's process"
