"""`kit traces`, in the process, as the command line runs it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from kit.cli.funnel import run
from tests.analysis.encoders import jaeger_ui, otlp
from tests.analysis.running_jaeger import sent
from tests.analysis.samples import TRACE_ID, coupon_request

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analysis.running_jaeger import RunningJaeger


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("KIT_JAEGER_URL", raising=False)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "traces.json"
    path.write_text(json.dumps(otlp(coupon_request()[0].spans)))
    return str(path)


@pytest.fixture
def linked(tmp_path: Path) -> str:
    path = tmp_path / "linked.json"
    path.write_text(
        json.dumps(jaeger_ui(one for trace in coupon_request(mode="link") for one in trace.spans))
    )
    return str(path)


def _kit(*arguments: str) -> int:
    return run(["traces", *arguments])


def _answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    answer = json.loads(capsys.readouterr().out)
    assert isinstance(answer, dict)
    return answer


def test_search_lists_traces(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("search", "--from", file) == 0
    out, err = capsys.readouterr()
    assert re.search(
        rf"2026-11-21 11:31:50.568  {TRACE_ID}  280 ms +12 +2  coupon-api, .*POST /campaigns", out
    )
    assert err == ""


def test_search_answers_json(linked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("search", "--from", linked, "--limit", "2", "--output", "json") == 0
    answer = _answer(capsys)
    assert (answer["kind"], answer["version"]) == ("traces.search", 1)
    assert [trace["trace_id"][0] for trace in answer["traces"]] == ["7", "6"]
    assert (answer["found"], answer["complete"], answer["incomplete_services"]) == (3, True, [])


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--service", "coupon-issuer"], 1),
        (["--operation", "POST /deliveries"], 1),
        (
            [
                "--attribute",
                "messaging.system=redis",
                "--attribute",
                "messaging.destination.name=coupon.issued",
            ],
            2,
        ),
        (["--attribute", "messaging.destination.name=a=b"], 0),
        (["--min-duration", "39.25ms"], 1),
        (["--min-duration", "39ms", "--max-duration", "39.25ms"], 1),
        (["--max-duration", "1us"], 0),
        (["--since", "1s"], 0),
    ],
)
def test_search_filters(
    arguments: list[str], found: int, linked: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _kit("search", "--from", linked, "--output", "json", *arguments) == 0
    assert _answer(capsys)["found"] == found


def test_a_search_that_finds_nothing_is_no_error(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("search", "--from", file, "--operation", "nothing") == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == ["start (UTC)  trace id  took  spans  errors  services  root"]
    assert "no trace in" in err


def test_files_that_a_shell_spread_out_are_all_read(
    file: str, linked: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _kit("search", "--from", file, linked, "--output", "json") == 0
    assert _answer(capsys)["found"] == 3
    assert _kit("show", "6b", "--from", file, linked, "--output", "json") == 0
    assert _kit("search", file) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (["--min-duration", "400"], 2, r"--min-duration: '400' has no unit\n  next: write 400ms"),
        (["--since", "soon"], 2, "--since: 'soon' is not a duration"),
        (["--min-duration", "2s", "--max-duration", "1s"], 1, "longer than --max-duration"),
        (["--attribute", "coupon"], 1, "not KEY=VALUE"),
        (["--service", "coupon-apo"], 1, "did you mean coupon-api"),
        (["--limit", "0"], 2, "--limit"),
        (["--output", "xml"], 2, "--output"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    arguments: list[str], code: int, what: str, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _kit("search", "--from", file, *arguments) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert re.search(what, err)


def test_a_file_that_cannot_be_read_is_the_users_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _kit("search", "--from", str(tmp_path / "missing")) == 1
    assert "there is no such file" in capsys.readouterr().err


def test_a_jaeger_that_is_down_is_the_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("search", "--jaeger", "http://127.0.0.1:1") == 3
    assert "cannot reach Jaeger" in capsys.readouterr().err
    assert _kit("search", "--jaeger", "here") == 1


def test_the_jaeger_may_be_named_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KIT_JAEGER_URL", "http://127.0.0.1:2")
    assert _kit("show", TRACE_ID) == 3
    assert "http://127.0.0.1:2" in capsys.readouterr().err


def test_show_draws_a_trace(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("show", TRACE_ID[:6], "--from", file) == 0
    out, err = capsys.readouterr()
    assert "coupon-issuer      └─ process coupon.requests         consumer 39.3 ms 52.1 ms" in out
    assert err == ""
    assert _kit("show", TRACE_ID, "--from", file, "--width", "60", "--ascii") == 0
    assert capsys.readouterr().out.isascii()


def test_a_terminal_can_be_too_narrow(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("show", TRACE_ID, "--from", file, "--width", "40") == 2
    assert "60" in capsys.readouterr().err


def test_show_draws_linked_traces_together(linked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("show", "7b", "--from", linked) == 0
    out = capsys.readouterr().out
    assert "coupon-notifier          ~~ process coupon.issued" in out
    assert "12 spans" in out


def test_show_answers_json(linked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("show", TRACE_ID, "--from", linked, "--output", "json") == 0
    answer = _answer(capsys)
    assert (answer["kind"], answer["version"], answer["trace_id"]) == ("traces.show", 1, TRACE_ID)
    assert [len(trace["spans"]) for trace in answer["traces"]] == [3, 5, 4]
    waits = [
        span["queue_wait_ms"]
        for trace in answer["traces"]
        for span in trace["spans"]
        if span["queue_wait_ms"]
    ]
    assert waits == [52.1, 141.3]
    assert answer["complete"] is True


def test_show_says_when_a_linked_trace_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps(otlp(coupon_request(mode="link")[2].spans)))
    assert _kit("show", "7b", "--from", str(path)) == 0
    assert "linked traces not found" in capsys.readouterr().err


def test_an_unknown_trace_is_the_users_error(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("show", "f" * 32, "--from", file) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "there is no trace ffff" in err
    assert "next:" in err


@pytest.mark.native
def test_both_commands_on_a_real_jaeger(jaeger: RunningJaeger, capsys: pytest.CaptureFixture[str]) -> None:
    first, *_ = sent(jaeger, "link")
    assert _kit("search", "--jaeger", jaeger.url, "--service", "coupon-api", "--since", "5m") == 0
    assert first.trace_id in capsys.readouterr().out
    assert _kit("show", first.trace_id, "--jaeger", jaeger.url) == 0
    assert "~~ process coupon.issued" in capsys.readouterr().out
    assert _kit("show", "f" * 32, "--jaeger", jaeger.url) == 1
    assert _kit("search", "--jaeger", jaeger.url, "--service", "coupon-apu") == 1
    assert "did you mean coupon-api" in capsys.readouterr().err
