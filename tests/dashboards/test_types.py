"""The dashboards have the types of Grafana's own schema, by the TypeScript compiler."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboards.boards import FOLDER
from tests.services_of_ones_own.toolchains import install_package, node

_TYPES = Path(__file__).with_name("types")
DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the compiler and the types."""
    try:
        node()
    except (AssertionError, OSError) as error:
        pytest.skip(f"no Node for TypeScript: {error}".splitlines()[0])
    folder = tmp_path_factory.mktemp("types") / "types"
    shutil.copytree(_TYPES, folder, ignore=shutil.ignore_patterns("node_modules"))
    install_package(folder)
    return folder


def _compile(folder: Path, documents: dict[str, Any]) -> str:
    """The compiler's messages about dashboards."""
    lines = ['import type { ClassicDashboard } from "./shapes";']
    lines += [
        f"export const {name.replace('-', '_')}: ClassicDashboard = {json.dumps(document)};"
        for name, document in documents.items()
    ]
    (folder / "check.ts").write_text("\n".join(lines))
    compiler = folder / "node_modules" / "typescript" / "bin" / "tsc"
    done = subprocess.run(
        [str(node() / "node"), str(compiler), "--pretty", "false"],
        cwd=folder, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_the_schema_is_of_the_grafana_that_runs() -> None:
    from generator.components.grafana.component import VERSION

    lock = json.loads((_TYPES / "package.json").read_text())
    assert lock["dependencies"]["@grafana/schema"] == VERSION


def test_no_lock_names_a_registry() -> None:
    assert "resolved" not in (_TYPES / "package-lock.json").read_text()


def test_the_dashboards_have_grafanas_types(types: Path) -> None:
    messages = _compile(types, DASHBOARDS)
    assert not messages, messages


def _change(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        found: Any = document
        for key in parents:
            found = found[int(key)] if isinstance(found, list) else found[key]
        found[last] = value

    return change


# The first panel of the overview is a row, then there is a stat; the fifth is a graph.
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("refresh", 30),
        ("graphTooltip", "crosshair"),
        ("no_such_key", 1),
        ("panels.1.options.orientation", "sideways"),
        ("panels.4.options.legend.displayMode", "grid"),
        ("panels.4.fieldConfig.defaults.custom.lineWidth", "thick"),
        ("panels.4.fieldConfig.defaults.thresholds.mode", "relative"),
        ("panels.4.gridPos", {"x": 0, "y": 0}),
        ("panels.4.type", "graph"),
    ],
)
def test_a_wrong_type_is_seen(types: Path, path: str, value: object) -> None:
    document = json.loads(json.dumps(DASHBOARDS["overview"]))
    _change(path, value)(document)
    messages = _compile(types, {"overview": document})
    assert messages.startswith("check.ts("), messages
