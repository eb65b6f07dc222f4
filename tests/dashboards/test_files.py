"""The committed dashboards are current, and each panel has an id, a question, a unit, legends and a data source."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from dashboards.boards import BOARDS, FOLDER, rendered
from dashboards.expressions import expressions, selected

DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
ALL = pytest.mark.parametrize("name", DASHBOARDS)
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
# A quantile over all buckets of a rate, and of nothing else.
QUANTILE = re.compile(
    r"histogram_quantile\(0\.\d+, sum by \(le(, \w+)*\) \(rate\([a-z_]+_bucket(\{[^}]*\})?\[\$__rate_interval\]\)\)\)"
)
QUESTION = re.compile(r"[A-Z][^?]{8,}\?( .*\.)?$|.*\? .*\.$")


def panels(name: str) -> Iterator[dict[str, Any]]:
    yield from (panel for panel in DASHBOARDS[name]["panels"] if panel["type"] != "row")


def test_they_are_current() -> None:
    wanted = rendered()
    assert {path.name: path.read_text() for path in wanted} == {
        path.name: text for path, text in wanted.items()
    }
    assert {path.name for path in FOLDER.glob("*.json")} == {
        path.name for path in wanted if path.parent == FOLDER
    }


def test_the_same_boards_give_the_same_bytes_in_another_process() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dashboards", "--check"],
        cwd=FOLDER.parents[3], env={"PYTHONHASHSEED": "7"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_a_changed_file_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dashboards import __main__ as command
    from dashboards import boards

    monkeypatch.setattr(boards, "FOLDER", tmp_path)
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    monkeypatch.setattr(boards, "METRICS", tmp_path / "metrics.json")
    monkeypatch.setattr(command, "METRICS", tmp_path / "metrics.json")
    (tmp_path / "old.json").write_text("{}")
    assert command.main(["--check"]) == 1
    assert command.main([]) == 0
    assert command.main(["--check"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in rendered())


@ALL
def test_each_dashboard_has_an_address_and_its_data_sources(name: str) -> None:
    document = DASHBOARDS[name]
    assert document["uid"] == name.partition("-")[0]
    assert document["title"]
    assert document["description"]
    assert document["editable"] is False
    variables = {it["name"]: it for it in document["templating"]["list"]}
    assert variables["datasource"]["query"] == "prometheus"
    assert variables["traces"]["query"] == "jaeger"
    assert all(it["datasource"] == SOURCE for it in variables.values() if it["type"] == "query")


@ALL
def test_each_panel_is_complete(name: str) -> None:
    for panel in panels(name):
        shown = f"{name} {panel['id']} {panel['title']}"
        assert panel["datasource"] == SOURCE, shown
        assert panel["title"], shown
        assert QUESTION.match(panel["description"]), shown
        assert panel["fieldConfig"]["defaults"]["unit"], shown
        assert panel["targets"], shown
        for target in panel["targets"]:
            assert target["datasource"] == SOURCE, shown
            assert target["legendFormat"], shown


@ALL
def test_ids_are_unique_and_belong_to_their_row(name: str) -> None:
    ids = [panel["id"] for panel in DASHBOARDS[name]["panels"]]
    assert len(ids) == len(set(ids))
    row = 0
    for panel in DASHBOARDS[name]["panels"]:
        row = panel["id"] if panel["type"] == "row" else row
        assert panel["id"] // 100 * 100 == row, panel["title"]


@ALL
def test_panels_do_not_overlap_and_fill_their_lines(name: str) -> None:
    taken = [
        (x, y)
        for panel in DASHBOARDS[name]["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(taken) == len(set(taken))
    assert {x for x, _ in taken} <= set(range(24))


def _latency(panel: dict[str, Any]) -> list[dict[str, Any]]:
    """The queries of a panel that read a histogram whose requests are in traces."""
    return [
        target
        for target in panel["targets"]
        if "histogram_quantile" in target["expr"]
        and not re.search("scylla_|asyncio_|traces_service_graph", target["expr"])
    ]


@ALL
def test_a_latency_leads_to_its_trace_in_one_click(name: str) -> None:
    for panel in panels(name):
        slowest = [target for target in _latency(panel) if "quantile(0.99," in target["expr"]]
        if not _latency(panel):
            assert "links" not in panel["fieldConfig"]["defaults"], panel["title"]
            continue
        assert slowest, panel["title"]
        assert all(target["exemplar"] for target in slowest), panel["title"]
        urls = [unquote(link["url"]) for link in panel["fieldConfig"]["defaults"]["links"]]
        assert len(urls) == 2
        for url in urls:
            pane = json.loads(url.partition("panes=")[2])["traces"]
            assert pane["datasource"] == "${traces}"
            (query,) = pane["queries"]
            assert query["queryType"] == "search"
            # The series must have the label, or the link would search for an empty name.
            for label in re.findall(r"\$\{__field\.labels\.(\w+)\}", url):
                assert all(re.search(rf"\b{label}\b", target["expr"]) for target in slowest), panel["title"]


@ALL
def test_variables_in_links_are_not_escaped(name: str) -> None:
    for panel in panels(name):
        for link in panel["fieldConfig"]["defaults"].get("links", []):
            assert "${__from}" in link["url"]
            assert "${__field.labels.service_name}" in link["url"]
            assert '"' not in link["url"]


@ALL
def test_a_quantile_is_of_the_sum_of_rates_of_buckets(name: str) -> None:
    for panel in panels(name):
        for target in panel["targets"]:
            count = target["expr"].count("histogram_quantile")
            assert len(QUANTILE.findall(target["expr"])) == count, target["expr"]
            if count:
                assert panel["fieldConfig"]["defaults"]["unit"] == "s"


@ALL
def test_a_stat_reads_one_moment(name: str) -> None:
    for panel in panels(name):
        for target in panel["targets"]:
            assert target["instant"] == (panel["type"] in ("stat", "bargauge"))
            assert target["instant"] != target["range"]


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_every_expression_is_promql_and_names_its_metrics(board: Any) -> None:
    found = list(expressions(board))
    assert len(found) > 5
    for one in found:
        assert "$" not in one.promql
        assert selected(one.promql), one


@pytest.mark.parametrize(
    "wrong", ["sum by (a) rate(x[5m]", "rate(x)", '{job="a"}', "histogram_quantile(0.99)", "x{a=b}", ""]
)
def test_what_is_not_promql_is_seen(wrong: str) -> None:
    with pytest.raises(ValueError):
        selected(wrong)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_legends_name_labels_that_the_series_have(board: Any) -> None:
    """A label that an aggregation drops would be an empty name in the legend."""
    for row in board.rows:
        for panel in row.panels:
            for query in panel.queries:
                for label in re.findall(r"\{\{(\w+)\}\}", query.legend):
                    kept = label in query.expression or query.expression.replace("1 - ", "").startswith(
                        "kit:"
                    )
                    assert kept, (panel.title, query.legend)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_zero_is_never_shown_without_proof(board: Any) -> None:
    """`or vector(0)` would show zero although nobody counts."""
    assert not [one for one in expressions(board) if "vector(" in one.promql]


PAGE = (FOLDER.parents[3] / "docs" / "how-to" / "dashboards.md").read_text()
ON_THE_PAGE = [
    *re.findall(r"```promql\n(.*?)```", PAGE, flags=re.DOTALL),
    *re.findall(r"`([^`\n]*rate\([^`\n]*)`", PAGE),
]


@pytest.mark.parametrize("promql", ON_THE_PAGE)
def test_the_queries_of_the_page_read_metrics_of_the_dashboards(promql: str) -> None:
    known = {name for board in BOARDS for one in expressions(board) for name in selected(one.promql)}
    assert set(selected(promql)) <= known


def test_the_page_names_dashboards_and_panels_that_exist() -> None:
    assert len(ON_THE_PAGE) > 10
    titles = {panel["title"] for name in DASHBOARDS for panel in panels(name)}
    rows = {row.title for board in BOARDS for row in board.rows}
    for named in re.findall(r"(?:panel|row|Services,|Coupons,|Queues,|Host,) \*([^*]+)\*", PAGE):
        assert named in titles | rows or any(title.startswith(named) for title in titles), named
    for board in BOARDS:
        assert f"| {board.title} |" in PAGE
