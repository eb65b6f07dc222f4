"""Who imports whom in the samples: only downwards, types included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import sample_services

ROOT = Path(sample_services.__file__).parent
# The lowest first. Modules of one package may import each other, two names of one layer may not.
LAYERS = (
    ("telemetry", "consumer_group", "delivery", "outages", "queues", "schema", "fault_names", "load"),
    ("settings",),
    ("process", "health", "database", "redis_client", "redis_memory", "stream_consumer"),
    ("coupon_api", "coupon_issuer", "coupon_notifier"),
    ("faults",),
    ("coupon_api.app",),
    ("coupon_api.__main__", "coupon_issuer.__main__", "coupon_notifier.__main__"),
)
LAYER_OF = {name: number for number, names in enumerate(LAYERS) for name in names}
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in ROOT.rglob("*.py")
    if path != ROOT / "__init__.py"
}


def place(module: str) -> str:
    """The name in `LAYERS` that a module belongs to: the longest that fits."""
    return max((name for name in LAYER_OF if f"{module}.".startswith(f"{name}.")), key=len)


def imported(module: str) -> Iterator[str]:
    """The modules of the samples that one imports."""
    parts = ["sample_services", *module.split(".")]
    package = parts if FILES[module].name == "__init__.py" else parts[:-1]
    for node in ast.walk(ast.parse(FILES[module].read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            inside = name.removeprefix("sample_services.")
            if inside != name:
                yield inside if inside in FILES else inside.rpartition(".")[0]


def test_every_module_has_a_layer() -> None:
    assert {place(module) for module in FILES} == set(LAYER_OF)


def test_imports_go_downwards() -> None:
    upwards = {
        f"{module} imports {other}"
        for module in FILES
        for other in imported(module)
        if place(module) != place(other) and LAYER_OF[place(module)] <= LAYER_OF[place(other)]
    }
    assert upwards == set()


def test_no_import_goes_round_in_a_circle() -> None:
    TopologicalSorter({module: set(imported(module)) for module in FILES}).prepare()


def test_the_names_of_faults_need_nothing_of_the_services() -> None:
    assert set(imported("fault_names")) == set()
    assert "fault_names" in set(imported("settings"))
    assert "coupon_api.coupons" in set(imported("faults.pool_too_small")), "relative imports are seen"
