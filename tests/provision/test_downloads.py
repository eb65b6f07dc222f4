"""Wheels through the real pip, jars through the real jgo; both from local folders."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kit.errors import MachineError
from kit.provision import Part, provision, wheels
from kit.provision import part as part_module
from tests.provision.tiny import tiny_part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.provision.part import Bench

JARS = Path(wheels.__file__).with_name("jars.py")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only wheel there is; pip has no network."""
    file = tmp_path / "wheels" / "tiny-1.0-py3-none-any.whl"
    file.parent.mkdir()
    with zipfile.ZipFile(file, "w") as archive:
        program = zipfile.ZipInfo("tiny/program")
        program.external_attr = 0o100755 << 16
        archive.writestr(program, "tiny program")
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    for variable in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(file.parent))
    # Settings that some users have and that would be in the way.
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setattr(part_module, "LOCKS", tmp_path / "locks")
    monkeypatch.setattr(wheels, "LOCKS", tmp_path / "locks")
    (tmp_path / "locks" / "tiny").mkdir(parents=True)
    return file


def from_wheel(tmp_path: Path, pinned: str) -> Path:
    (tmp_path / "locks" / "tiny" / "requirements.txt").write_text(f"tiny==1.0 --hash=sha256:{pinned}\n")

    def make(bench: Bench) -> None:
        (wheels.unpack(bench, "tiny") / "tiny" / "program").rename(bench.folder / "program")

    part = tiny_part(make, locks=("tiny",))
    return provision(["tiny"], cache_root=tmp_path / "cache", parts={"tiny": part})["tiny"].executable


def test_a_wheel_with_the_locked_hash(wheel: Path, tmp_path: Path) -> None:
    program = from_wheel(tmp_path, sha256(wheel.read_bytes()))
    assert program.read_text() == "tiny program"
    assert program.stat().st_mode & 0o111


def test_a_wheel_with_another_hash_is_refused(wheel: Path, tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="DO NOT MATCH THE HASHES") as caught:
        from_wheel(tmp_path, sha256(b"another wheel"))
    assert caught.value.hint.startswith("the download does not match the hash")


def test_a_wheel_that_cannot_be_had(wheel: Path, tmp_path: Path) -> None:
    wheel.unlink()
    with pytest.raises(MachineError, match="“download and unpack” ended with exit code 1") as caught:
        from_wheel(tmp_path, sha256(b""))
    assert caught.value.hint.startswith("the first run needs the network")


class Repository:
    """A Maven repository over HTTP on loopback."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        asked = self.asked

        class Handler(SimpleHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                asked.append(self.path)

        folder.mkdir()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def put(self, name: str, data: bytes) -> str:
        """The entry of a lock file."""
        jar = self.folder / "org" / "tiny" / name / "1.0" / f"{name}-1.0.jar"
        jar.parent.mkdir(parents=True)
        jar.write_bytes(data)
        return (
            "[[dependencies]]\n"
            f'groupId = "org.tiny"\nartifactId = "{name}"\nversion = "1.0"\npackaging = "jar"\n'
            f'sha256 = "{sha256(data)}"\n'
        )

    def downloads(self) -> list[str]:
        return sorted(path.rsplit("/", 1)[1] for path in self.asked if path.endswith(".jar"))

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    repository = Repository(tmp_path / "repository")
    settings = tmp_path / "jgo.conf"
    settings.write_text(f"[repositories]\ncentral = {repository.url}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(settings))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield repository
    repository.stop()


@pytest.fixture
def jars(tmp_path: Path) -> Part:
    def make(bench: Bench) -> None:
        command = [sys.executable, str(JARS), str(tmp_path / "lock.toml")]
        folders = [str(bench.downloads / "maven"), str(bench.folder / "jars")]
        bench.run("download the jars", [*command, *folders], timeout=300)

    return tiny_part(make)


def obtain(part: Part, tmp_path: Path) -> Path:
    folder = provision(["tiny"], cache_root=tmp_path / "cache", parts={"tiny": part})["tiny"].folder
    assert folder is not None
    return folder / "jars"


def test_jars_with_the_locked_hashes(repository: Repository, jars: Part, tmp_path: Path) -> None:
    lock = repository.put("one", b"first") + repository.put("two", b"second")
    (tmp_path / "lock.toml").write_text(lock)
    folder = obtain(jars, tmp_path)
    assert {jar.name: jar.read_bytes() for jar in folder.iterdir()} == {
        "one-1.0.jar": b"first",
        "two-1.0.jar": b"second",
    }


def test_a_jar_with_another_hash_is_refused(repository: Repository, jars: Part, tmp_path: Path) -> None:
    lock = repository.put("one", b"first")
    (tmp_path / "lock.toml").write_text(lock.replace(sha256(b"first"), sha256(b"another")))
    with pytest.raises(MachineError, match="expected SHA-256") as caught:
        obtain(jars, tmp_path)
    assert "could not be downloaded" in caught.value.message
    assert list((tmp_path / "cache" / "downloads").rglob("*.jar")) == []


def test_a_lock_without_hash_is_refused(repository: Repository, jars: Part, tmp_path: Path) -> None:
    lock = repository.put("one", b"first")
    (tmp_path / "lock.toml").write_text("\n".join(lock.splitlines()[:-1]))
    with pytest.raises(MachineError, match="the lock file has no hash"):
        obtain(jars, tmp_path)


def test_what_an_earlier_run_downloaded_is_used_if_its_hash_is_right(
    repository: Repository, jars: Part, tmp_path: Path
) -> None:
    lock = repository.put("one", b"first") + repository.put("two", b"second")
    (tmp_path / "lock.toml").write_text(lock)
    maven = tmp_path / "cache" / "downloads" / "tiny" / "maven" / "org" / "tiny"
    for name, data in (("one", b"first"), ("two", b"sec")):
        jar = maven / name / "1.0" / f"{name}-1.0.jar"
        jar.parent.mkdir(parents=True)
        jar.write_bytes(data)
    folder = obtain(jars, tmp_path)
    assert (folder / "two-1.0.jar").read_bytes() == b"second"
    assert repository.downloads() == ["two-1.0.jar"], "the first was whole, the second cut short"


def test_a_jar_that_is_not_there(repository: Repository, jars: Part, tmp_path: Path) -> None:
    lock = repository.put("one", b"first")
    (tmp_path / "lock.toml").write_text(lock.replace('"one"', '"none"'))
    with pytest.raises(MachineError, match="not found in remote repositories"):
        obtain(jars, tmp_path)
