"""What must be so before containers are started; each is told with what to do."""

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
# ScyllaDB reserves as many requests for asynchronous I/O at its start, for each of its shards.
AIO_PER_SHARD = 51_026
_AIO_WANTED = 1_048_576


def refuse_taken_ports(
    docker: Docker, network: Network, workloads: Sequence[Workload], own: set[int]
) -> None:
    """Check that the ports for people are free.

    Args:
        docker: tells which container holds a port.
        network: the deployment's.
        workloads: what is about to start.
        own: ports that this deployment holds already.

    Raises:
        MachineError: some are taken; names the owners and the next free ones.
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
    """Check that mounted files and the files of secrets are there, and that containers may read them.

    Raises:
        UserError: one is missing, or only its owner may read it, who is not the container's user.
    """
    lines = [why for _, why in unreadable(workloads, folder)]
    if lines:
        raise UserError(
            "\n".join(lines), hint="let the others read it (chmod o+r) in a folder that only you may enter"
        )


def refuse_too_few_aio(workloads: Sequence[Workload], folder: Path = _AIO) -> None:
    """Check that the kernel has room for ScyllaDB's asynchronous I/O; elsewhere than on Linux nobody can tell.

    Raises:
        MachineError: it has not.
    """
    shards = shards_of(workloads)
    try:
        most, used = (int((folder / name).read_text()) for name in ("aio-max-nr", "aio-nr"))
    except (OSError, ValueError):
        return
    needed = used + shards * AIO_PER_SHARD
    if shards and most < needed:
        raise MachineError(
            f"fs.aio-max-nr is {most}, and ScyllaDB needs {needed} ({shards} shards, {used} in use by others)",
            hint=f"sudo sysctl -w fs.aio-max-nr={max(needed, _AIO_WANTED)}, and the same in /etc/sysctl.d to keep it",
        )


def shards_of(workloads: Sequence[Workload]) -> int:
    """ScyllaDB's shards, over all of its nodes."""
    nodes = [list(workload.command) for workload in workloads if workload.program == "scylla"]
    return sum(int(node[node.index("--smp") + 1]) if "--smp" in node else 1 for node in nodes)


def _containers(docker: Docker, ports: Sequence[int]) -> dict[int, tuple[str, Path]]:
    """The container that holds a port, and the folder that Compose started it from, by port."""
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
