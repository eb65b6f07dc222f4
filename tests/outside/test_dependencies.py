"""Each list of dependencies in pyproject.toml holds what its modules import, and suffices to run them."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.outside.test_wheel import make_wheel

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PACKAGES = ("kit", "generator", "findings", "analysis", "stream_tracing", "sample_services")
EXTRAS = PROJECT["optional-dependencies"]

# Whose modules need an extra, and what of the samples the kit itself imports.
NATIVE = ("kit.operate.native", "kit.provision")
SAMPLES = ("sample_services", "stream_tracing")
OF_THE_KIT = ("sample_services.consumer_group", "sample_services.load")
# Runs when the wheel is made.
BUILD = "kit.image.build_hook"
# A package that consists of its dependencies.
CONSISTS_OF = {"opentelemetry-exporter-otlp-proto-grpc": "opentelemetry-exporter-otlp"}


def belongs(module: str, packages: tuple[str, ...]) -> bool:
    return f"{module}.".startswith(tuple(f"{package}." for package in packages))


def extra_of(module: str) -> str:
    if belongs(module, NATIVE):
        return "native"
    return "samples" if belongs(module, SAMPLES) and not belongs(module, OF_THE_KIT) else ""


def modules() -> Iterator[str]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            if name != BUILD:
                yield name


def lists(extra: str) -> list[str]:
    """The requirements as written for an extra, with those that every installation has."""
    found: list[str] = [*PROJECT["dependencies"]]
    for line in EXTRAS.get(extra, []):
        one = Requirement(line)
        found += lists(*one.extras) if one.name == PROJECT["name"] else [line]
    return found


def path_of(module: str) -> Path:
    path = ROOT / Path(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def files() -> dict[str, str]:
    """Which distribution a file of the environment comes from."""
    return {
        str(file.with_suffix("")): canonicalize_name(found.name)
        for found in distributions()
        for file in found.files or []
        if file.suffix in {".py", ".so"}
    }


def owner(module: str) -> str:
    """The distribution that a module comes from; the module itself when none is known."""
    path = module.replace(".", "/")
    while path:
        for name in (path, f"{path}/__init__"):
            if name in files():
                return files()[name]
        path = path.rpartition("/")[0]
    return module


def imports(module: str) -> Iterator[str]:
    """Third-party modules that one imports when it runs, wherever in it: not those for types alone."""
    nodes: list[ast.AST] = [ast.parse(path_of(module).read_text())]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            nodes += node.orelse
            continue
        nodes += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # The longest first: `from opentelemetry import trace` is a module of a package without files.
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            top = name.partition(".")[0]
            if top not in sys.stdlib_module_names and top not in PACKAGES:
                yield name


@pytest.mark.parametrize("extra", ["", "samples", "native"])
def test_what_is_imported_is_declared_where_it_is_needed(extra: str) -> None:
    declared = {canonicalize_name(Requirement(line).name) for line in lists(extra)}
    missing = {
        f"{module} imports {name} of {distribution}"
        for module in modules()
        if extra_of(module) == extra
        for name in imports(module)
        if CONSISTS_OF.get(distribution := owner(name), distribution) not in declared
    }
    assert missing == set()


def test_nothing_is_declared_twice_or_for_nobody() -> None:
    found = {owner(name) for module in modules() for name in imports(module)}
    found |= {CONSISTS_OF[one] for one in found if one in CONSISTS_OF}
    # Named in a URL of a database, or started as a program of its own.
    found |= {"aiosqlite", "asyncpg"}
    for requirements in (PROJECT["dependencies"], *EXTRAS.values()):
        names = [canonicalize_name(Requirement(line).name) for line in requirements]
        assert len(names) == len(set(names))
        assert set(names) - found <= {PROJECT["name"]}


def closure(requirements: list[str]) -> Iterator[Distribution]:
    """What pip would install for some requirements, out of what is installed here."""
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(line) for line in requirements]
    while waiting:
        one = waiting.pop()
        key = (canonicalize_name(one.name), frozenset(one.extras))
        if key in seen:
            continue
        seen.add(key)
        found = distribution(one.name)
        yield found
        for line in found.requires or []:
            needed = Requirement(line)
            extras = one.extras or {""}
            if not needed.marker or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(needed)


def site(folder: Path, wheel: Path, extra: str) -> Path:
    """What an installation of the wheel with this extra would have, in a folder."""
    for found in closure(lists(extra)):
        for file in found.files or []:
            target = folder / file
            if ".." not in file.parts and "__pycache__" not in file.parts and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(str(found.locate_file(file)))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def python(packages: Path, program: str, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program with the standard library and a folder of packages, and nothing else."""
    start = "import sys; sys.path.append(sys.argv.pop(1))\n"
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", start + program, str(packages), *arguments],
        cwd=cwd,
        env={"HOME": str(cwd), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def own_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_wheel(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def base(own_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site(tmp_path_factory.mktemp("base"), own_wheel, "")


# A program's own module runs it.
IMPORT_ALL = """
from importlib import import_module
for name in sys.argv[1:]:
    if name.rpartition(".")[2] != "__main__" or "coupon_" in name:
        import_module(name)
"""


def test_every_module_of_the_kit_can_be_imported_without_an_extra(base: Path, tmp_path: Path) -> None:
    names = [name for name in modules() if extra_of(name) != "samples"]
    done = python(base, IMPORT_ALL, tmp_path, *names)
    assert done.returncode == 0, done.stderr
    absent = python(base, "import fastapi", tmp_path)
    assert "No module named 'fastapi'" in absent.stderr, "nothing of the test's own environment is in reach"


@pytest.mark.parametrize("extra", ["samples", "native"])
def test_every_module_can_be_imported_with_its_extra(own_wheel: Path, extra: str, tmp_path: Path) -> None:
    packages = site(tmp_path / "site", own_wheel, extra)
    done = python(
        packages, IMPORT_ALL, tmp_path, *(name for name in modules() if extra_of(name) in {"", extra})
    )
    assert done.returncode == 0, done.stderr


KIT = "import sys; sys.argv[0] = 'kit'; from kit.cli import main; main()"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["validate"], 0, ""),
        (["generate", "--check"], 0, ""),
        (["explain", "KIT014"], 0, "KIT014"),
        (["schema", "show"], 0, "CREATE TABLE"),
        (["doctor", "--target", "native"], 1, "without filelock, jgo, supervisor, fastapi"),
        (["status"], 3, ""),
        (["verify"], 3, ""),
        (["queues", "--redis", "redis://127.0.0.1:1/0"], 3, "does not answer"),
        (["traces", "endpoints", "--jaeger", "http://127.0.0.1:1"], 3, ""),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else None,
)
def test_verbs_run_without_an_extra(
    base: Path, tmp_path: Path, arguments: list[str], code: int, says: str
) -> None:
    (tmp_path / "kit.yaml").write_text("spec: 1\nname: x\n")
    made = python(base, KIT, tmp_path, "generate")
    assert made.returncode == 0, made.stderr
    done = python(base, KIT, tmp_path, *arguments)
    assert "is not installed" not in done.stderr
    assert done.returncode == code, done.stdout + done.stderr
    assert says in done.stdout + done.stderr
