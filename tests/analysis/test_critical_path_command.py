"""`kit traces critical-path`, in the process, as the command line runs it."""

from __future__ import annotations

import json
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
    assert "1 requests, 280 ms in all" in err
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
