"""The schemas of JSON answers: all kinds have one, all of it is told, and it finds what is not as it says."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from kit.answers import telling
from kit.answers.kinds import all_kinds, schema_of, shared_shapes
from kit.cli.funnel import run
from kit.operate.runtime import Row, Status
from kit.operate.status_report import report_status
from kit.terminal import Output
from tests.analysis_lint.cases import CASES
from tests.analysis_report.shop import shop, written
from tests.answers.holding import complaints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.answers.json_schema import Schema

_ROOT = Path(__file__).parents[2]

_TRACES = {
    "traces.search": ("search",),
    "traces.show": ("show", "{trace_id}"),
    "traces.endpoints": ("endpoints", "--objective", "shop:p50<1ms", "--objective", "nobody:p50<1s"),
    "traces.operations": ("operations",),
    "traces.slowest": ("slowest", "--why", "--objective", "*:max<1s"),
    "traces.queues": ("queues", "--objective", "worker:wait_p50<1ms"),
    "traces.critical_path": ("critical-path", "--objective", "*:wait_share<9%"),
    "traces.critical_path.trace": ("critical-path", "{trace_id}"),
    "traces.lint": ("lint",),
    "traces.report": ("report",),
    "traces.snapshot": ("snapshot", "kept"),
    "traces.compare": ("compare", "{file}", "{file}"),
}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KIT_JAEGER_URL", raising=False)


def _answer(kind: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    traces = shop(60)
    file = str(written(Path("traces.jsonl"), traces))
    verb, *more = (word.format(file=file, trace_id=traces[0].trace_id, kind=kind) for word in _TRACES[kind])
    source = [] if verb == "compare" else ["--from", file]
    run(["traces", verb, *more, *source, "--output", "json"])
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert answer["kind"] == kind
    return answer


def _printed() -> Iterator[str]:
    """The kinds that the code prints: dataclasses with a `KIND`."""
    for path in (*(_ROOT / "kit").rglob("*.py"), *(_ROOT / "analysis").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "KIND" and node.value:
                yield str(ast.literal_eval(node.value))


def test_every_kind_that_is_printed_is_described_and_no_other() -> None:
    assert set(_printed()) == set(all_kinds())
    assert set(_TRACES) == {kind for kind in all_kinds() if kind.startswith("traces.")}


def _below(schema: Schema) -> Iterator[Schema]:
    """A schema and those of all values within."""
    yield schema
    inner = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
    for one in inner:
        if isinstance(one, dict):
            yield from _below(one)


@pytest.mark.parametrize("kind", all_kinds())
def test_a_schema_is_one_and_tells_all_of_it(kind: str) -> None:
    schema = schema_of(all_kinds()[kind])
    Draft202012Validator.check_schema(schema)
    for one in [*_below(schema), *(inner for shape in shared_shapes().values() for inner in _below(shape))]:
        assert one["description"] or "const" in one
        if "properties" in one:
            assert one["additionalProperties"] is False
            assert set(one["required"]) <= set(one["properties"])


def test_every_shared_shape_is_used() -> None:
    used = {name for one in all_kinds().values() for name in schema_of(one).get("$defs", {})}
    assert used == set(shared_shapes())


def _records(value: Any, schema: Schema, root: Schema) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """The objects within an answer whose keys are fixed, each with those that must be there."""
    schema = schema["anyOf"][0] if "anyOf" in schema else schema
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        for one in value[:2]:
            yield from _records(one, schema["items"], root)
    elif isinstance(value, dict):
        if "properties" in schema:
            yield value, schema["required"]
        for key, one in value.items():
            inner = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
            if isinstance(inner, dict) and (inner.keys() - {"description"}):
                yield from _records(one, inner, root)


@pytest.mark.parametrize("kind", _TRACES)
def test_a_key_that_is_missing_or_unknown_is_found_wherever_it_is(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = _answer(kind, capsys)
    assert complaints(answer) == []
    schema = schema_of(all_kinds()[kind])
    records = list(_records(answer, schema, schema))
    assert len(records) >= 2
    for record, required in records:
        for key in required:
            kept = record.pop(key)
            assert complaints(answer, kind), f"{key} is not missed"
            record[key] = kept
        record["unknown"] = 1
        assert complaints(answer, kind), f"unknown beside {list(record)} is not found"
        del record["unknown"]
    assert complaints(answer) == []


@pytest.mark.parametrize("rule", CASES)
def test_the_details_of_every_rule_are_described(rule: str, capsys: pytest.CaptureFixture[str]) -> None:
    bad, _ = CASES[rule]
    file = str(written(Path("traces.jsonl"), bad()))
    run(["traces", "lint", "--from", file, "--output", "json"])
    answer = json.loads(capsys.readouterr().out)
    assert rule in [finding["rule"] for finding in answer["findings"]]
    assert complaints(answer) == []


def test_the_schema_s_own_answer_is_as_described(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(_ROOT)
    assert run(["schema", "show", "--native", "--output", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert complaints(answer) == []
    answer["statements"][0] = None
    assert complaints(answer) == ["$.statements[0]: None is not of type 'string'"]


def test_containers_have_a_limit_where_processes_have_an_id(capsys: pytest.CaptureFixture[str]) -> None:
    row = Row("jaeger", "Jaeger 2.20.0", "running", True, True, 90 << 20, {"jaeger": 16686}, limit=512 << 20)
    report_status(Status("shop", "compose", {"jaeger": "http://127.0.0.1:16686"}, [row]), Output.JSON)
    answer = json.loads(capsys.readouterr().out)
    assert complaints(answer) == []
    (component,) = answer["components"]
    assert component.keys() >= {"limit_bytes"}
    assert not component.keys() & {"pid", "uptime_s"}
    component["limit_bytes"] = "512MiB"
    assert complaints(answer) == ["$.components[0].limit_bytes: '512MiB' is not of type 'integer'"]


def test_what_a_field_is_renamed_to_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    answer = _answer("traces.endpoints", capsys)
    endpoint = answer["endpoints"][0]
    endpoint["own"] = endpoint.pop("self_ns")
    assert sorted(complaints(answer)) == [
        "$.endpoints[0]: 'self_ns' is a required property",
        "$.endpoints[0]: Additional properties are not allowed ('own' was unexpected)",
    ]
    answer = _answer("traces.endpoints", capsys)
    answer["version"] = 2
    assert complaints(answer) == ["$.version: 1 was expected"]


def test_the_page_is_rendered_from_the_schemas() -> None:
    page = "\n".join(telling.markdown(all_kinds().values())) + "\n"
    assert (_ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8") == page


class TestTheCommand:
    def test_a_kind_s_fields(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["explain", "traces.endpoints"]) == 0
        out = capsys.readouterr().out
        assert out.startswith("traces.endpoints, version 1: kit traces endpoints --output json\n")
        fields = [line.split(maxsplit=1) for line in out.splitlines() if line.startswith("  ")]
        told = dict(one for one in fields if len(one) == 2)
        assert told["endpoints[].self_ns"].endswith("time that no child span covers, ns")
        assert told["endpoints[].duration"].startswith("percentiles")
        assert told["p95_ns"].startswith("integer")

    def test_its_schema_is_a_file_that_answers_can_be_held_against(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["explain", "traces.queues", "--output", "schema"]) == 0
        schema = json.loads(capsys.readouterr().out)
        Draft202012Validator(schema).validate(_answer("traces.queues", capsys))

    def test_all_kinds(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["explain", "answers"]) == 0
        listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
        assert listed == list(all_kinds())
        assert run(["explain", "answers", "--output", "json"]) == 0
        answers = json.loads(capsys.readouterr().out)["answers"]
        assert [one["kind"] for one in answers] == listed

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["traces.endpoint"], "did you mean traces.endpoints"),
            (["no such thing"], "`kit explain` lists all rules, `kit explain answers` all kinds"),
            (["KIT044", "--output", "schema"], "only a kind of JSON answer has a schema"),
            (["--output", "schema"], "only a kind of JSON answer has a schema"),
            (["answers", "--output", "schema"], "only a kind of JSON answer has a schema"),
        ],
    )
    def test_what_is_not_there_is_told(
        self, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["explain", *arguments]) == 1
        out, err = capsys.readouterr()
        assert said in err
        assert "next:" in err
        assert out == ""


def test_no_verb_reads_the_schemas_but_explain(tmp_path: Path) -> None:
    """They are for readers and for tests: printing an answer, or the help, loads none."""
    file = str(written(tmp_path / "traces.jsonl", shop(2)))
    code = (
        "import sys; from kit.cli.funnel import run; run(['--help']); "
        f"run(['traces', 'endpoints', '--from', {file!r}, '--output', 'json']); "
        "sys.exit('kit.answers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '"traces.endpoints"' in done.stdout
