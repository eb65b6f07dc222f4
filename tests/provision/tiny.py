"""Parts that are made in milliseconds, and a program that makes one, to be killed or run twice.

python -m tests.provision.tiny CACHE NOTES [GATE]
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kit.provision import Part, Program, TextProgress, provision

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kit.provision.part import Bench

WRITE = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_bytes(b'tiny program')"

# Writes half of the program, says so, and goes on only when the gate opens.
WRITE_SLOWLY = """\
import os, pathlib, sys, time
binary, notes, gate = map(pathlib.Path, sys.argv[1:])
binary.write_bytes(b"tiny pro")
with notes.open("a") as stream: stream.write(f"{os.getpid()} {binary}\\n")
while not gate.exists(): time.sleep(0.01)
binary.write_bytes(b"tiny program")
"""


def tiny_part(
    make: Callable[[Bench], None],
    *,
    name: str = "tiny",
    runs_on: tuple[str, ...] = (),
    built_with: tuple[str, ...] = (),
    recipe: tuple[str, ...] = (),
    locks: tuple[str, ...] = (),
    disk: int = 1,
    on_machine: Callable[[], Program | None] = lambda: None,
) -> Part:
    return Part(
        name=name,
        version="1.0",
        title=f"{name.title()} 1.0",
        locks=locks,
        recipe=recipe,
        seconds=1,
        disk=disk,
        make=make,
        program=lambda folder, programs: program_of(name, folder, programs),
        runs_on=runs_on,
        built_with=built_with,
        on_machine=on_machine,
    )


def program_of(name: str, folder: Path, programs: Mapping[str, Program]) -> Program:
    return Program(name, "1.0", folder / "program", tuple(programs), folder)


def write(bench: Bench) -> None:
    bench.run("write", [sys.executable, "-c", WRITE, str(bench.folder / "program")], timeout=120)


def main(cache: Path, notes: Path, gate: Path) -> None:
    def make(bench: Bench) -> None:
        command = [sys.executable, "-c", WRITE_SLOWLY, str(bench.folder / "program"), str(notes), str(gate)]
        bench.run("write slowly", command, timeout=300)

    part = tiny_part(make)
    program = provision(["tiny"], cache_root=cache, parts={"tiny": part}, progress=TextProgress())["tiny"]
    sys.stdout.write(program.executable.read_text())


if __name__ == "__main__":
    # A shell starts what it puts into the background with interrupts ignored, and so all that the tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main(*map(Path, sys.argv[1:4]))
