"""The wheel: what is in it, and that it is all that one needs, in an empty environment and an empty folder."""

from __future__ import annotations

import email
import io
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.image.wheel import running_kit
from tests.native.stack import Stack

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


def run(*command: str | Path, cwd: Path | None = None, timeout: float = 600) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
        # Nothing of the checkout, and nothing of the environment that runs the tests.
        env={key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL"))},
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def make_wheel(source: Path, folder: Path) -> Path:
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check")
    run(*pip, "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder, source)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_wheel(ROOT, tmp_path_factory.mktemp("wheel"))


def sources() -> Iterator[str]:
    """The packages' files, as git knows them."""
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGES, cwd=ROOT)
    yield from (name for name in listed.splitlines() if (ROOT / name).is_file())


def test_it_holds_every_file_of_the_packages_and_no_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert set(sources()) <= names
    assert {name.partition("/")[0] for name in names} == {*PACKAGES, "tracing_kit-0.1.0.dist-info"}
    assert not any(name.endswith(".pyc") for name in names)


def test_its_metadata(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        metadata = email.message_from_bytes(file.read("tracing_kit-0.1.0.dist-info/METADATA"))
        scripts = file.read("tracing_kit-0.1.0.dist-info/entry_points.txt").decode()
    assert (metadata["Name"], metadata["Version"]) == ("tracing-kit", "0.1.0")
    assert metadata["Requires-Python"] == ">=3.11"
    assert set(metadata.get_all("Provides-Extra", [])) >= {"native", "samples"}
    assert "kit = kit.cli:main" in scripts


def test_it_holds_what_the_image_is_built_from(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        for name in ("Dockerfile", "requirements/image.lock", "requirements/image.cdx.json"):
            assert file.read(f"kit/image/files/{name}") == (ROOT / name).read_bytes()


def test_the_running_kit_is_packed_as_hatchling_packs_it(wheel: Path, tmp_path: Path) -> None:
    """All but the metadata, which is of the time of an editable install, and who made it."""
    own = tmp_path / "own.whl"
    own.write_bytes(running_kit().pack())

    def contents(path: Path) -> dict[str, bytes]:
        with zipfile.ZipFile(path) as file:
            return {it: file.read(it) for it in file.namelist() if "dist-info" not in it}

    assert contents(own) == contents(wheel)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the locked packages and the wheel; about a minute."""
    folder = tmp_path_factory.mktemp("installed") / "env"
    run(sys.executable, "-m", "venv", folder)
    pip = (folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--require-hashes", "-r", ROOT / "requirements/development.lock")
    run(*pip, "--no-deps", "--no-index", wheel)
    return folder


class Elsewhere(Stack):
    """A stack that the installed command runs."""

    environment: Path

    def kit(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL"))}
        return subprocess.run(
            [str(self.environment / "bin/kit"), *arguments],
            cwd=self.folder,
            env={**clean, "TMPDIR": str(self.temporary)},
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
        )


@pytest.fixture
def elsewhere(installed: Path, tmp_path: Path) -> Iterator[Elsewhere]:
    stack = Elsewhere(tmp_path / "deployment")
    stack.environment = installed
    (stack.folder / "kit.yaml").unlink()
    try:
        yield stack
    finally:
        stack.kit("down", "--volumes")
        left = stack.processes()
        for process in left:
            process.kill()
        assert left == []


@pytest.mark.native
def test_from_an_empty_folder_to_a_trace_and_back(elsewhere: Elsewhere) -> None:
    where = run(
        elsewhere.environment / "bin/python", "-c", "import kit; print(kit.__file__)", cwd=elsewhere.folder
    )
    assert Path(where.strip()).is_relative_to(elsewhere.environment)
    assert elsewhere.kit("init", "--name", "away").returncode == 0
    made = elsewhere.kit("generate")
    assert made.returncode == 0, made.stderr
    check = elsewhere.kit("generate", "--check")
    assert (check.returncode, check.stdout) == (0, "")
    # Ports of this test's own, and no database: it takes a minute less.
    elsewhere.write_spec("native: {storage: memory}\n")
    elsewhere.up()
    demo = elsewhere.kit("demo")
    assert demo.returncode == 0, demo.stderr
    for service in ("coupon-api", "coupon-issuer", "coupon-notifier"):
        assert service in demo.stdout
    doctor = elsewhere.kit("doctor")
    assert doctor.returncode == 0, doctor.stdout
    assert elsewhere.kit("down", "--volumes").returncode == 0
    assert elsewhere.open_ports() == []


@pytest.mark.native
def test_the_image_can_be_built_from_what_generate_lays_out(elsewhere: Elsewhere, tmp_path: Path) -> None:
    """Without Docker: the wheel is as an editable kit lays it out, and pip installs it."""
    assert elsewhere.kit("init", "--name", "away").returncode == 0
    assert elsewhere.kit("generate").returncode == 0
    (again,) = (elsewhere.folder / "image").glob("*.whl")

    def contents(data: bytes) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            return {it: file.read(it) for it in file.namelist() if not it.endswith(("/METADATA", "/RECORD"))}

    # The metadata of an editable kit is of the time of its install.
    assert contents(again.read_bytes()) == contents(running_kit().pack())
    python = elsewhere.environment / "bin/python"
    pip = (
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-index",
    )
    run(*pip, "--target", tmp_path / "unpacked", again)
    program = "import sys; sys.path.insert(0, sys.argv[1]); import kit; print(kit.__file__)"
    assert str(tmp_path / "unpacked") in run(python, "-c", program, tmp_path / "unpacked")
