"""The override layer: what it does to what is rendered and started, and how its mistakes are told."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

import pytest
import yaml

from generator.kit_yaml import parse_spec
from generator.overrides import Overrides
from generator.overrides.merge import merge_collector, merge_compose, merge_ui
from generator.overrides.parse import OverrideError, load_yaml
from generator.render import render_files, workloads_of
from generator.resolve import resolve
from generator.target import Target
from generator.targets import COMPOSE, NATIVE
from kit.operate.deployment import load
from kit.operate.overrides import load_overrides
from tests.rules.scenes import HEAD

COLLECTOR = "exporters:\n  debug: {}\n"


def rendered(overrides: Overrides, target: Target = COMPOSE) -> dict[str, str]:
    return dict(render_files(resolve(parse_spec(HEAD), target, PurePosixPath("/srv/shop"), overrides)))


def test_without_overrides_nothing_is_mounted() -> None:
    assert "overrides" not in rendered(Overrides())["compose.yaml"]


def test_the_collector_is_given_its_override_as_a_second_config() -> None:
    files = rendered(Overrides(collector=COLLECTOR))
    collector = yaml.safe_load(files["compose.yaml"])["services"]["collector"]
    assert collector["command"] == [
        "--feature-gates", "ottl.set.allowNil",
        "--config", "/etc/collector/config.yaml", "--config", "/etc/overrides/collector.yaml",
    ]  # fmt: skip
    mounts = {mount["target"]: mount["source"] for mount in collector["volumes"]}
    assert mounts["/etc/overrides/collector.yaml"] == "./overrides/collector.yaml"
    assert "overrides/collector.yaml" not in files


def test_natively_the_collector_reads_a_copy() -> None:
    overrides = Overrides(collector=COLLECTOR)
    assert rendered(overrides, NATIVE)["overrides/collector.yaml"] == COLLECTOR
    deployment = resolve(parse_spec(HEAD), NATIVE, PurePosixPath("/srv/shop"), overrides)
    collector = next(one for one in workloads_of(deployment) if one.name == "collector")
    assert collector.command[-1] == "/srv/shop/.kit/native/overrides/collector.yaml"


def test_the_ui_override_is_merged_into_what_is_rendered() -> None:
    over = '{"search": {"maxLimit": 100}, "menu": [{"label": "Runbook"}]}'
    ui = json.loads(rendered(Overrides(jaeger_ui=over))["jaeger/ui.json"])
    assert ui["search"]["maxLimit"] == 100
    assert ui["search"]["maxLookback"]["value"] == "7d"
    assert ui["menu"] == [{"label": "Runbook"}]
    assert ui["//"].startswith("rendered from")
    assert merge_ui("{}\n", "") == "{}\n"


def test_the_layer_is_read_from_the_deployments_folder(tmp_path: Path) -> None:
    (tmp_path / "kit.yaml").write_text(HEAD)
    (tmp_path / "overrides").mkdir()
    (tmp_path / "overrides" / "collector.yaml").write_text(COLLECTOR)
    assert load(tmp_path / "kit.yaml", COMPOSE).overrides == Overrides(collector=COLLECTOR)


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("overrides/collector.yaml", "a: [", "overrides/collector.yaml:2:1: not valid YAML"),
        ("overrides/collector.yaml", "exporters:\n\tx: 1", "overrides/collector.yaml:2:1: a tab in the indentation"),
        ("overrides/collector.yaml", "- a\n", "overrides/collector.yaml:1:1: no keys and values at the top"),
        ("overrides/collector.yaml", "exporters: [debug]\n", "overrides/collector.yaml:1:12: exporters: no names"),
        ("overrides/collector.yaml", "exporters:\n  debug: yes\n", "collector.yaml:2:10: exporters.debug: no keys"),
        ("overrides/collector.yaml", "exporter: {}\n", "did you mean `exporters`?"),
        ("overrides/collector.yaml", "service: {}\nservice: {}\n", "collector.yaml:2:1: service: a duplicate key"),
        ("overrides/collector.yaml", "exporters:\n  debug: {'sending_queue::enabled': true}\n",
         "collector.yaml:2:11: sending_queue::enabled: a path as a key below the top"),
        ("overrides/collector.yaml", "x: !!python/object:os.system {}\n", "could not determine a constructor"),
        ("compose.override.yaml", "service: {}\n", "did you mean `services`?"),
        ("compose.override.yaml", "services:\n  a: 1\n", "compose.override.yaml:2:6: services.a: no keys and values"),
        ("overrides/jaeger-ui.json", '{"a": 1,}', "overrides/jaeger-ui.json:1:9: not valid JSON"),
        ("overrides/jaeger-ui.json", "[1]", "no object at the top"),
    ],
)  # fmt: skip
def test_a_file_that_cant_be_used_is_told(tmp_path: Path, file: str, text: str, told: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    with pytest.raises(OverrideError) as caught:
        load_overrides(tmp_path)
    assert told in str(caught.value)
    assert "fix: " in str(caught.value)


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    (tmp_path / "overrides").mkdir()
    (tmp_path / "overrides" / "collector.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(OverrideError, match="byte 0xff is not UTF-8") as caught:
        load_overrides(tmp_path)
    assert "fix: " in str(caught.value)


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "overrides" / "collector.yaml").mkdir(parents=True)
    with pytest.raises(OverrideError, match="rmdir"):
        load_overrides(tmp_path)


@pytest.mark.parametrize(
    ("base", "over", "merged"),
    [
        ({"a": {"b": 1, "c": [1, 2]}}, {"a": {"c": [3]}}, {"a": {"b": 1, "c": [3]}}),
        ({"a": {"b": 1}}, {"a": None}, {"a": None}),
        ({"a": {"b": 1}}, {"a::b": 2, "a::c::d": 3}, {"a": {"b": 2, "c": {"d": 3}}}),
        ({"a": 1}, {"a": {"b": 2}}, {"a": {"b": 2}}),
        ({"a": {"b": {}}}, {"a": {}}, {"a": {"b": {}}}),
        ({}, {"a::b": 1, "a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
    ],
)
def test_the_collectors_merge(base: object, over: object, merged: object) -> None:
    assert merge_collector(base, over) == merged


@pytest.mark.parametrize(
    ("base", "over", "merged"),
    [
        ("{command: [a, b]}", "{command: [c]}", {"command": ["c"]}),
        ("{ports: ['1:1']}", "{ports: ['2:2', '1:1']}", {"ports": ["1:1", "2:2"]}),
        ("{ports: ['1:1']}", "{ports: !override ['2:2']}", {"ports": ["2:2"]}),
        ("{ports: ['1:1'], image: x}", "{ports: !reset null}", {"image": "x"}),
        ("{environment: {A: '1', B: '2'}}", "{environment: [A=3, C]}",
         {"environment": {"A": "3", "B": "2", "C": None}}),
        ("{depends_on: {a: {condition: x}}}", "{depends_on: [b]}",
         {"depends_on": {"a": {"condition": "x"}, "b": {"condition": "service_started"}}}),
        ("{volumes: ['./a:/x', 'b:/y']}", "{volumes: ['c:/y:ro']}", {"volumes": ["./a:/x", "c:/y:ro"]}),
        ("{healthcheck: {test: [CMD, a], retries: 1}}", "{healthcheck: {test: [CMD, b]}}",
         {"healthcheck": {"test": ["CMD", "b"], "retries": 1}}),
        ("{image: a}", "{mem_limit: 1g}", {"image": "a", "mem_limit": "1g"}),
    ],
)  # fmt: skip
def test_composes_merge(base: str, over: str, merged: object) -> None:
    def of(text: str) -> object:
        return load_yaml(f"services: {{s: {text}}}")

    assert merge_compose(of(base), of(over)) == {"services": {"s": merged}}
