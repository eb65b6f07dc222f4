"""`kit traces endpoints`, in the process, as the command line runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from analysis.model import SpanKind
from kit.cli.funnel import run
from tests.analysis.encoders import otlp
from tests.analysis.running_jaeger import sent
from tests.analysis.samples import coupon_request, span

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analysis.running_jaeger import RunningJaeger


@pytest.fixture(autouse=True)
def _no_deployment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KIT_JAEGER_URL", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "traces.jsonl"
    calls = [span("POST /load", n, n + 5, kind=SpanKind.SERVER, service="load") for n in range(200)]
    path.write_text("\n".join(json.dumps(otlp([one])) for one in [*coupon_request()[0].spans, *calls]))
    return str(path)


def _kit(*arguments: str) -> int:
    return run(["traces", "endpoints", *arguments])


def _answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    answer = json.loads(capsys.readouterr().out)
    assert isinstance(answer, dict)
    return answer


def test_the_table_is_sorted_by_impact(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("--from", file) == 0
    out, err = capsys.readouterr()
    heads, first, *others = out.splitlines()
    assert heads.split()[:5] == ["service", "endpoint", "calls", "per", "s"]
    assert first.split()[:4] == ["load", "POST", "/load", "200"]
    assert "5.00 ms  (" not in first
    assert all("(" in line for line in others)  # p99 of one call
    assert err == ""


def test_the_answer_as_json(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("--from", file, "--output", "json", "--service", "coupon-issuer") == 0
    answer = _answer(capsys)
    assert (answer["kind"], answer["version"]) == ("traces.endpoints", 1)
    (endpoint,) = answer["endpoints"]
    assert endpoint["endpoint"] == "process coupon.requests"
    assert endpoint["duration"]["p50_ns"] == 39_300_000
    assert endpoint["queue_wait"]["p50_ns"] == 52_100_000
    assert answer["coverage"]["complete"] is True
    assert (answer["coverage"]["spans"], answer["coverage"]["traces"]) == (212, 1)
    assert answer["percentile_method"].startswith("linear")


@pytest.mark.parametrize(("p99", "code"), [("6ms", 0), ("4ms", 1)])
def test_the_specs_objectives_count_where_none_are_named(
    p99: str, code: int, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kit.yaml").write_text(
        "spec: 1\nname: shop\nservices: [{name: load, run: [load]}]\n"
        f"objectives: [{{service: load, success: 90%, p99: {p99}}}]\n"
    )
    assert _kit("--from", file, "--fail-on", "objective") == code
    assert ("objective missed at load: POST /load" in capsys.readouterr().err) == (code == 1)
    assert _kit("--from", file, "--fail-on", "objective", "--objective", "load:p99<6ms") == 0


@pytest.mark.parametrize(
    ("objective", "code", "told"),
    [
        ("load:p99<6ms", 0, ""),
        ("load:POST /load:p95<4ms", 1, "objective missed at load: POST /load"),
        ("coupon-issuer:p99<1s", 5, "too few samples"),
        ("nobody:p50<1s", 5, "nothing measured"),
        ("*:POST /load:p99<6ms", 0, ""),
        ("*:p50<1ms", 1, "objective missed at load: POST /load: *:p50<1ms"),
    ],
)
def test_fail_on_objective(
    objective: str, code: int, told: str, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _kit("--from", file, "--objective", objective, "--fail-on", "objective") == code
    assert told in capsys.readouterr().err
    assert _kit("--from", file, "--objective", objective) == 0


def test_fail_on_objective_needs_one(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("--from", file, "--fail-on", "objective") == 5
    assert "no objective" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--objective", "p99"], "is not an objective"),
        (["--service", "loda"], "did you mean load"),
        (["--since", "2026-11-21T12:00:00Z", "--until", "2026-11-21T11:00:00Z"], "later than --until"),
        (["--from", "missing"], "no such file"),
    ],
)
def test_what_makes_no_sense_is_refused(
    arguments: list[str], told: str, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _kit("--from", file, *arguments) == 1
    assert told in capsys.readouterr().err


def test_a_window_bounds_what_is_counted(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    window = ["--since", "2026-11-21T11:31:50.568Z", "--until", "2026-11-21T11:31:50.577+00:00"]
    assert _kit("--from", file, "--service", "load", "--output", "json", *window) == 0
    answer = _answer(capsys)
    assert answer["endpoints"][0]["count"] == 10
    assert answer["endpoints"][0]["rate_per_s"] == pytest.approx(10 / 0.009)


def test_nothing_found_is_no_error(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("--from", file, "--operation", "nothing") == 0
    assert "no call of an endpoint" in capsys.readouterr().err


@pytest.mark.native
def test_on_a_real_jaeger(jaeger: RunningJaeger, capsys: pytest.CaptureFixture[str]) -> None:
    before = sent(jaeger, "parent")[0].start_ns
    sent(jaeger, "link")
    assert _kit("--jaeger", jaeger.url, "--since", "5m", "--output", "json") == 0
    out, err = capsys.readouterr()
    assert "read all" in err
    answer = json.loads(out)
    counts = {(it["service"], it["endpoint"]): it["count"] for it in answer["endpoints"]}
    assert counts["coupon-notifier", "process coupon.issued"] >= 2
    assert answer["coverage"]["complete"] is True
    assert answer["coverage"]["searches"] >= 1
    assert before > 0
