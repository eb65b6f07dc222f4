"""A spec's mistakes: each with its place, what was found, what is expected, and the fix."""

from __future__ import annotations

import pytest

from generator.components.storage.spec import STORAGE
from generator.kit_yaml import parse_spec
from generator.spec.model import Spec
from generator.spec.problem import Problem, SpecError

MINIMAL = "spec: 1\nname: coupons\n"


def problems(text: str) -> list[Problem]:
    with pytest.raises(SpecError) as caught:
        parse_spec(text)
    return caught.value.problems


def only(text: str) -> Problem:
    found = problems(text)
    assert len(found) == 1, found
    return found[0]


def test_two_lines_are_a_whole_spec() -> None:
    spec = parse_spec(MINIMAL)
    assert spec.name == "coupons"
    assert spec[STORAGE].engine == "scylla"
    assert str(spec[STORAGE].retention) == "7d"
    assert "error" in spec[STORAGE].indexed_tags


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    found = problems(
        MINIMAL
        + "storge: {}\n"
        + "storage:\n  retention: 7\n  version: 2026.10\n  engine: no\n"
        + "collector: {memory: 512MB, queue: {persistent: yes}}\n"
    )
    assert [(p.line, p.column, p.path) for p in found] == [
        (3, 1, "storge"),
        (5, 14, "storage.retention"),
        (6, 12, "storage.version"),
        (7, 11, "storage.engine"),
        (8, 21, "collector.memory"),
        (8, 48, "collector.queue.persistent"),
    ]


def test_the_text_of_a_problem() -> None:
    assert str(only(MINIMAL + "storge: {}\n")) == (
        "kit.yaml:3:1: storge: `storge` is not a key of a spec\n"
        "    expected: one of spec, name, services, objectives, tracing, collector, jaeger, dead_letters, storage, "
        "dependencies, monitoring, redis, postgres, ports, images, native, validate\n"
        "    fix: did you mean `storage`?"
    )


@pytest.mark.parametrize(
    ("line", "found", "fix"),
    [
        (
            "storage: {version: 2026.10}",
            "`2026.10`, a decimal number in YAML",
            '"2026.10" (YAML drops trailing zeros',
        ),
        ("storage: {version: 5}", "`5`, a whole number in YAML", 'put it in quotes: "5"'),
        ("jaeger: {version: v2.20.0}", "`v2.20.0`", 'write "2.20.0"'),
        ("jaeger: {version: '2.21.0'}", "`2.21.0`", 'write "2.20.0"'),
        ("storage: {retention: 7}", "`7`, a number without a unit", "add the unit: 7d"),
        ("collector: {memory: 512MB}", "`512MB`", "write 512MiB"),
        ("collector: {memory: 1g}", "`1g`", "write 1GiB"),
        ("collector: {queue: {persistent: yes}}", "`yes`, a boolean in YAML", "write true"),
        ("collector: {queue: {persistent: off}}", "`off`, a boolean in YAML", "write false"),
        ('collector: {queue: {persistent: "true"}}', "`true`", "write true"),
        ("storage: {engine: Scylla}", "`Scylla`", "write scylla"),
        ("storage: {engine: casandra}", "`casandra`", "write cassandra"),
        ("storage: {indexed_tags: error}", "`error`", "write [error]"),
        ("ports: {jaeger: '16686'}", '`"16686"`, text', "remove the quotes"),
        ("ports: {otlp-grpc: 4317}", "`otlp-grpc` is not a key of ports", "did you mean `otlp_grpc`?"),
        ("storage: {retension: 7d}", "`retension` is not a key of storage", "did you mean `retention`?"),
    ],
)
def test_a_mistake_is_told_with_its_fix(line: str, found: str, fix: str) -> None:
    problem = only(MINIMAL + line + "\n")
    assert problem.found.startswith(found)
    assert fix in problem.fix


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("storage: {retention: 59m}", "1h to 520w"),
        ("collector: {memory: 1MiB}", "128MiB to 64GiB"),
        ("ports: {jaeger: 80}", "a port, 1024 to 65535"),
        ("ports: {jaeger: 99999999999999999999}", "a port, 1024 to 65535"),
        ("storage: {indexed_tags: ['a b']}", "without spaces or commas"),
        ("storage: {indexed_tags: ['a,b']}", "without spaces or commas"),
        ("storage: {indexed_tags: [error, error]}", "each once"),
        ("storage: {replication: {}}", "at least one"),
        ("storage: {replication: {dc1: 0}}", "1 to 20"),
        ("storage: 7", "keys and values"),
        ("storage: [a]", "keys and values"),
        ("storage:", "keys and values"),
        ("storage: {keyspace: a-b}", "letters, digits and `_`"),
        ("jaeger: {base_path: traces}", "begins with `/`"),
        ("jaeger: {base_path: /traces/}", "begins with `/`"),
        ("ports: {jaeger: 8080}", "an unused port"),
        ("ports: {jaeger: 24305}", "a port outside of that range"),
        ("storage: {engine: badger, version: '4.0'}", "no version for this engine"),
    ],
)
def test_what_is_expected_is_told(line: str, expected: str) -> None:
    assert expected in only(MINIMAL + line + "\n").expected


@pytest.mark.parametrize("name", ["Coupons", "7up", "a b", "a" * 32, "ünï", "-x"])
def test_a_name_that_compose_and_cql_would_not_take(name: str) -> None:
    assert only(f"spec: 1\nname: {name}\n").path == "name"


def test_what_is_missing_is_told() -> None:
    assert [(p.path, p.found) for p in problems("storage: {}\n")] == [
        ("spec", "missing"),
        ("name", "missing"),
    ]


def test_another_format_version_is_refused() -> None:
    assert only("spec: 2\nname: x\n").path == "spec"


def test_equal_specs_are_equal() -> None:
    assert parse_spec(MINIMAL) == parse_spec("name: coupons\nspec: 1\n")
    assert isinstance(parse_spec(MINIMAL), Spec)
