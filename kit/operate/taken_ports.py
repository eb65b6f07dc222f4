"""Report needed ports that are taken: the process that holds each, and free ones to write into kit.yaml."""

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
"""Stands for the key in `ports` for a user's own service, whose port is in `services`."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A port that is taken.

    Attributes:
        port: The port.
        what: Its purpose, as a message names it.
        key: The key in `ports` that sets it; empty if it is counted from `native.port_base`.
    """

    port: int
    what: str
    key: str


def keys_of_ports(network: Network, workloads: Iterable[Workload]) -> Mapping[int, str]:
    """Return the key in `ports` of each port that is opened on this machine."""
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
    """Return the error: the holder of each port, and a block of YAML with free ports.

    Args:
        taken: the taken ports; at least one.
        wanted: all ports of the deployment.
        host: the address that they are opened on.
        port_base: first of the ports that components use among themselves.
        holder: returns the holder of a port, for one that no other deployment of the kit holds.
        folders: the folder of the Compose deployment that holds a port, by port, if known.
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
        lines.append(f"the deployment in {folder} is running and uses {named}{more}")
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
        stop += ", or give your service another `published` port"
    if not block:
        return stop
    return f"{stop}, or set free ports in kit.yaml:\n" + "\n".join(f"    {line}" for line in block)


def other_deployments(ports: Iterable[int]) -> dict[int, Path]:
    """Return the folder of the native deployment that holds each port, by port."""
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
    """Return the next multiple of 100 from which all native ports are free."""
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
