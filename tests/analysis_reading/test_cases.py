"""Public reports as small inputs, each with variants of its kind: the right value, by every verb that it concerns."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path
from typing import Any

import pytest

from analysis.columns.building import table_of
from analysis.critical_path.by_rule import NEEDED, paths
from analysis.critical_path.path import PathRule
from kit.cli.funnel import run
from tests.analysis.encoders import otlp
from tests.analysis.samples import span

_CASES = Path(__file__).parent / "cases"
_ID = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KIT_JAEGER_URL", raising=False)


class Asked:
    """What a verb answers about a document."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.code, self.err = 0, ""

    def __call__(self, document: Any, *verb: str) -> Any:
        path = Path("traces.json")
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        self.code = run(["traces", *verb, "--from", str(path), "--output", "json"])
        out, self.err = self._capsys.readouterr()
        return json.loads(out) if out else None


@pytest.fixture
def asked(capsys: pytest.CaptureFixture[str]) -> Asked:
    return Asked(capsys)


def _case(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_CASES / name).read_text())
    return found


def _otlp(**fields: Any) -> dict[str, Any]:
    """Two spans of one trace; the fields are those of the second."""
    document = _case("08-kind-strnum.json")
    document["resourceSpans"][0]["scopeSpans"][0]["spans"][1] |= fields
    return document


_LEFT_OUT: list[tuple[dict[str, Any], int, int]] = [
    ({"traceId": "0" * 32}, 1, 0),
    ({"traceId": ""}, 1, 0),
    ({"traceId": 5}, 1, 0),
    ({"spanId": "0" * 16}, 1, 0),
    ({"spanId": "not hexadecimal!"}, 1, 0),
    ({"startTimeUnixNano": "0"}, 1, 0),
    ({"attributes": [{"value": {"stringValue": "a"}}]}, 0, 1),
    ({"attributes": [{"key": "", "value": {"stringValue": "a"}}]}, 0, 1),
    ({"attributes": [{"key": None, "value": {"stringValue": "a"}}, {"key": 5}]}, 0, 2),
    ({"kind": 17}, 0, 1),
    ({"status": {"code": "WORSE"}}, 0, 1),
    ({"events": [{"attributes": [{"key": ""}]}]}, 0, 1),
    ({"kind": "3"}, 0, 0),
    ({"kind": 3.0}, 0, 0),
    ({"kind": "SPAN_KIND_CLIENT"}, 0, 0),
    ({"attributes": [{"key": "a", "value": {"stringValue": "a", "intValue": None}}]}, 0, 0),
    ({"traceId": f"0x{_ID}"}, 0, 0),
    ({"traceId": _ID.upper()}, 0, 0),
    ({"traceId": "0af76519-16cd-43dd-8448-eb211c80319c"}, 0, 0),
    ({"spanId": "0x00f067aa0ba902b7", "parentSpanId": "0xb7ad6b7169203331"}, 0, 0),
    ({"traceState": None, "events": None, "links": None, "parentSpanId": "b7ad6b7169203331"}, 0, 0),
]


@pytest.mark.parametrize(("fields", "spans", "of_fields"), _LEFT_OUT)
def test_one_odd_span_costs_itself_alone(
    fields: dict[str, Any], spans: int, of_fields: int, asked: Asked
) -> None:
    for verb in ("search", "endpoints", "slowest", "lint", "operations", "queues", "critical-path"):
        coverage = asked(_otlp(**fields), verb)["coverage"]
        assert asked.code == 0
        assert coverage["spans"] == 2 - spans
        assert (coverage["left_out"]["spans"], coverage["left_out"]["fields"]) == (spans, of_fields)
        assert ("left out, " in asked.err) is bool(spans or of_fields)
    assert asked(_otlp(**fields), "endpoints", "--strict") is None or not (spans or of_fields)
    assert asked.code == (1 if spans or of_fields else 0)


@pytest.mark.parametrize("end", [None, 0, "0", "", 1, "1789999999999999999", "never"])
def test_a_call_without_a_known_end_is_in_no_duration(end: Any, asked: Asked) -> None:
    document = _case("53-unfinished.json")
    for one in document["resourceSpans"][0]["scopeSpans"][0]["spans"][3:]:
        one["endTimeUnixNano"] = end
    answer = asked(document, "endpoints", "--objective", "shop:p50<60ms", "--fail-on", "objective")
    assert asked.code == 1
    (endpoint,) = answer["endpoints"]
    assert (endpoint["count"], endpoint["unfinished"], endpoint["duration"]["count"]) == (6, 3, 3)
    assert endpoint["duration"]["p50_ns"] == 100_000_000
    assert answer["coverage"]["unfinished"] == 3
    assert "3 spans have no known end" in asked.err
    assert len(asked(document, "slowest")["slowest"]) == 3
    assert asked(document, "critical-path")["requests"] == 3
    assert asked(document, "search", "--max-duration", "1ms")["found"] == 0
    (shown,) = asked(document, "show", f"{4:032x}")["traces"]
    assert (shown["duration_ns"], shown["spans"][0]["duration_ns"]) == (None, None)


def test_an_endpoint_without_any_known_duration_is_listed(asked: Asked) -> None:
    document = _case("53-unfinished.json")
    del document["resourceSpans"][0]["scopeSpans"][0]["spans"][:3]
    (endpoint,) = asked(document, "endpoints", "--objective", "shop:p50<60ms")["endpoints"]
    assert (endpoint["count"], endpoint["duration"]) == (3, None)
    assert run(["traces", "endpoints", "--from", "traces.json"]) == 0
    assert run(["traces", "report", "--from", "traces.json"]) == 0
    assert run(["traces", "show", f"{4:032x}", "--from", "traces.json"]) == 0


_PLAIN = _case("02-batches.json")["batches"]
_SNAKE = (
    json.dumps({"resource_spans": _PLAIN})
    .replace("scopeSpans", "scope_spans")
    .replace("traceId", "trace_id")
    .replace("spanId", "span_id")
    .replace("parentSpanId", "parent_span_id")
    .replace("TimeUnixNano", "_time_unix_nano")
    .replace("stringValue", "string_value")
)


@pytest.mark.parametrize(
    "document",
    [
        _case("01-instrlib.json"),
        _case("02-batches.json"),
        {"trace": {"resourceSpans": _PLAIN}},
        {"data": {"resourceSpans": _PLAIN}},
        {"result": {"resourceSpans": _PLAIN}},
        [{"resourceSpans": _PLAIN}],
        _PLAIN[0],
        {"spans": _PLAIN[0]["scopeSpans"][0]["spans"]},
        _SNAKE,
        json.dumps({"resourceSpans": _PLAIN}, indent=2),
    ],
)
def test_older_and_other_wrappings_are_read(document: Any, asked: Asked) -> None:
    for verb in ("search", "endpoints", "operations"):
        coverage = asked(document, verb)["coverage"]
        assert (coverage["spans"], coverage["left_out"]["reasons"]) == (2, [])


def test_both_halves_of_a_mixed_file_are_read(asked: Asked) -> None:
    halves = [
        *_PLAIN,
        *json.loads(json.dumps(_case("01-instrlib.json")).replace(_ID, "1" * 32))["resourceSpans"],
    ]
    for document in (
        {"resourceSpans": halves},
        "\n".join(json.dumps({"resourceSpans": [one]}) for one in halves),
    ):
        for verb in ("search", "endpoints"):
            assert asked(document, verb)["coverage"]["spans"] == 4


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (
            {"resourceSpans": [{"librarySpans": [{"spans": [{}]}]}]},
            "'librarySpans' instead of scopeSpans",
        ),
        ({"resourceSpans": [{"resource": {}}]}, "an entry without scopeSpans"),
        (
            {"data": None, "errors": [{"code": 404, "msg": "trace not found"}]},
            "error answer without traces: 404 trace not",
        ),
        (
            {"error": {"httpCode": 404, "message": "No traces found"}},
            "error answer without traces: 404 No traces found",
        ),
        ({"code": 5, "message": "not found", "details": []}, "error answer without traces: 5 not found"),
        ({"traces": [{"traceID": "a", "rootServiceName": "b"}]}, "the answer of Tempo's search"),
        ({"Name": "a", "SpanContext": {"TraceID": "b"}}, "Go's stdouttrace"),
        ([[{"trace_id": 1, "span_id": 2, "resource": "a", "start": 3}]], "Datadog's format"),
        ({"hits": {"hits": []}}, "an object with 'hits'"),
        ([1, 2], "a JSON number"),
    ],
)
def test_a_document_with_spans_nowhere_we_look_is_an_error_that_names_what_was_found(
    document: Any, named: str, asked: Asked
) -> None:
    for verb in ("search", "endpoints"):
        assert asked(document, verb) is None
        assert asked.code == 1
        assert named in asked.err


@pytest.mark.parametrize("document", [{"resourceSpans": []}, {"resourceMetrics": [{}]}, {"data": []}, {}])
def test_a_document_that_says_of_itself_that_it_is_empty_is_named(document: Any, asked: Asked) -> None:
    for verb in ("search", "endpoints"):
        asked(document, verb)
        assert "traces.json holds no span" in asked.err


def _jaeger(calls: int, failed: int, error: Any) -> dict[str, Any]:
    document = _case("j1-error-string.json")
    (trace,) = document["data"]
    document["data"] = []
    for number in range(calls):
        one = json.loads(json.dumps(trace).replace(trace["traceID"], f"{number + 1:032x}"))
        one["spans"][0]["tags"][1:] = [error] if number < failed else []
        document["data"].append(one)
    return document


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        ({"type": "bool", "value": True}, True),
        ({"type": "string", "value": "true"}, True),
        ({"type": "string", "value": "True"}, True),
        ({"type": "string", "value": "connection refused"}, True),
        ({"type": "int64", "value": 1}, True),
        ({"value": "true"}, True),
        ({"type": "bool", "value": False}, False),
        ({"type": "string", "value": "false"}, False),
        ({"type": "int64", "value": 0}, False),
    ],
)
def test_fifty_failed_of_a_hundred(error: dict[str, Any], counts: bool, asked: Asked) -> None:
    document = _jaeger(100, 50, {"key": "error", **error})
    answer = asked(document, "endpoints", "--objective", "shop:success>99%", "--fail-on", "objective")
    assert (asked.code, answer["endpoints"][0]["errors"]) == ((1, 50) if counts else (0, 0))
    assert asked(document, "search", "--attribute", "error=true")["found"] == (50 if counts else 0)


def test_a_span_that_only_follows_from_one_of_its_trace_is_its_child(asked: Asked) -> None:
    document = _case("j3-follows.json")
    for rule in ("queues", "jaeger"):
        assert asked(document, "critical-path", "--rule", rule)["requests"] == 1
    spans = {it["name"]: it for it in asked(document, "show", _ID)["traces"][0]["spans"]}
    assert spans["job"]["parent_span_id"] == "b7ad6b7169203331"
    assert len(asked(document, "endpoints")["endpoints"]) == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("parent", ["", "b7ad6b7169203331"])
def test_a_client_and_a_server_with_one_id_are_told_apart(
    order: tuple[int, int], parent: str, asked: Asked
) -> None:
    document = _case("27-shared-span-id.json")
    document["resourceSpans"][1]["scopeSpans"][0]["spans"][0]["parentSpanId"] = parent
    document["resourceSpans"] = [document["resourceSpans"][at] for at in order]
    times = {
        (it["service"], it["operation"]): it["self_mean_ns"]
        for it in asked(document, "operations")["operations"]
    }
    assert times == {
        ("shop", "GET /checkout"): 20_000_000,
        ("shop", "POST /pay"): 10_000_000,
        ("pay", "POST /pay"): 20_000_000,
        ("pay", "INSERT payments"): 50_000_000,
    }
    assert asked(document, "critical-path")["requests"] == 1
    run(["traces", "show", _ID, "--from", "traces.json", "--ascii", "--width", "100"])


@pytest.mark.parametrize("kind", ["tree", "zipkin"])
def test_a_shared_id_of_zipkin(kind: str, asked: Asked) -> None:
    base = {"traceId": _ID, "timestamp": 1_790_000_000_000_000, "duration": 90_000}
    call = {
        **base,
        "id": "a" * 16,
        "kind": "CLIENT",
        "name": "call",
        "localEndpoint": {"serviceName": "shop"},
    }
    spans = [
        {
            **call,
            "kind": "SERVER",
            "shared": True,
            "localEndpoint": {"serviceName": "pay"},
            "duration": 80_000,
        },
        call,
        {
            **base,
            "id": "b" * 16,
            "parentId": "a" * 16,
            "name": "step",
            "localEndpoint": {"serviceName": "pay"},
        },
        {
            **base,
            "id": "c" * 16,
            "parentId": "a" * 16,
            "name": "wait",
            "localEndpoint": {"serviceName": "shop"},
        },
    ]
    answer = asked([spans] if kind == "tree" else spans, "operations")
    assert answer["coverage"]["spans"] == 4
    assert asked(spans, "critical-path")["requests"] == 1


@pytest.mark.parametrize("wanted", [_ID, _ID[:6], "AF7651916cd43dd8448eb211c80319c", _ID.upper()])
def test_a_short_id_is_found_by_show_and_by_critical_path(wanted: str, asked: Asked) -> None:
    for verb in ("show", "critical-path"):
        answer = asked(_case("01-instrlib.json"), verb, wanted)
        assert (asked.code, answer["coverage"]["spans"]) == (0, 2)


@pytest.mark.parametrize(
    ("since", "words"),
    [
        ("14:05", "no trace since 14:05 in"),
        ("2020-01-01T14:05:00Z", "no trace since 2020-01-01T14:05:00Z in"),
        ("15m", "no trace of the last 15m in"),
    ],
)
def test_a_window_is_named_as_it_was_asked_for(since: str, words: str, asked: Asked) -> None:
    document = json.dumps(_case("01-instrlib.json")).replace('"1790000000', '"1000000000')
    asked(document, "search", "--since", since)
    assert words in asked.err


def test_sections_of_crisp_do_not_overlap() -> None:
    top = span("top", 0, 1000)
    spans = [
        top,
        span("a", 0, 500, parent=top),
        span("b", 499, 998, parent=top),
        span("c", 996, 1000, parent=top),
    ]
    (path,) = paths(table_of(spans, NEEDED), PathRule.CRISP, table_of(spans).start_ns > 0)
    forward = list(reversed(path.sections))
    assert len(forward) > 2
    assert all(one.end_ns <= other.start_ns for one, other in itertools.pairwise(forward))


def test_twelve_thousand_siblings_take_crisp_no_longer_than_a_few_seconds() -> None:
    top = span("top", 0, 12_000)
    # They overlap by less than the allowance, so that each pair is looked at.
    spans = [top, *(span("inner", number, number + 1.5, parent=top) for number in range(12_000))]
    table = table_of(spans, NEEDED)
    begin = time.process_time()
    assert len(list(paths(table, PathRule.CRISP, table.start_ns > 0))) == 1
    assert time.process_time() - begin < 15


def test_operations_are_all_spans_by_name(asked: Asked) -> None:
    spans = [
        top := span("GET", 0, 10),
        span("db", 1, 4, parent=top),
        span("db", 5, 7, parent=top, error=True),
    ]
    answer = asked(otlp(spans), "operations")
    found = [(it["operation"], it["count"], it["errors"], it["self_total_ns"]) for it in answer["operations"]]
    assert found == [("GET", 1, 0, 5_000_000), ("db", 2, 1, 5_000_000)]
    assert sum(it["self_share"] for it in answer["operations"]) == pytest.approx(1)
    (only,) = asked(otlp(spans), "operations", "--operation", "db")["operations"]
    assert only["count"] == 2
