"""The slowest calls, what explains them, and what sets them apart."""

from __future__ import annotations

import json
import math
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from analysis.columns.building import table_of
from analysis.columns.times import owner_of
from analysis.endpoints import endpoint_rows
from analysis.model import Span, SpanKind
from analysis.objectives import OF_CALLS, judge, parse_objective
from analysis.semantics import is_endpoint
from analysis.slowest import slowest_calls, slowest_requests
from analysis.standing_out import StandingOut, standing_out
from kit.cli.funnel import run
from kit.cli.traces.slowest import leave
from kit.errors import NotEnoughDataError
from tests.analysis.encoders import otlp
from tests.analysis.running_jaeger import sent
from tests.analysis.samples import MS, coupon_request, span

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.columns.table import SpanTable
    from analysis.model import Attributes
    from tests.analysis.running_jaeger import RunningJaeger


def _all(table: SpanTable) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.ones(len(table), bool)


def test_the_operation_with_most_time_on_the_path_explains_a_call() -> None:
    """
    POST    0 ━┐                          ┌━━━ 100
    GET        5 ━━━━━━━━━ 40             │
    GET                       45 ━━━━━━━━ 80      together 70 of 100
    side    2 ─────────────────────────── 79      not on the path
    """
    post = span("POST", 0, 100, kind=SpanKind.SERVER)
    gets = [span("GET", a, b, parent=post) for a, b in ((5, 40), (45, 80))]
    spans = [post, *gets, span("side", 2, 79, parent=post), span("POST", 200, 290, kind=SpanKind.SERVER)]
    table = table_of(spans, None)
    first, second = slowest_calls(table, endpoint_rows(table, _all(table)).rows, 5)
    assert (first.took_ns, second.took_ns) == (100 * MS, 90 * MS)
    why = first.explanation
    assert why is not None
    assert (why.operation, why.spans, why.time_ns) == ("GET", 2, 70 * MS)
    assert why.share == pytest.approx(0.7)
    assert second.explanation is not None
    assert (second.explanation.operation, second.explanation.share) == ("POST", 1)


def test_an_endpoint_in_the_middle_of_a_trace_is_explained_by_what_is_below_it() -> None:
    table = table_of(coupon_request()[0].spans, None)
    calls = endpoint_rows(table, _all(table), "POST /deliveries")
    (found,) = slowest_calls(table, calls.rows, 5)
    assert found.took_ns == round(31.4 * MS)
    assert found.explanation is not None
    assert (found.explanation.operation, found.explanation.time_ns) == ("UPDATE coupons", round(22.4 * MS))


@pytest.mark.parametrize("mode", ["parent", "link"])
def test_a_request_is_explained_by_its_queue(mode: str) -> None:
    spans = [one for trace in coupon_request(mode=mode) for one in trace.spans]
    table = table_of(spans, None)
    calls = endpoint_rows(table, _all(table), "POST /campaigns/{campaign_id}/coupons")
    (found,) = slowest_requests(table, calls.rows, 5)
    assert found.took_ns == round(280.2 * MS)
    why = found.explanation
    assert why is not None
    assert (why.operation, why.is_wait) == ("coupon.issued", True)
    assert why.share == pytest.approx(141.6 / 280.2)


def test_no_call_is_no_error() -> None:
    table = table_of([span("a", 0, 1, kind=SpanKind.CLIENT)], None)
    rows = endpoint_rows(table, _all(table)).rows
    assert slowest_calls(table, rows, 5) == slowest_requests(table, rows, 5) == []


def _calls(count: int, *, cause: bool) -> list[Span]:
    """Calls of random duration; with a cause those of campaign 7 take longer and wait for a connection."""
    chance = random.Random(3)  # noqa: S311
    spans = []
    for number in range(count):
        is_bad = cause and number % 12 == 0
        took = chance.uniform(5, 10) + (50 if is_bad else 0)
        attributes: Attributes = {
            "coupon.campaign": 7 if is_bad else chance.randrange(20, 40),
            "request": f"r-{number}",
        }
        spans.append(span("POST", number, number + took, kind=SpanKind.SERVER, attributes=attributes))
        if is_bad:
            spans.append(span("pool checkout", number, number + 40, parent=spans[-1]))
        spans.append(span("GET", number, number + 1, parent=spans[-1]))
    return spans


def _compared(spans: list[Span]) -> StandingOut:
    table = table_of(spans, None)
    calls = endpoint_rows(table, _all(table))
    return standing_out(table, calls, owner_of(table, is_endpoint(table)))


def test_what_slow_calls_have_more_often_stands_out() -> None:
    compared = _compared(_calls(600, cause=True))
    assert (compared.slow, compared.others) == (60, 540)
    told = {(it.span, it.key, it.value): (it.slow, it.others) for it in compared.traits}
    assert told == {(None, "coupon.campaign", "7"): (50, 0), ("pool checkout", None, None): (50, 0)} | {
        key: counts for key, counts in told.items() if key[0] == "pool checkout" and key[1]
    }


def test_nothing_stands_out_of_chance() -> None:
    assert _compared(_calls(600, cause=False)).traits == []


def test_many_values_of_few_calls_are_chance() -> None:
    """Five slow calls and 45 others with 40 attributes of two values each: some differ a lot."""
    chance = random.Random(11)  # noqa: S311
    spans = [
        span(
            "POST",
            number,
            number + chance.uniform(5, 10),
            kind=SpanKind.SERVER,
            attributes={f"key.{place}": chance.choice("ab") for place in range(40)},
        )
        for number in range(50)
    ]
    assert _compared(spans).traits == []


def test_a_small_difference_is_not_told_however_sure() -> None:
    """12 % of 400 slow calls and 5 % of 3,600 others: chance would not do that, but it explains nothing."""
    spans = []
    for number in range(4_000):
        is_slow = number < 400
        is_marked = number % 25 < 3 if is_slow else number % 20 == 0
        took = 20 if is_slow else 5
        attributes: Attributes = {"shard": "x" if is_marked else f"y{number}"}
        spans.append(span("POST", number, number + took, kind=SpanKind.SERVER, attributes=attributes))
    assert _compared(spans).traits == []


def test_too_few_calls_are_not_compared() -> None:
    compared = _compared(_calls(49, cause=True))
    assert (compared.slow, compared.traits) == (4, [])


def test_the_chance_is_fisher_s_exact_test() -> None:
    """Against counting: 60 slow of 600, 50 with the trait, all slow."""
    compared = _compared(_calls(600, cause=True))
    trait = next(it for it in compared.traits if it.key == "coupon.campaign")
    exact = math.comb(550, 10) / math.comb(600, 60)
    looked_at = round(trait.p_corrected / exact)
    assert looked_at >= 1
    assert trait.p_corrected == pytest.approx(looked_at * exact, rel=1e-6)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("KIT_JAEGER_URL", raising=False)
    path = tmp_path / "traces.json"
    path.write_text(json.dumps(otlp([*coupon_request()[0].spans, *_calls(600, cause=True)])))
    return str(path)


def _kit(*arguments: str) -> int:
    return run(["traces", "slowest", *arguments])


def test_the_command(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("--from", file, "--operation", "POST", "--limit", "3", "--why") == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[1].count("pool checkout") == 1
    assert "coupon.campaign=7" in out
    assert "83% (50)" in out
    assert err == ""


def test_the_command_as_json(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "--from",
        file,
        "--end-to-end",
        "--service",
        "coupon-issuer",
        "--jaeger",
        "http://j:16686/base/",
    ]
    assert _kit(*arguments, "--output", "json") == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (answer["kind"], answer["by"], answer["rule"]) == ("traces.slowest", "request", "queues")
    (slow,) = answer["slowest"]
    assert slow["took_ns"] == 280_200_000
    assert slow["explained_by"]["kind"] == "queue_wait"
    assert slow["link"] == f"http://j:16686/base/trace/{slow['trace_id']}?uiFind={slow['span_id']}"
    assert "why" not in answer


def test_nothing_found(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("--from", file, "--operation", "nothing", "--why") == 0
    err = capsys.readouterr().err
    assert "no call of an endpoint" in err
    assert "too few calls" in err


@pytest.mark.parametrize(
    ("objective", "more", "code", "told"),
    [
        ("*:max<61ms", [], 0, ""),
        ("coupon-api:POST:max<61ms", [], 0, ""),
        # 600 calls of up to 60 ms; of the coupon request POST /deliveries took 31.4 ms.
        ("*:max<50ms", [], 1, "objective missed at coupon-api: POST: *:max<50ms, measured 59"),
        ("coupon-notifier:max<40ms", [], 0, ""),
        ("coupon-api:POST /deliveries:max<31ms", [], 1, "measured 31.4ms over 1"),
        # Its consumer's own time is less than that until the last consumer is done.
        ("coupon-issuer:max<100ms", [], 0, ""),
        ("coupon-issuer:max<100ms", ["--end-to-end"], 1, "measured 280ms over 1"),
        ("coupon-issuer:max<281ms", ["--end-to-end"], 0, ""),
        ("shopp:max<9s", [], 5, "nothing measured"),
        ("*:nothing:max<9s", ["--end-to-end"], 5, "nothing measured"),
        ("*:max<9s", ["--operation", "nothing"], 5, "nothing measured"),
    ],
)
def test_fail_on_objective(
    objective: str, more: list[str], code: int, told: str, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--from", file, "--objective", objective, *more, "--limit", "1"]
    assert _kit(*arguments, "--fail-on", "objective") == code
    assert told in capsys.readouterr().err
    assert _kit(*arguments, "--output", "json") == 0
    (verdict,) = json.loads(capsys.readouterr().out)["objectives"]
    assert verdict["outcome"] == {0: "met", 1: "missed", 5: "not enough data"}[code]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--fail-on", "objective"], 5, 'add one: --objective "*:max<2s"'),
        (["--objective", "*:max<2"], 1, "'2' has no unit"),
        (["--objective", "2s"], 1, 'as "coupon-api:POST /coupons:max<2s"'),
        (["--objective", "*:max>2s"], 1, "max needs <"),
        (["--objective", "*:p99<2s"], 1, "p99 is a measure of `kit traces endpoints`"),
        (["--fail-on", "2s"], 2, "'2s' is not one of 'objective'"),
    ],
)
def test_a_gate_that_makes_no_sense_is_refused(
    arguments: list[str], code: int, told: str, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _kit("--from", file, *arguments) == code
    assert told in capsys.readouterr().err


def test_what_was_not_read_whole_is_not_known_to_be_fast() -> None:
    met = judge(parse_objective("*:max<2s", OF_CALLS), 1e9, 7)
    leave([met], is_complete=True)
    with pytest.raises(NotEnoughDataError, match="not all calls of the window were read"):
        leave([met], is_complete=False)


@pytest.mark.native
def test_on_a_real_jaeger(jaeger: RunningJaeger, capsys: pytest.CaptureFixture[str]) -> None:
    traces = sent(jaeger, "link")
    arguments = ["--since", "5m", "--service", "coupon-notifier", "--end-to-end", "--limit", "500"]
    assert _kit("--jaeger", jaeger.url, *arguments) == 0
    out = capsys.readouterr().out
    assert f"{jaeger.url}/trace/{traces[2].trace_id}" in out
    assert "(waiting in coupon.issued)" in out
    gate = ["--fail-on", "objective", "--objective"]
    assert _kit("--jaeger", jaeger.url, *arguments, *gate, "*:max<281ms") == 0
    assert _kit("--jaeger", jaeger.url, *arguments, *gate, "*:max<280ms") == 1
