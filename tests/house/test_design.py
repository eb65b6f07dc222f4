"""The code follows what docs/explanation/design.md claims: its table of imports is read from the page."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("docs/explanation/design.md", "CONTRIBUTING.md")
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
    "packages"
]


def modules() -> dict[str, Path]:
    """Every module of the packages by its path without `.py`; a package by its folder."""
    return {
        path.relative_to(ROOT).with_suffix("").as_posix().removesuffix("/__init__"): path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }


MODULES = modules()


def table() -> dict[str, set[str]]:
    """The page's table: a package, and what else it may import."""
    text = (ROOT / PAGES[0]).read_text().partition("| package | may import |\n")[2].partition("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines()[1:]]
    return {name.strip("`"): set(re.findall(r"`([^`]+)`", allowed)) for name, allowed in rows}


TABLE = table()


def imports(module: str, tree: ast.Module, *, deferred: bool = True) -> Iterator[str]:
    """What a module imports; without those in functions and for type checkers, unless `deferred`."""
    left: list[ast.AST] = [tree]
    while left:
        node = left.pop()
        if not deferred and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if not deferred and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            left += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name.replace(".", "/") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = (module if MODULES[module].name == "__init__.py" else module.rpartition("/")[0]).split(
                "/"
            )
            above = package[: len(package) + 1 - node.level] if node.level else []
            source = "/".join([*above, *(node.module or "").replace(".", "/").split("/")]).rstrip("/")
            names = [f"{source}/{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else source for name in names)
        left += ast.iter_child_nodes(node)


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}/")


def row_of(module: str) -> str:
    """The longest row that a module is within."""
    return max((name for name in TABLE if within(module, name)), key=len)


def broken(module: str, tree: ast.Module) -> list[str]:
    row = row_of(module)
    return [
        f"{module} imports {found}"
        for found in imports(module, tree)
        if found.partition("/")[0] in (*PACKAGES, "tests", "bench")
        and not any(within(found, name) for name in (row, *TABLE[row]))
    ]


def test_the_table_has_every_package_and_no_other() -> None:
    assert set(PACKAGES) <= set(TABLE)
    assert all((ROOT / name).is_dir() for name in TABLE)


@pytest.mark.parametrize("row", TABLE)
def test_a_package_imports_what_the_table_allows(row: str) -> None:
    mine = {module: path for module, path in MODULES.items() if row_of(module) == row}
    assert mine, "a row that says something"
    assert [it for module, path in mine.items() for it in broken(module, ast.parse(path.read_text()))] == []


def test_a_forbidden_import_is_noticed() -> None:
    """Lazy, for type checkers or of a name: this test's own reading."""
    for text in (
        "import generator.components",
        "from generator import components",
        "from generator.components.redis import x",
        "def f():\n    from generator.components import components",
        "if TYPE_CHECKING:\n    from kit.errors import KitError",
    ):
        assert broken("generator/deployment/model", ast.parse(text)), text
    allowed = "import json\nfrom generator.spec import model\nfrom generator.deployment import layout\n"
    assert broken("generator/deployment/model", ast.parse(allowed)) == []


def test_nothing_imports_in_a_circle() -> None:
    graph = {
        module: set(imports(module, ast.parse(path.read_text()), deferred=False)) & set(MODULES) - {module}
        for module, path in MODULES.items()
    }
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("page", PAGES)
def test_a_path_that_a_page_names_is_there(page: str) -> None:
    named = re.findall(r"`((?:[\w.]+/)+[\w.]*)`", (ROOT / page).read_text())
    assert len(named) > 10
    # What the kit writes into a deployment's folder is not here.
    written = ("image/", "image.before/")
    missing = [
        it
        for it in named
        if it not in written and "NAME" not in it and not (ROOT / it).exists() and not is_inside(it)
    ]
    assert missing == []


def is_inside(name: str) -> bool:
    """A folder of each component, or a module without its `.py`."""
    return name == "templates/" or (ROOT / f"{name}.py").exists()
