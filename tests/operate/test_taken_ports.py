"""Ports that others hold: each deployment is one line, and the way out is one block of YAML."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from kit.operate.native.home import HOME_VARIABLE
from kit.operate.ports import is_free
from kit.operate.taken_ports import Taken, refusal

_LISTEN = """
import socket, sys
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(one.getsockname()[1] for one in held), flush=True)
sys.stdin.read()
"""


@contextmanager
def another(count: int, folder: Path | None) -> Iterator[list[int]]:
    """A process that holds ports; of a native deployment in a folder, if there is one."""
    home = {} if folder is None else {HOME_VARIABLE: str(folder / ".kit" / "native")}
    with subprocess.Popen(
        [sys.executable, "-c", _LISTEN, str(count)],
        env={**os.environ, **home},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield [int(text) for text in process.stdout.readline().split()]
        finally:
            process.terminate()


def block_of(hint: str) -> dict[str, dict[str, int]]:
    """What a person pastes."""
    found: dict[str, dict[str, int]] = yaml.safe_load(hint.partition(":\n")[2])
    return found


def test_another_deployment_is_one_line_and_free_ports_are_one_block(tmp_path: Path) -> None:
    with another(9, tmp_path) as ports:
        taken = [Taken(port, f"part{n}", f"key{n}" if n < 3 else "") for n, port in enumerate(ports)]
        error = refusal(taken, ports, host="127.0.0.1", port_base=20_000, holder=str)
    assert error.message.splitlines() == [
        f"the deployment in {tmp_path} is running and uses "
        + ", ".join(f"{port} (part{n})" for n, port in enumerate(ports[:4]))
        + " and 5 more"
    ]
    assert error.hint.startswith(f"stop it with kit down --spec {tmp_path}/kit.yaml, or set free ports")
    block = block_of(error.hint)
    found = [*block["ports"].values()]
    assert [*block["ports"]] == ["key0", "key1", "key2"]
    assert len(set(found)) == 3, "each has one of its own"
    assert not set(found) & set(ports)
    base = block["native"]["port_base"]
    assert base > 20_000
    assert all(is_free(port) for port in (*found, *range(base, base + 20)))


def test_other_programs_are_a_line_each_with_a_port_of_their_own(tmp_path: Path) -> None:
    with another(3, None) as ports, another(1, tmp_path) as theirs:
        taken = [Taken(port, "jaeger", f"key{port}") for port in (*ports, *theirs)]
        error = refusal(taken, ports, host="127.0.0.1", port_base=20_000, holder=lambda _: "nginx (pid 1)")
    first, *lines = error.message.splitlines()
    assert first == f"the deployment in {tmp_path} is running and uses {theirs[0]} (jaeger)"
    assert [line.partition(";")[0] for line in lines] == [
        f"port {port} (jaeger) is taken by nginx (pid 1)" for port in ports
    ]
    assert len({line.partition(";")[2] for line in lines}) == 3
    assert error.hint.startswith("stop the other program, or set free ports in kit.yaml:\n    ports: {")
    assert set(block_of(error.hint)) == {"ports"}


def test_a_users_own_service_has_no_key_in_ports() -> None:
    with another(1, None) as ports:
        error = refusal(
            [Taken(ports[0], "shop", "services")], ports, host="127.0.0.1", port_base=1, holder=str
        )
    assert error.hint == "stop the other program, or give your service another `published` port"
