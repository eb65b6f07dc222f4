"""A real PostgreSQL of a test's own: a new cluster in a temporary folder, run by Debian's programs."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_READY_SECONDS = 300
_NAME = "coupons"


@contextmanager
def postgresql(port: int) -> Iterator[str]:
    """Run one; answers the URL of an empty database in it, as the services take it."""
    programs = _programs()
    # Below pytest's folder, which is root's alone, another user could not reach it.
    folder = Path(tempfile.mkdtemp(prefix="kit-postgresql-"))
    as_user = _unprivileged(folder)
    data = folder / "data"
    address = ["-h", "127.0.0.1", "-p", str(port), "-U", _NAME]
    server = [f"{programs}/postgres", "-D", str(data), "-p", str(port)]
    # Its sockets would lie in a folder that the package makes.
    server += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    try:
        cluster = [f"{programs}/initdb", "-D", str(data), "-U", _NAME]
        _done([*cluster, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"], as_user)
        with (folder / "log").open("wb") as log:
            running = subprocess.Popen(server, stdout=log, stderr=log, **as_user)
            try:
                _wait([f"{programs}/pg_isready", *address], running, folder / "log")
                _done([f"{programs}/createdb", *address, _NAME], as_user)
                yield f"postgresql+asyncpg://{_NAME}@127.0.0.1:{port}/{_NAME}"
            finally:
                # "Fast": it ends what its clients do, and then itself.
                running.send_signal(signal.SIGINT)
                try:
                    running.wait(120)
                finally:
                    running.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """The folder of the server's programs, which Debian puts on no path; the newest version's."""
    debian = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    found = sorted(debian, key=lambda program: int(program.parts[-3]))
    if not found:
        pytest.skip("Debian's PostgreSQL is missing: root can install it, `make postgresql` does")
    return found[-1].parent


def _unprivileged(folder: Path) -> dict[str, Any]:
    """How to start what refuses to be root's: as the user that Debian's package makes."""
    if os.geteuid() != 0:
        return {"cwd": folder}
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"cwd": folder, "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _done(command: list[str], as_user: dict[str, Any]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, **as_user)
    assert done.returncode == 0, done.stderr


def _wait(asks: list[str], server: subprocess.Popen[Any], log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while subprocess.run(asks, capture_output=True, check=False, timeout=120).returncode:
        assert server.poll() is None and time.monotonic() < deadline, log.read_text()  # noqa: PT018
        time.sleep(0.1)
