"""`kit traces lint`, in the process, as the command line runs it; and on the samples' real traces."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from analysis.columns.reading import read_table
from analysis.compare.otlp_lines import line
from analysis.lint.linting import NEEDED
from analysis.lint.linting import lint as linted
from kit.cli.funnel import run
from tests.analysis_lint.cases import CASES, n_plus_one, retry
from tests.native.stack import ask_for_coupon, request_coupon, running
from tests.patience import ANSWER_S

if TYPE_CHECKING:
    from analysis.model import Trace


@pytest.fixture(autouse=True)
def _no_jaeger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KIT_JAEGER_URL", raising=False)
    monkeypatch.chdir(tmp_path)


def written(path: Path, traces: list[Trace]) -> str:
    path.write_text("".join(line(trace) + "\n" for trace in traces))
    return str(path)


def lint(*arguments: str) -> int:
    return run(["traces", "lint", *arguments])


def test_a_finding_says_what_where_how_often_at_what_cost_and_the_fix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path / "traces.jsonl", n_plus_one(5))
    assert lint("--from", file) == 0
    out, err = capsys.readouterr()
    assert re.fullmatch(
        r"warning KIT201: shop: GET /items/\{id\}: 5 times SELECT \* FROM items WHERE id = \?, 60 ms in total\n"
        r"    in 1 of 1 requests, such as [0-9a-f]{32}\n"
        r"    costs 48 ms a request\n"
        r"    fix: read all rows at once: .*\n",
        out,
    )
    assert err == "1 warning in 1 traces\n"


def test_the_exit_code_follows_the_severity(tmp_path: Path) -> None:
    warning = written(tmp_path / "warning.jsonl", n_plus_one(5))
    error = written(tmp_path / "error.jsonl", CASES["KIT209"][0]())
    clean = written(tmp_path / "clean.jsonl", retry(0))
    assert lint("--from", warning, "--fail-on", "warning") == 1
    assert lint("--from", error) == 1
    assert lint("--from", clean, "--fail-on", "warning") == 0
    # A loop of 30 statements costs more than 100 ms.
    assert lint("--from", written(tmp_path / "severe.jsonl", n_plus_one(30))) == 1


def test_json_has_figures_and_github_has_workflow_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    traces = n_plus_one(5)
    file = written(tmp_path / "traces.jsonl", traces)
    assert lint("--from", file, "--output", "json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["kind"], answer["version"]) == ("traces.lint", 1)
    (finding,) = answer["findings"]
    assert finding["rule"] == "KIT201"
    assert finding["details"]["trace_ids"] == [traces[0].trace_id]
    assert finding["details"]["cost_ms_per_request"] == pytest.approx(48)
    assert finding["details"]["cost_ms_per_hour"] is None
    assert len(finding["details"]["fingerprint"]) == 12
    assert lint("--from", file, "--output", "github") == 0
    assert capsys.readouterr().out.startswith("::warning title=KIT201 ")


def test_findings_are_chosen_by_service_and_endpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path / "traces.jsonl", [*n_plus_one(5), *CASES["KIT208"][0]()])
    for options, ids in (
        ((), ["KIT201", "KIT208"]),
        (("--service", "billing"), ["KIT208"]),
        (("--operation", "GET /items/{id}"), ["KIT201"]),
    ):
        lint("--from", file, "--output", "json", *options)
        findings = json.loads(capsys.readouterr().out)["findings"]
        assert sorted(one["rule"] for one in findings) == ids
    assert lint("--from", file, "--service", "bilking") == 1
    assert "did you mean billing" in capsys.readouterr().err


def test_findings_are_chosen_by_an_attribute_of_their_traces(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine, others = n_plus_one(5), [trace for _ in range(3) for trace in n_plus_one(8)]
    mine[0].spans[2].attributes["shop.tenant"] = "blue"
    file = written(tmp_path / "traces.jsonl", [*mine, *others, *CASES["KIT208"][0]()])

    def told(*options: str) -> list[dict[str, Any]]:
        lint("--from", file, "--output", "json", *options)
        answer = json.loads(capsys.readouterr().out)
        assert answer["coverage"]["traces"] == 6
        return [{"rule": one["rule"], **one["details"]} for one in answer["findings"]]

    (one,) = told("--attribute", "shop.tenant=blue")
    assert (one["rule"], one["trace_ids"]) == ("KIT201", [mine[0].trace_id])
    assert (one["requests"], one["calls"]) == ({"affected": 1, "all": 1}, 5)
    (everyone,) = told("--attribute", "http.route=/items/{id}")
    assert everyone["requests"] == {"affected": 4, "all": 4}
    assert told("--attribute", "shop.tenant=red") == []
    # One span has all: the tenant is the statement's, the route is its request's.
    assert told("--attribute", "shop.tenant=blue", "--attribute", "http.route=/items/{id}") == []
    assert lint("--from", file, "--attribute", "tenant") == 1
    assert "--attribute 'tenant' is not KEY=VALUE" in capsys.readouterr().err


def test_the_evidence_of_what_costs_no_time_is_chosen_too() -> None:
    traces = [trace for _ in range(4) for trace in CASES["KIT211"][0]()]
    traces[1].spans[0].attributes["shop.tenant"] = "blue"
    for attributes, expected in (({}, traces), ({"shop.tenant": "blue"}, traces[1:2])):
        for one in linted(traces, attributes=attributes):
            assert one.details["requests"]["affected"] == len(expected)
            assert one.details["trace_ids"] == sorted(trace.trace_id for trace in expected)


@pytest.mark.parametrize("rule", sorted(CASES))
def test_a_file_is_told_of_as_its_traces_are(rule: str, tmp_path: Path) -> None:
    traces = CASES[rule][0]()
    table = read_table([Path(written(tmp_path / "traces.jsonl", traces))], NEEDED)
    assert linted(table) == linted(traces)


@pytest.mark.native
def test_the_samples_break_no_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(tmp_path / "deployment", "native: {storage: memory}") as stack:
        ask_for_coupon(stack)
        with httpx.Client(base_url=stack.api, timeout=ANSWER_S, trust_env=False) as client:
            made = client.post("/campaigns", json={"name": "summer", "stock": 20}).raise_for_status().json()
            for number in range(25):
                client.get(f"/campaigns/{made['id']}").raise_for_status()
                if number < 20:
                    request_coupon(client, str(made["id"]), f"user-{number}")
        code = lint("--jaeger", stack.jaeger, "--since", "10m", "--fail-on", "warning")
        out, err = capsys.readouterr()
        assert (code, out) == (0, ""), out
        assert re.search(r"no findings in \d\d+ traces", err)
