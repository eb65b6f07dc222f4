"""A page's shell blocks, run one after the other in one shell, as a reader pastes them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.native.stack import free_block
from tests.pages.blocks import Block

_PAGE_SECONDS = 1500
_COLUMNS = "150"
_MARK = "# the ports of this run"
# What is printed every few seconds on a slow machine, until something is ready.
_PROGRESS = re.compile(r"^(  waits .* log: .*|reading Jaeger at \S+ for .*)\n", re.MULTILINE)
# The default ports, which another deployment on this machine may hold, and the two of the examples.
_DEFAULT_PORTS = (4317, 4318, 16686, 8080, 9042)
_FIRST_NATIVE_PORT = 24300
_NATIVE_PORTS = 20

_SHIM = """#!{python}
import os, re, sys
from pathlib import Path

spec = Path("kit.yaml")
if spec.is_file() and {mark!r} not in (text := spec.read_text()):
    own = re.search(r"^native: \\{{(.*)\\}}$", text, re.MULTILINE)
    native = "native: {{" + (own[1] + ", " if own else "") + "port_base: {native}}}"
    text = text.replace(own[0], "") if own else text
    spec.write_text(text.rstrip("\\n") + "\\n" + {ports!r} + "\\n" + native + "\\n")
os.execv({python!r}, [{python!r}, "-m", "kit", *sys.argv[1:]])
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a block did: its exit code (of its last command), and what it printed on stdout and stderr."""

    exit_code: int
    output: str


class Ports:
    """Free ports in the place of the default ones, there and back."""

    def __init__(self) -> None:
        base = free_block()
        self.by_default = {port: base + index for index, port in enumerate(_DEFAULT_PORTS)}
        self.native = base + len(_DEFAULT_PORTS)
        self.by_default |= {_FIRST_NATIVE_PORT + index: self.native + index for index in range(_NATIVE_PORTS)}
        self.by_default |= {8081: self.native + _NATIVE_PORTS, 8090: self.native + _NATIVE_PORTS + 1}

    @property
    def spec(self) -> str:
        """The key of a spec that sets those for people."""
        otlp_grpc, otlp_http, jaeger, api, cql = (self.by_default[port] for port in _DEFAULT_PORTS)
        return (
            f"{_MARK}\nports: {{otlp_grpc: {otlp_grpc}, otlp_http: {otlp_http}, jaeger: {jaeger}, "
            f"coupon_api: {api}, cql: {cql}}}"
        )

    def used(self, commands: str) -> str:
        """Commands with these ports."""
        return _replaced(commands, self.by_default)

    def told(self, output: str) -> str:
        """An output with the default ports, as a reader sees it."""
        return _replaced(output, {mine: default for default, mine in self.by_default.items()})


def run_blocks(blocks: Sequence[Block], folder: Path) -> list[Ran | None]:
    """Run blocks in `folder/home`, and stop what still runs there; None for those that are skipped."""
    ports = Ports()
    tools = folder / ".tools"
    tools.mkdir()
    python = sys.executable
    shim = tools / "kit"
    shim.write_text(_SHIM.format(python=python, mark=_MARK, ports=ports.spec, native=ports.native))
    shim.chmod(0o755)
    home = folder / "home"
    home.mkdir(exist_ok=True)
    environment = _environment(tools, python)
    if (home / "kit.yaml").exists():
        # A checkout: its blocks may call the kit by another path than that of these tools.
        subprocess.run([str(shim), "--version"], cwd=home, env=environment, check=True, capture_output=True)
    lines = [f"cd {shlex.quote(str(home))}"]
    for number, block in enumerate(blocks):
        if not block.is_skipped:
            out = shlex.quote(str(tools / f"{number}.out"))
            lines.append(f"{{\n{ports.used(block.commands)}}} > {out} 2>&1\necho $? > {out}.code")
    script = tools / "page.sh"
    script.write_text("\n".join(lines) + "\n")
    try:
        subprocess.run(
            ["bash", str(script)],  # noqa: S607
            env=environment,
            check=False,
            timeout=_PAGE_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    finally:
        _stop(home, shim, environment)
    return [
        None if block.is_skipped else _ran(tools / f"{number}.out", ports, home)
        for number, block in enumerate(blocks)
    ]


def _environment(tools: Path, python: str) -> Mapping[str, str]:
    path = os.pathsep.join((str(tools), str(Path(python).parent), os.environ["PATH"]))
    left = {name: value for name, value in os.environ.items() if name not in ("KIT_JAEGER_URL", "FAULTS")}
    return {**left, "PATH": path, "COLUMNS": _COLUMNS, "PYTHONUNBUFFERED": "1"}


def _stop(home: Path, kit: Path, environment: Mapping[str, str]) -> None:
    for spec in home.rglob("kit.yaml"):
        if (spec.parent / ".kit" / "native").exists():
            subprocess.run(
                [str(kit), "down", "--volumes"],
                cwd=spec.parent,
                env=environment,
                check=False,
                capture_output=True,
            )


def _ran(file: Path, ports: Ports, home: Path) -> Ran:
    code = file.with_name(f"{file.name}.code")
    if not code.exists():
        return Ran(-1, "the block did not end")
    output = ports.told(file.read_text(errors="replace")).replace(str(home), "~")
    output = _PROGRESS.sub("", output)
    return Ran(int(code.read_text()), re.sub(r"[ \t]+$", "", output, flags=re.MULTILINE))


def _replaced(text: str, ports: Mapping[int, int]) -> str:
    pattern = r"(?<![\d.])(" + "|".join(map(str, ports)) + r")(?!\d)"
    return re.sub(pattern, lambda match: str(ports[int(match[1])]), text)
