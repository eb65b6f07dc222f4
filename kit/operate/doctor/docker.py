"""Docker and its Compose plugin: whether they are there and new enough."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from generator.targets import COMPOSE, NATIVE
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.rules import COMPOSE, DOCKER
from kit.operate.doctor.subject import Subject

_SECONDS = 20
_ENGINE = (20, 10)
_COMPOSE = (2, 20)


def engine(subject: Subject) -> Iterator[Line]:
    """The daemon's version."""
    if subject.target is NATIVE:
        return
    looked = Looked("Docker", DOCKER, "version 20.10 or newer")
    if shutil.which("docker") is None:
        yield _bad(subject, looked, "not installed")
        return
    done = ask(["version", "--format", "{{.Server.Version}}"])
    version = done.stdout.strip()
    if done.returncode or not version:
        yield _bad(subject, looked, f"its daemon does not answer: {_last(done.stderr)}", "start Docker")
    elif numbers(version) < _ENGINE:
        yield _bad(subject, looked, version, "update Docker")
    else:
        yield looked.well(version)


def compose(subject: Subject) -> Iterator[Line]:
    """The plugin's version."""
    if subject.target is NATIVE:
        return
    looked = Looked("Docker Compose", COMPOSE, "version 2.20 or newer")
    if shutil.which("docker") is None:
        yield _bad(subject, looked, "not installed")
        return
    done = ask(["compose", "version", "--short"])
    version = done.stdout.strip()
    if done.returncode or not version:
        yield _bad(subject, looked, f"not there: {_last(done.stderr)}")
    elif numbers(version) < _COMPOSE:
        yield _bad(subject, looked, version, "update the Compose plugin")
    else:
        yield looked.well(version)


def containers(folder: Path) -> list[dict[str, object]]:
    """The containers of the Compose project in a folder, as Compose describes them; none when it can't be asked."""
    if shutil.which("docker") is None or not (folder / "compose.yaml").exists():
        return []
    done = ask(["compose", "ps", "--all", "--format", "json"], folder)
    if done.returncode:
        return []
    # An object a line; older ones print one array.
    text = done.stdout.strip()
    found = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]
    return [one for one in found if isinstance(one, dict)]


def ask(arguments: Sequence[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run `docker …`; what takes too long or can't be started has failed."""
    command = ["docker", *arguments]
    try:
        return subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))


def numbers(version: str) -> tuple[int, ...]:
    """The numbers at the front of a version; none when it has none."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def _bad(subject: Subject, looked: Looked, found: str, fix: str = "") -> Line:
    return looked.fail(found, fix) if subject.target is COMPOSE else looked.warn(found, fix)


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it says nothing"
