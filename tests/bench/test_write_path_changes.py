"""Changes to the render, as they are given on the command line."""

from __future__ import annotations

import pytest
import yaml

from bench.write_path.changes import Change, configs, environment, jvm

FILES = {"jaeger/config.yaml": "a: {b/c: {d: 1, e: 2}}\n", "collector/config.yaml": "{}\n"}


def test_a_value_is_replaced_and_the_rest_stays() -> None:
    changed = configs(FILES, [Change.parse("jaeger:a.b/c.d=[1, x=2]")])
    assert yaml.safe_load(changed["jaeger/config.yaml"]) == {"a": {"b/c": {"d": [1, "x=2"], "e": 2}}}
    assert changed["collector/config.yaml"] == FILES["collector/config.yaml"]


def test_a_variable_is_of_one_component() -> None:
    changes = [Change.parse("jaeger:env.GOGC=400")]
    assert environment("jaeger", {"A": "1"}, changes) == {"A": "1", "GOGC": "400"}
    assert environment("collector", {"A": "1"}, changes) == {"A": "1"}
    assert configs(FILES, changes) == FILES


def test_arguments_of_the_jvm_stand_before_its_class() -> None:
    changes = [
        Change.parse("cassandra:jvm-=-XX:+UseSerialGC"),
        Change.parse("cassandra:jvm+=-XX:+UseParallelGC"),
    ]
    assert jvm(["-Xmx1G", "-XX:+UseSerialGC", "Main"], changes) == ["-Xmx1G", "-XX:+UseParallelGC", "Main"]


@pytest.mark.parametrize("text", ["jaeger", "jaeger:a", "redis:a=1", "jaeger:=1"])
def test_what_is_no_change_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected COMPONENT:PATH=VALUE"):
        Change.parse(text)
