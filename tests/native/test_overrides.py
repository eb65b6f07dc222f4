"""The override layer with the real collector: it merges as the kit says, and runs with what a user adds."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.overrides import Overrides
from generator.overrides.merge import merge_collector
from generator.rules.component_names import GONE, KINDS, KNOWN, OLD_KEYS, RENAMED, Gone, OldKey, number
from kit.provision import Program
from tests.native.stack import Stack, ask_for_coupon, running
from tests.patience import PATIENCE_S
from tests.rules.scenes import HEAD, findings, scene

pytestmark = pytest.mark.native

_RULES = Path(__file__).parents[1] / "rules"
RIGHT = sorted(path.parents[1].name for path in _RULES.glob("right/*/overrides/collector.yaml"))
BASE = scene(HEAD, Overrides()).files["collector/config.yaml"]

MERGES = {
    "a value and a new key": "exporters: {otlp_http/jaeger: {timeout: 45s, headers: {a: b}}}",
    "a list is replaced": "service: {pipelines: {traces: {processors: [memory_limiter]}}}",
    "a list of mappings is replaced": (
        "service: {telemetry: {metrics: {level: normal, readers: "
        "[{pull: {exporter: {prometheus: {host: localhost, port: 9999}}}}]}}}"
    ),
    "null takes a mapping away": "exporters: {otlp_http/jaeger: {sending_queue: {batch: null}}}",
    "null takes a value away": "exporters: {otlp_http/jaeger: {timeout: null}}",
    "null takes a protocol away": "receivers: {otlp: {protocols: {http: null}}}",
    "an empty mapping changes nothing": "exporters: {otlp_http/jaeger: {sending_queue: {}}}",
    "a path as a key": "exporters::otlp_http/jaeger::sending_queue::num_consumers: 7",
    "a path beside the key": (
        "exporters::otlp_http/jaeger::sending_queue::num_consumers: 7\nexporters: {otlp_http/jaeger: {timeout: 44s}}"
    ),
    "a component and its use": (
        "exporters: {debug: {verbosity: detailed}}\n"
        "service: {pipelines: {traces: {exporters: [otlp_http/jaeger, debug]}}}"
    ),
    "a pipeline of its own": (
        "exporters: {debug: null}\nservice: {pipelines: {logs: {receivers: [otlp], exporters: [debug]}}}"
    ),
    "statements": "processors: {transform/limits: {trace_statements: ['set(span.name, \"x\")']}}",
}


def printed(program: Program, *configs: Path) -> Any:
    """The config as the collector itself sees it, merged and with defaults."""
    words = [word for config in configs for word in ("--config", config)]
    result = subprocess.run(
        program.command("print-config", "--mode", "unredacted", *words),
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return yaml.safe_load(result.stdout)


@pytest.mark.parametrize("name", MERGES)
def test_the_collector_merges_as_the_kit_says(
    programs: Mapping[str, Program], tmp_path: Path, name: str
) -> None:
    base, over, merged = tmp_path / "base.yaml", tmp_path / "over.yaml", tmp_path / "merged.yaml"
    base.write_text(BASE)
    over.write_text(MERGES[name])
    merged.write_text(yaml.safe_dump(merge_collector(yaml.safe_load(BASE), yaml.safe_load(MERGES[name]))))
    otelcol = programs["otelcol"]
    own = printed(otelcol, base, over)
    assert own == printed(otelcol, merged)
    assert (own == printed(otelcol, base)) == (name == "an empty mapping changes nothing")


def validated(program: Program, folder: Path, override: str) -> subprocess.CompletedProcess[str]:
    base, over = folder / "base.yaml", folder / "over.yaml"
    base.write_text(BASE)
    over.write_text(override)
    return subprocess.run(
        program.command("validate", "--config", base, "--config", over),
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_the_collector_takes_what_the_rules_take(
    programs: Mapping[str, Program], tmp_path: Path, name: str
) -> None:
    override = (_RULES / "right" / name / "overrides" / "collector.yaml").read_text()
    result = validated(programs["otelcol"], tmp_path, override)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("rule", ["KIT070", "KIT073", "KIT075"])
def test_the_collector_refuses_what_the_rules_call_an_error(
    programs: Mapping[str, Program], tmp_path: Path, rule: str
) -> None:
    from generator.rules import RULES
    from tests.rules.example import blocks

    bad = next(one for one in RULES if one.id == rule).bad
    assert validated(programs["otelcol"], tmp_path, blocks(bad)["overrides/collector.yaml"]).returncode != 0


@pytest.mark.parametrize("row", OLD_KEYS, ids=lambda row: f"{row.type}-{row.path[-1]}")
def test_a_key_without_effect_is_refused_or_taken_as_the_table_says(
    programs: Mapping[str, Program], tmp_path: Path, row: OldKey
) -> None:
    value = row.example
    for name in reversed(row.path):
        value = {name: value}
    over: dict[str, Any] = {row.type: value}
    if row.kind:
        named = {"health_check": "health_check", "otlp": "otlp"}.get(row.type, f"{row.type}/x")
        needed = {"endpoint": "http://a:1"} if row.kind == "exporters" else {}
        over = {row.kind: {named: {**needed, **value}}}
    result = validated(programs["otelcol"], tmp_path, yaml.safe_dump(over))
    assert (result.returncode != 0) == row.refused, result.stderr


def test_the_types_of_the_collector_are_known_by_their_names(programs: Mapping[str, Program]) -> None:
    result = subprocess.run(
        programs["otelcol"].command("components"), capture_output=True, text=True, check=True, timeout=300
    )
    listed = yaml.safe_load(result.stdout)
    for kind in KINDS:
        names = {str(one["name"]) for one in listed[kind]}
        assert names, kind
        old = {row.old for row in RENAMED if row.kind == kind}
        assert names - old <= set(KNOWN[kind]), kind
        version = number(str(listed["buildinfo"]["version"]))
        assert not names & {row.type for row in GONE if row.kind == kind and _is_gone(row, version)}, kind


def _is_gone(row: Gone, version: tuple[int, ...]) -> bool:
    return not row.since or version >= number(row.since)


def test_a_storage_that_is_not_enabled_passes_the_collectors_own_check(
    programs: Mapping[str, Program], tmp_path: Path
) -> None:
    """Why there is a rule for it: the collector finds it only when it starts."""
    override = "service: {extensions: [health_check]}\n"
    assert validated(programs["otelcol"], tmp_path, override).returncode == 0
    assert "KIT053" in {one.rule.id for one in findings({"overrides/collector.yaml": override})}


def test_a_deployment_runs_with_what_a_user_adds(tmp_path: Path) -> None:
    spans = tmp_path / "spans.json"
    folder = tmp_path / "shop"
    (folder / "overrides").mkdir(parents=True)
    (folder / "overrides" / "collector.yaml").write_text(
        f"exporters:\n  file:\n    path: {spans}\n    flush_interval: 200ms\n"
        "service: {pipelines: {traces: {exporters: [otlp_http/jaeger, file]}}}\n"
    )
    with running(folder, "native: {storage: memory}") as stack:
        trace_id = ask_for_coupon(stack)[1]
        deadline = time.monotonic() + PATIENCE_S
        while not spans.exists() or trace_id not in spans.read_text():
            assert time.monotonic() < deadline, "the added exporter wrote nothing"
            time.sleep(0.2)


def test_up_refuses_an_override_that_would_fail_and_starts_nothing(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "shop", "native: {storage: memory}")
    (stack.folder / "overrides").mkdir()
    (stack.folder / "overrides" / "collector.yaml").write_text("service: {extensions: [health_check]}\n")
    result = stack.kit("up", "--target", "native")
    assert result.returncode == 1
    assert "overrides/collector.yaml:1:11: error KIT053" in result.stderr
    assert "nothing was started" in result.stderr
    assert not stack.processes()
    assert not (stack.folder / ".kit").exists()
