from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import pytest

from kit.errors import MachineError
from kit.provision import PARTS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on the PATH, empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("GOROOT", raising=False)
    return folder


def script(file: Path, says: str, code: int = 0) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    file.chmod(0o755)


@pytest.mark.parametrize(
    ("says", "version"),
    [
        ("go1.26.8", "1.26.8"),
        ("go1.27.0", "1.27.0"),
        ("go1.27rc1", "1.27.0"),
        ("go1.26.7 X:jsonv2", "1.26.7"),
        ("go1.26.6", None),
        ("go1.25.9", None),
        ("devel", None),
    ],
)
def test_go_of_the_machine_is_used_when_it_is_new_enough(path: Path, says: str, version: str | None) -> None:
    script(path / "go", says)
    program = PARTS["go"].on_machine()
    assert (program.version if program else None) == version
    if program:
        assert program.executable == path / "go"
        assert program.folder is None


def test_go_that_fails_is_not_used(path: Path) -> None:
    script(path / "go", "go1.26.8", code=1)
    assert PARTS["go"].on_machine() is None


def test_no_go(path: Path) -> None:
    assert PARTS["go"].on_machine() is None


def test_goroot_comes_first(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(path / "go", "go1.26.8")
    script(tmp_path / "root" / "bin" / "go", "go1.26.9")
    monkeypatch.setenv("GOROOT", str(tmp_path / "root"))
    program = PARTS["go"].on_machine()
    assert program is not None
    assert program.version == "1.26.9"


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")


@pytest.mark.usefixtures("no_wheel")
@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_redis_of_the_machine_where_no_wheel_fits(path: Path, name: str) -> None:
    script(path / name, "Server v=7.2.5 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=abc")
    program = PARTS["redis"].on_machine()
    assert program is not None
    assert (program.version, program.executable) == ("7.2.5", path / name)


@pytest.mark.usefixtures("no_wheel")
def test_redis_that_is_too_old(path: Path) -> None:
    script(path / "redis-server", "Redis server v=5.0.7 sha=00000000:0")
    with pytest.raises(MachineError, match=r"redis-server is 5\.0\.7") as caught:
        PARTS["redis"].on_machine()
    assert "install redis-server or valkey-server, version 6.2 or newer" in caught.value.hint


@pytest.mark.usefixtures("no_wheel")
def test_redis_that_fails_is_none(path: Path) -> None:
    script(path / "redis-server", "v=7.2.5", code=1)
    with pytest.raises(MachineError, match="Redis is needed"):
        PARTS["redis"].on_machine()


def test_redis_of_the_machine_is_left_alone_where_a_wheel_fits(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.36"))
    monkeypatch.setattr("kit.provision.redis.sys.platform", "linux")
    script(path / "redis-server", "Redis server v=7.2.5")
    assert PARTS["redis"].on_machine() is None
