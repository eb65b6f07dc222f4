"""Ports that a deployment needs and others hold: by whom, and what to write into kit.yaml instead."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator.deployment.network import Network
from generator.spec.sections.native import NATIVE_PORTS
from generator.workload import Workload
from kit.errors import MachineError
from kit.operate.native.home import HOME_VARIABLE
from kit.operate.ports import is_free, next_free

_NAMED = 4
_LAST_BASE = 65_000
OWN_SERVICES = "services"
"""What stands in the place of a key of `ports` for a service of the user's own, which has its port itself."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A port that is taken.

    Attributes:
        port: The port.
        what: What it is for, as a message names it.
        key: The key of `ports` that says it; empty for one that is counted from `native.port_base`.
    """

    port: int
    what: str
    key: str


def keys_of_ports(network: Network, workloads: Iterable[Workload]) -> Mapping[int, str]:
    """The key of `ports` by the port that it opens on this machine."""
    listeners = [listener for workload in workloads for listener in workload.listens if listener.published]
    return {network.published(listener): listener.published for listener in listeners}


def refusal(
    taken: Sequence[Taken],
    wanted: Iterable[int],
    *,
    host: str,
    port_base: int,
    holder: Callable[[int], str],
    folders: Mapping[int, Path] | None = None,
) -> MachineError:
    """Make the error: who holds the ports, and one block of YAML that names free ones.

    Args:
        taken: the ports that are taken; at least one.
        wanted: all ports of the deployment.
        host: the address that they are opened on.
        port_base: where the ports start that components use among themselves.
        holder: names who holds a port, where that is no other deployment of the kit.
        folders: the folder of the deployment in containers that holds a port, by port, where that is known.
    """
    used, free = set(wanted), dict[int, int]()
    for one in taken:
        found = next_free(one.port, used, host)
        if found is not None:
            free[one.port] = found
            used.add(found)
    owners = {**(folders or {}), **other_deployments([one.port for one in taken])}
    lines = []
    for folder in dict.fromkeys(owners.values()):
        held = [one for one in taken if owners.get(one.port) == folder]
        named = ", ".join(f"{one.port} ({one.what})" for one in held[:_NAMED])
        more = f" and {len(held) - _NAMED} more" if len(held) > _NAMED else ""
        lines.append(f"the deployment in {folder} runs, and holds {named}{more}")
    for one in taken:
        if one.port not in owners:
            instead = f"; {free[one.port]} is free" if one.key and one.port in free else ""
            lines.append(f"port {one.port} ({one.what}) is taken by {holder(one.port)}{instead}")
    return MachineError("\n".join(lines), hint=_hint(taken, free, used, owners, host, port_base))


def _hint(
    taken: Sequence[Taken],
    free: Mapping[int, int],
    used: set[int],
    owners: Mapping[int, Path],
    host: str,
    port_base: int,
) -> str:
    keys = {
        one.key: free[one.port] for one in taken if one.key and one.key != OWN_SERVICES and one.port in free
    }
    block = [f"ports: {{{', '.join(f'{key}: {port}' for key, port in keys.items())}}}"] if keys else []
    if any(not one.key for one in taken):
        base = _free_base(port_base, used, host)
        block += [f"native: {{port_base: {base}}}"] if base else []
    folders = list(dict.fromkeys(owners.values()))
    stop = "stop " + (
        ", ".join(f"it with kit down --spec {shlex.quote(str(folder / 'kit.yaml'))}" for folder in folders)
        if folders and len(owners) == len(taken)
        else "the other program"
    )
    if any(one.key == OWN_SERVICES for one in taken):
        stop += ", give your service another `published` port"
    if not block:
        return stop
    return f"{stop}, or take free ports; in kit.yaml:\n" + "\n".join(f"    {line}" for line in block)


def other_deployments(ports: Iterable[int]) -> dict[int, Path]:
    """The folders of native deployments that hold some ports, by port."""
    import psutil

    wanted, found = set(ports), dict[int, Path]()
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            port = connection.laddr.port if connection.laddr else 0
            if port not in wanted or port in found or not connection.pid:
                continue
            with contextlib.suppress(psutil.Error, OSError):
                home = psutil.Process(connection.pid).environ().get(HOME_VARIABLE)
                if home and connection.status == psutil.CONN_LISTEN:
                    # FOLDER/.kit/native
                    found[port] = Path(home).parent.parent
    return found


def _free_base(port_base: int, avoid: set[int], host: str) -> int | None:
    """The next base whose ports are all free, a round number."""
    first = port_base - port_base % 100 + 100
    return next(
        (
            base
            for base in range(first, _LAST_BASE, 100)
            if not avoid.intersection(range(base, base + NATIVE_PORTS))
            and all(is_free(port, host) for port in range(base, base + NATIVE_PORTS))
        ),
        None,
    )
