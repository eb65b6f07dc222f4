"""The build context of the kit's own image, in a folder that is no checkout."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

from generator.deployment.images import OwnImage
from kit.image.context import context_files, context_of
from kit.image.wheel import running_kit
from tests.cli.test_first_minutes import kit

ROOT = Path(__file__).parents[2]
WHEEL = "tracing_kit-0.1.0-py3-none-any.whl"
LOCK = "requirements/image.lock"
SBOM = "requirements/image.cdx.json"


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    kit(tmp_path, "init", "--name", "x")
    assert kit(tmp_path, "generate").returncode == 0
    return tmp_path


def test_compose_builds_from_the_folder_that_is_there(folder: Path) -> None:
    services = yaml.safe_load((folder / "compose.yaml").read_text())["services"]
    (context,) = {service["build"]["context"] for service in services.values() if "build" in service}
    assert (folder / context).resolve() == folder / "image"


def test_it_is_a_dockerfile_a_lock_and_a_wheel(folder: Path) -> None:
    files = files_in(folder / "image")
    assert files == sorted(["Dockerfile", LOCK, SBOM, WHEEL])
    for name in ("Dockerfile", LOCK, SBOM):
        assert (folder / "image" / name).read_bytes() == (ROOT / name).read_bytes()
    assert {f"image/{name}" for name in files} < set(
        json.loads((folder / "kit.lock").read_text())["files"]
    ), "an edit is noticed"


def test_a_checkout_is_its_own_context() -> None:
    assert context_of(ROOT) == "."
    assert context_files(ROOT, OwnImage("x", ".", "Dockerfile")) == {}


def test_where_the_image_is_pulled_there_is_no_context(folder: Path) -> None:
    with (folder / "kit.yaml").open("a") as spec:
        spec.write("images: {kit: 'mirror.local/kit:1.2'}\n")
    assert kit(folder, "generate").returncode == 0
    assert files_in(folder / "image") == []
    (folder / "kit.yaml").write_text("spec: 1\nname: x\n")
    assert kit(folder, "generate").returncode == 0
    assert len(files_in(folder / "image")) == 4


def test_the_wheel_is_always_the_same(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Also in another process and another folder, and whatever the clock and the umask say."""
    packed = running_kit().pack()
    assert (folder / "image" / WHEEL).read_bytes() == packed
    other = tmp_path_factory.mktemp("other")
    kit(other, "init", "--name", "x")
    assert kit(other, "generate", TZ="Asia/Tokyo", SOURCE_DATE_EPOCH="1", PYTHONHASHSEED="7").returncode == 0
    assert (other / "image" / WHEEL).read_bytes() == packed
    with zipfile.ZipFile(folder / "image" / WHEEL) as archive:
        assert {it.compress_type for it in archive.infolist()} == {zipfile.ZIP_STORED}, "zlib's output varies"
        assert {it.date_time for it in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_pip_installs_it_and_it_lays_out_itself(folder: Path, tmp_path: Path) -> None:
    """What pip made of it is packed into the same wheel again, though this one is not editable."""
    site = tmp_path / "site"
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")
    subprocess.run([*pip, "--no-index", "--target", site, folder / "image" / WHEEL], check=True, timeout=100)
    program = "import sys; sys.path.insert(0, sys.argv[1]); from kit.image.wheel import running_kit\n"
    program += "import kit; print(kit.__file__); open(sys.argv[2], 'wb').write(running_kit().pack())"
    again = tmp_path / "again.whl"
    done = subprocess.run(
        [sys.executable, "-c", program, site, again], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert Path(done.stdout.strip()).is_relative_to(site)
    assert again.read_bytes() == (folder / "image" / WHEEL).read_bytes()


def test_the_wheel_is_packed_only_when_the_kit_changed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = OwnImage("x", "./image", "Dockerfile")
    before = context_files(folder, image)
    monkeypatch.setattr("kit.image.wheel.Wheel.pack", lambda wheel: b"packed")
    assert context_files(folder, image) == before
    wheel = folder / "image" / WHEEL
    wheel.write_bytes(wheel.read_bytes() + b"\n")
    assert context_files(folder, image)[f"image/{WHEEL}"] == b"packed", "its hash is in kit.lock"


def test_a_wheel_of_another_kit_is_replaced(folder: Path) -> None:
    """As it is after the kit was upgraded: it is in the lock, it was not edited."""
    lock, wheel = folder / "kit.lock", folder / "image" / WHEEL
    old = folder / "image/tracing_kit-0.0.9-py3-none-any.whl"
    wheel.rename(old)
    lock.write_text(lock.read_text().replace(WHEEL, old.name))
    checked = kit(folder, "generate", "--check")
    assert checked.returncode == 1
    assert f"Binary files /dev/null and b/image/{WHEEL} differ" in checked.stdout
    assert kit(folder, "generate").returncode == 0
    assert (wheel.is_file(), old.exists()) == (True, False)


def test_check_notices_and_generate_mends(folder: Path) -> None:
    assert kit(folder, "generate", "--check").returncode == 0
    (folder / "image" / WHEEL).unlink()
    result = kit(folder, "generate", "--check", "--output", "json")
    assert result.returncode == 1
    assert not json.loads(result.stdout)["ok"]
    assert {"path": f"image/{WHEEL}", "state": "new"} in json.loads(result.stdout)["files"]
    assert kit(folder, "generate").returncode == 0
    assert kit(folder, "generate", "--check").returncode == 0


@pytest.mark.parametrize("name", ["Dockerfile", WHEEL])
def test_an_edited_file_is_not_overwritten(folder: Path, name: str) -> None:
    edited = folder / "image" / name
    edited.write_bytes(edited.read_bytes() + b"mine")
    result = kit(folder, "generate")
    assert (result.returncode, f"image/{name}" in result.stderr) == (1, True)
    assert edited.read_bytes().endswith(b"mine")
    assert kit(folder, "generate", "--force").returncode == 0
    assert kit(folder, "generate", "--check").returncode == 0


@pytest.fixture
def earlier(folder: Path) -> Path:
    """As kits before the wheel left it: a copy of the checkout's sources, a list of them, and no hash in the lock."""
    image = folder / "image"
    shutil.rmtree(image)
    names = ["Dockerfile", LOCK, "README.md", "kit/terminal.py", "kit/errors.py", "kit/gone.py"]
    for name in names:
        (image / name).parent.mkdir(parents=True, exist_ok=True)
        (image / name).write_bytes((ROOT / name).read_bytes() if (ROOT / name).exists() else b"gone")
    (image / "Dockerfile").write_text("FROM scratch\n")
    (image / "kit/errors.py").write_text("edited")
    head = "# copied from the installed kit by `kit generate`: nothing here is to be edited\n"
    (image / "FILES").write_text(
        head + "".join(f"{name}\n" for name in [*names, "../kit.yaml", "/etc/hosts"])
    )
    lock = json.loads((folder / "kit.lock").read_text())
    lock["files"] = {path: it for path, it in lock["files"].items() if not path.startswith("image/")}
    (folder / "kit.lock").write_text(json.dumps(lock))
    return folder


def test_what_an_older_kit_left_goes_and_what_is_not_the_kits_stays(earlier: Path) -> None:
    (earlier / "image/mine.txt").write_text("mine")
    made = kit(earlier, "generate")
    assert made.returncode == 0, made.stderr
    image, aside = earlier / "image", earlier / "image.before"
    assert files_in(image) == sorted(["Dockerfile", "mine.txt", LOCK, SBOM, WHEEL])
    assert (image / "Dockerfile").read_bytes() == (ROOT / "Dockerfile").read_bytes()
    assert (earlier / "kit.yaml").exists(), "a list that points outside is not followed"
    # What may have been edited is kept, and reported.
    assert files_in(aside) == ["Dockerfile", "README.md", "kit/errors.py", "kit/gone.py"]
    assert (aside / "kit/errors.py").read_text() == "edited"
    assert "4 more were moved to image.before/" in made.stderr
    again = kit(earlier, "generate", "--check")
    assert (again.returncode, again.stdout) == (0, "")


def test_check_and_dry_run_leave_what_an_older_kit_left(earlier: Path) -> None:
    before = {path: path.read_bytes() for path in earlier.rglob("*") if path.is_file()}
    checked = kit(earlier, "generate", "--check", "--output", "json")
    states = {it["path"]: it["state"] for it in json.loads(checked.stdout)["files"]}
    assert checked.returncode == 1
    assert (states["image/FILES"], states["image/Dockerfile"]) == ("stale", "changed")
    assert kit(earlier, "generate", "--dry-run").returncode == 0
    assert {path: path.read_bytes() for path in earlier.rglob("*") if path.is_file()} == before


def test_an_edit_elsewhere_stops_it_before_anything_is_moved(earlier: Path) -> None:
    (earlier / "compose.yaml").write_text("mine")
    before = {path: path.read_bytes() for path in earlier.rglob("*") if path.is_file()}
    assert kit(earlier, "generate").returncode == 1
    assert {path: path.read_bytes() for path in earlier.rglob("*") if path.is_file()} == before


def test_what_was_moved_before_is_not_overwritten(earlier: Path) -> None:
    (earlier / "image.before/kit").mkdir(parents=True)
    (earlier / "image.before/kit/errors.py").write_text("an earlier edit")
    result = kit(earlier, "generate")
    assert (result.returncode, "image.before/kit/errors.py: already exists" in result.stderr) == (1, True)
    assert (earlier / "image.before/kit/errors.py").read_text() == "an earlier edit"
    assert (earlier / "image/kit/errors.py").read_text() == "edited"
    (earlier / "image.before").rename(earlier / "kept")
    assert kit(earlier, "generate").returncode == 0
    assert kit(earlier, "generate", "--check").returncode == 0


def test_a_folder_of_someone_else_is_not_touched(folder: Path) -> None:
    shutil.rmtree(folder / "image")
    (folder / "kit.lock").unlink()
    (folder / "image").mkdir()
    (folder / "image/cat.png").write_text("meow")
    result = kit(folder, "generate")
    assert result.returncode == 1
    assert "was not written by the kit" in result.stderr
    assert [path.name for path in (folder / "image").iterdir()] == ["cat.png"]


def test_docker_is_sent_what_the_wheel_is_made_of_and_nothing_else() -> None:
    sent = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    made_of = {
        *wheel["packages"],
        *wheel["hooks"]["custom"]["files"],
        "pyproject.toml",
        "README.md",
        "LICENSE",
    }
    assert set(sent) == made_of | {"requirements/build.lock"}
