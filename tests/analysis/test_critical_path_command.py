"""`kit traces critical-path`, in the process, as the command line runs it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from kit.cli.funnel import run
from tests.analysis.encoders import otlp
from tests.analysis.running_jaeger import sent
from tests.analysis.samples import TRACE_ID, coupon_request, span

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analysis.running_jaeger import RunningJaeger


@pytest.fixture(autouse=True)
def _no_jaeger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KIT_JAEGER_URL", raising=False)


@pytest.fixture(params=["parent", "link"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """One request over two files, and a span of its own."""
    spans = [one for trace in coupon_request(mode=request.param) for one in trace.spans]
    halves = [spans[::2], [*spans[1::2], span("lone", 0, 1000, trace_id="d" * 32)]]
    paths = [tmp_path / f"{number}.jsonl" for number in range(2)]
    for path, half in zip(paths, halves, strict=True):
        path.write_text(json.dumps(otlp(half)))
    return [str(path) for path in paths]


def _kit(*arguments: str) -> int:
    return run(["traces", "critical-path", *arguments])


def _answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    answer = json.loads(capsys.readouterr().out)
    assert isinstance(answer, dict)
    return answer


def test_requests_added_up(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("--from", *files, "--attribute", "messaging.destination.name=coupon.issued") == 0
    out, err = capsys.readouterr()
    _, first, second, *_ = out.splitlines()
    assert first.split()[:5] == ["coupon-notifier", "(waiting", "in", "coupon.issued)", "50.5%"]
    assert "(waiting in coupon.requests)" in second
    assert "1 requests, 280 ms in total" in err
    assert "lone" not in out


def test_requests_as_json(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("--from", *files, "--service", "coupon-notifier", "--output", "json") == 0
    answer = _answer(capsys)
    assert (answer["kind"], answer["version"], answer["rule"]) == ("traces.critical_path", 1, "queues")
    assert (answer["requests"], answer["missing_links"]) == (1, 0)
    assert sum(part["total_ns"] for part in answer["parts"]) == answer["total_ns"] == 280_200_000
    assert {part["kind"] for part in answer["parts"]} == {"span", "queue_wait"}


def test_an_operation_may_be_any_span_s(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("--from", *files, "--operation", "INSERT coupons", "--output", "json") == 0
    assert _answer(capsys)["requests"] == 1
    assert _kit("--from", *files, "--operation", "nothing") == 0
    assert "no trace in 2 files matches" in capsys.readouterr().err


def test_one_trace(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit(TRACE_ID[:6], "--from", *files) == 0
    out, _ = capsys.readouterr()
    assert "280 ms on the critical path, by the rule queues" in out
    assert "(waiting in coupon.issued)" in out


def test_jaeger_s_rule_ends_where_jaeger_s_ui_ends(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _kit(TRACE_ID, "--rule", "jaeger", "--from", *files, "--output", "json") == 0
    answer = _answer(capsys)
    assert answer["kind"] == "traces.critical_path.trace"
    (path,) = answer["paths"]
    assert path["total_ns"] == 11_800_000
    assert {it["name"] for it in path["sections"]} == {
        "POST /campaigns/{campaign_id}/coupons",
        "GET",
        "send coupon.requests",
    }


def test_an_unknown_trace_and_an_ambiguous_one(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("ffff", "--from", *files) == 1
    assert "there is no trace ffff" in capsys.readouterr().err
    assert _kit("5b", "--rule", "longest", "--from", *files) == 2


@pytest.fixture
def twice(tmp_path: Path) -> str:
    """Two equal requests of 280.2 ms, 193.7 ms of them in two queues, and one span beside the path."""
    path = tmp_path / "twice.jsonl"
    lines = []
    for digit in "ab":
        traces = coupon_request(mode="parent")
        spans = [replace(one, trace_id=digit * 32) for trace in traces for one in trace.spans]
        lines.append(json.dumps(otlp(spans)))
    path.write_text("\n".join(lines))
    return str(path)


@pytest.mark.parametrize(
    ("objective", "code", "measured"),
    [
        ("*:wait_share<70%", 0, "share of waits"),
        ("*:wait_share<69%", 1, "share of waits"),
        ("coupon-notifier:coupon.issued:wait_share<50%", 1, "one wait's share"),
        ("coupon-notifier:coupon.issued:wait_time<142ms", 0, "one wait"),
        ("coupon-notifier:coupon.issued:wait_time<141ms", 1, "one wait"),
        ("coupon-api:UPDATE coupons:time<22ms", 1, "one operation"),
        ("coupon-api:UPDATE coupons:time<23ms", 0, "one operation"),
        ("coupon-api:UPDATE coupons:share<10%", 0, "one operation's share"),
        ("*:time<86ms", 1, "all spans"),
        ("*:time<87ms", 0, "all spans"),
        ("*:UPDATE coupons:share<7%", 1, "one operation's share"),
        ("coupon-api:nothing:time<1s", 5, None),
        ("nobody:share<1%", 5, None),
        ("coupon-api:wait_time<1s", 5, None),
    ],
)
def test_fail_on_objective(
    objective: str, code: int, measured: str | None, twice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--from", twice, "--objective", objective]
    assert _kit(*arguments, "--fail-on", "objective", "--output", "json") == code
    out, err = capsys.readouterr()
    assert ("objective missed: " + objective in err) == (code == 1)
    answer = json.loads(out)
    by_part = {(it["service"], it["operation"], it["kind"]): it["total_ns"] for it in answer["parts"]}
    waits = sum(time for (*_, kind), time in by_part.items() if kind == "queue_wait")
    one_wait = by_part["coupon-notifier", "coupon.issued", "queue_wait"]
    update = by_part["coupon-api", "UPDATE coupons", "span"]
    total = answer["total_ns"]
    expected = {
        "share of waits": waits / total,
        "one wait's share": one_wait / total,
        "one wait": one_wait / 2,
        "one operation": update / 2,
        "one operation's share": update / total,
        "all spans": (total - waits) / 2,
    }
    (verdict,) = answer["objectives"]
    assert verdict["measured"] == (None if measured is None else pytest.approx(expected[measured]))
    assert verdict["samples"] == 2
    assert _kit(*arguments) == 0


def test_one_request_alone_is_not_judged(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--service", "coupon-issuer", "--objective", "*:wait_share<1%", "--fail-on", "objective"]
    assert _kit("--from", *files, *arguments) == 5
    assert "too few samples (1, 69.13%)" in capsys.readouterr().err


def test_what_is_beside_the_path_has_no_time_on_it(tmp_path: Path) -> None:
    spans = []
    for digit in "ab":
        root = span("POST", 0, 100, trace_id=digit * 32)
        spans += [root, span("long", 10, 90, parent=root, trace_id=digit * 32)]
        spans += [span("short", 20, 30, parent=root, trace_id=digit * 32)]
    path = tmp_path / "traces.json"
    path.write_text(json.dumps(otlp(spans)))
    gate = ["--from", str(path), "--fail-on", "objective", "--objective"]
    service = spans[0].service
    assert _kit(*gate, f"{service}:short:time<1ms") == 0
    assert _kit(*gate, f"{service}:long:time<1ms") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--fail-on", "objective"], 5, 'add one: --objective "*:wait_share<30%"'),
        (["--objective", "wait_share<30%"], 1, "is not an objective"),
        (["--objective", "*:wait_share<0.3"], 1, "write it as 99.5%"),
        (["--objective", "*:wait_time<30%"], 1, "'30%' is not a duration"),
        (["--objective", "*:share>30%"], 1, "share needs <"),
        (["--objective", "a:p99<2s"], 1, "p99 is a measure of `kit traces endpoints`"),
        (["--fail-on", "queue<30%"], 2, "is not one of 'objective'"),
        ([TRACE_ID, "--objective", "*:wait_share<30%"], 2, "not to one trace"),
        ([TRACE_ID, "--fail-on", "objective"], 2, "not to one trace"),
    ],
)
def test_a_gate_that_makes_no_sense_is_refused(
    arguments: list[str], code: int, told: str, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _kit(*arguments, "--from", *files) == code
    assert told in " ".join(capsys.readouterr().err.split())


@pytest.mark.native
@pytest.mark.parametrize("mode", ["parent", "link"])
def test_on_a_real_jaeger(mode: str, jaeger: RunningJaeger, capsys: pytest.CaptureFixture[str]) -> None:
    first, *_ = sent(jaeger, mode)
    assert _kit(first.trace_id, "--jaeger", jaeger.url) == 0
    assert "280 ms on the critical path" in capsys.readouterr().out
    since = ["--since", "5m", "--jaeger", jaeger.url, "--output", "json"]
    assert _kit("--service", "coupon-notifier", *since) == 0
    answer = _answer(capsys)
    assert answer["requests"] >= 1
    assert answer["total_ns"] == answer["requests"] * 280_200_000
    assert answer["coverage"]["complete"] is True
    sent(jaeger, mode)  # a mean needs two
    gate = ["--service", "coupon-notifier", "--fail-on", "objective", *since]
    assert _kit(*gate, "--objective", "coupon-notifier:coupon.issued:wait_time<142ms") == 0
    assert _kit(*gate, "--objective", "coupon-notifier:coupon.issued:wait_time<141ms") == 1
