"""`kit traces report`, in the process, as the command line runs it: the page says what the other verbs say."""

from __future__ import annotations

import json
import os
import re
import resource
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analysis.model import SpanKind, Trace
from analysis.report.page import MOST_ROWS
from kit.cli.funnel import run
from kit.errors import UserError
from kit.page_file import checked, write
from tests.analysis.running_jaeger import RunningJaeger, sent
from tests.analysis.samples import coupon_request, span
from tests.analysis_report.html import Parsed, parsed
from tests.analysis_report.shop import shop, waiting_orders, written
from tests.sample_services.redis_server import RedisServer

_FILTERS = [
    (),
    ("--service", "worker"),
    ("--operation", "POST /orders"),
    ("--since", "2026-11-21T11:32:10Z", "--until", "2026-11-21T11:32:40Z"),
]


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(written(tmp_path / "traces.jsonl", [*shop(), *coupon_request(mode="link")]))


def _kit(*arguments: str) -> int:
    return run(["traces", *arguments])


def _said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    _kit(*arguments)
    return capsys.readouterr().out


def _rows(text: str) -> list[list[str]]:
    """The cells of a table of the command line, heads first; a line alone ends it."""
    rows = []
    for line in text.splitlines():
        cells = [cell for cell in re.split(r"\s{2,}", line.strip()) if cell]
        if len(cells) < 2:
            break
        rows.append([" ".join(cell.split()) for cell in cells])
    return rows


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    answer = json.loads(_said(capsys, *arguments, "--output", "json"))
    assert isinstance(answer, dict)
    return answer


def _page(*arguments: str) -> Parsed:
    assert _kit("report", *arguments, "-o", "page.html") == 0
    return parsed(Path("page.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("filters", _FILTERS, ids=[" ".join(one[:1]) or "all" for one in _FILTERS])
class TestTheFiguresAreTheCommands:
    def test_endpoints(self, file: str, filters: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
        page = _page("--from", file, *filters)
        capsys.readouterr()
        told = _rows(_said(capsys, "endpoints", "--from", file, *filters))
        assert len(told) > 1
        assert page.tables["endpoints"] == told

    def test_queues(self, file: str, filters: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
        page = _page("--from", file, *filters)
        capsys.readouterr()
        told = _rows(_said(capsys, "queues", "--from", file, *filters))
        assert page.tables.get("queues", []) == (told if len(told) > 1 else [])
        assert ("--operation" in filters) == (len(told) < 2)

    def test_critical_path(
        self, file: str, filters: tuple[str, ...], capsys: pytest.CaptureFixture[str]
    ) -> None:
        page = _page("--from", file, *filters)
        capsys.readouterr()
        told = _rows(_said(capsys, "critical-path", "--from", file, *filters))
        assert len(told) > 4
        assert page.tables["critical-path"] == told
        flame = json.loads(page.data)["flame"]
        answer = _json(capsys, "critical-path", "--from", file, *filters)
        assert flame[0]["total"] == answer["total_ns"]

    def test_slowest(self, file: str, filters: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
        page = _page("--from", file, *filters, "--jaeger", "http://jaeger.test:16686")
        capsys.readouterr()
        told = _rows(
            _said(
                capsys,
                *("slowest", "--end-to-end", "--from", file, *filters),
                *("--jaeger", "http://jaeger.test:16686"),
            )
        )[1:]
        shown = [text for text in page.summaries["slowest"] if " UTC; " in text]
        assert shown == [
            f"{took} {service}: {name} {start} UTC; {why}" for start, took, service, name, why, _ in told
        ]
        links = re.findall(r'<a href="(http[^"]*)"', Path("page.html").read_text())
        assert links == [cells[-1] for cells in told]

    def test_findings(self, file: str, filters: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
        page = _page("--from", file, *filters)
        capsys.readouterr()
        told = _json(capsys, "lint", "--from", file, *filters)["findings"]
        shown = page.items.get("findings", [])
        assert [text.split(" ")[1] for text in shown] == [one["rule"] for one in told]
        for text, one in zip(shown, told, strict=True):
            assert text.startswith(f"{one['severity']} {one['rule']} {one['title']}")
            assert " ".join(one["found"].splitlines()[0].split()) in text
            assert text.endswith(f"Fix: {one['fix']}")


def test_findings_are_chosen_by_an_attribute(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = _page("--from", file, "--attribute", "span.kind=consumer")
    capsys.readouterr()
    told = _json(capsys, "lint", "--from", file, "--attribute", "span.kind=consumer")["findings"]
    everything = _json(capsys, "lint", "--from", file)["findings"]
    assert len(page.items.get("findings", [])) == len(told) < len(everything)


def test_latencies_are_labelled_with_the_tables_percentiles(file: str) -> None:
    page = _page("--from", file)
    text = " ".join(" ".join(page.texts).split())
    _, first, *_ = page.tables["endpoints"]
    p50, p95, p99 = first[5:8]
    assert f"POST /orders shop, 120 calls: p50 {p50}, p95 {p95}, p99 {p99}" in text


def test_a_comparison_is_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = (
        str(written(tmp_path / f"{name}.jsonl", shop(seed=seed, slower=slower)))
        for name, seed, slower in (("before", 1, 1.0), ("after", 2, 1.5))
    )
    page = _page("--from", after, "--compare-with", before)
    capsys.readouterr()
    told = _said(capsys, "compare", before, after)
    assert page.tables["comparison"] == _rows(told)
    assert told.splitlines()[-1] in "\n".join(page.texts)
    assert "slower" in told.splitlines()[-1]
    assert "comparison" not in _page("--from", after).tables


@pytest.mark.parametrize(
    ("least", "verdict", "said"),
    [
        (["--min-change", "10s"], "no change", "10000 ms or 5 %"),
        (["--min-change-percent", "90"], "no change", "1 ms or 90 %"),
        (["--min-change", "2ms", "--min-change-percent", "2.5"], "slower", "2 ms or 2.5 %"),
    ],
)
def test_what_is_too_small_to_matter_is_what_the_command_takes_for_it(
    least: list[str], verdict: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = (
        str(written(tmp_path / f"{name}.jsonl", shop(seed=seed, slower=slower)))
        for name, seed, slower in (("before", 1, 1.0), ("after", 2, 1.5))
    )
    page = _page("--from", after, "--compare-with", before, *least)
    capsys.readouterr()
    told = _said(capsys, "compare", before, after, *least)
    assert page.tables["comparison"] == _rows(told)
    assert told.splitlines()[-1].startswith(verdict)
    text = " ".join("".join(page.texts).split())
    assert " ".join(told.splitlines()[-1].split()) in text
    assert f"A latency change below {said} is ignored." in text


def test_a_least_change_without_a_unit_is_refused(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("report", "--from", file, "--compare-with", file, "--min-change", "3") == 2
    assert "--min-change: '3' has no unit" in capsys.readouterr().err
    assert not Path("report.html").exists()


@pytest.fixture
def redis_url(redis_server_path: Path, tmp_path: Path) -> Iterator[str]:
    with RedisServer(redis_server_path, tmp_path) as server:
        yield server.url


def test_the_backlog_is_that_of_redis(file: str, redis_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    expected = waiting_orders(redis_url)
    page = _page("--from", file, "--redis", redis_url)
    backlog = {cells[0]: cells[-1] for cells in page.tables["queues"]}
    assert backlog == {"queue": "backlog", "orders": expected} | dict.fromkeys(
        ("coupon.requests", "coupon.issued"), "-"
    )
    capsys.readouterr()
    assert page.tables["queues"] == _rows(_said(capsys, "queues", "--from", file, "--redis", redis_url))


def test_a_redis_that_is_named_and_does_not_answer_is_told(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _kit("report", "--from", file, "--redis", "redis://127.0.0.1:1/0") == 3
    assert "127.0.0.1:1" in capsys.readouterr().err
    assert not Path("report.html").exists()


def test_with_a_snapshot_too(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("snapshot", "before", "--from", str(written(tmp_path / "b.jsonl", shop(seed=3)))) == 0
    assert _kit("snapshot", "after", "--from", str(written(tmp_path / "a.jsonl", shop(seed=4)))) == 0
    page = _page("--from", "after", "--compare-with", "before")
    capsys.readouterr()
    assert page.tables["comparison"] == _rows(_said(capsys, "compare", "before", "after"))


def test_a_comparison_is_of_the_part_that_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = str(written(tmp_path / "before.jsonl", shop()))
    after = str(written(tmp_path / "after.jsonl", shop(seed=2)))
    window = ("--since", "2026-11-21T11:32:00Z", "--until", "2026-11-21T11:32:30Z")
    page = _page("--from", after, "--compare-with", before, "--service", "shop", *window)
    (_, counts, *_), *_ = [cells[1:] for cells in page.tables["comparison"][1:]]
    capsys.readouterr()
    calls = _rows(_said(capsys, "endpoints", "--from", after, "--service", "shop", *window))[1][2]
    assert counts.split(" ")[0] == f"120/{calls}"
    assert int(calls) < 120


def test_the_page_loads_nothing_and_runs_only_its_own_scripts(file: str) -> None:
    page = _page("--from", file)
    text = Path("page.html").read_text(encoding="utf-8")
    assert page.tags["script"] == 4  # the data, two libraries, the charts
    assert not page.tags.keys() & {"img", "link", "iframe", "object", "embed", "base", "form"}
    assert not page.attributes & {"src", "onerror", "onclick"}
    assert "default-src 'none'" in text
    assert text.count("sha256-") == 3


def test_names_are_shown_as_they_are_and_do_nothing(file: str) -> None:
    page = _page("--from", file)
    names = [cells[1] for cells in page.tables["critical-path"]]
    assert any(name.startswith("</script><script>document.title=") for name in names)
    assert any("<script>{{7*7}} '\"&amp;" in name and "名前" in name for name in names)
    assert not any("\u202e" in text for text in page.texts)


def test_the_answer_as_json(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kit("report", "--from", file, "-o", "sub.html", "--output", "json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["kind"], answer["version"]) == ("traces.report", 1)
    assert answer["file"] == str(tmp_path / "sub.html")
    assert answer["bytes"] == (tmp_path / "sub.html").stat().st_size
    assert answer["coverage"]["complete"] is True
    assert answer["endpoints"] > 2
    assert answer["requests"] == 121


def test_objectives_that_are_missed_are_told(file: str) -> None:
    text = " ".join(
        _page("--from", file, "--objective", "shop:p99<1ms", "--objective", "nobody:p50<1ms").texts
    )
    assert "Objective missed at shop: POST /orders: shop:p99<1ms, measured" in text
    assert "Objective not judged (too few samples): nobody:p50<1ms" in text


def test_no_trace_is_not_enough_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(written(tmp_path / "traces.jsonl", shop(2)))
    assert _kit("report", "--from", file, "--until", "2020-01-01T00:00:00Z", "-o", "page.html") == 5
    assert not Path("page.html").exists()


def test_an_unknown_service_is_told_with_those_that_are_there(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _kit("report", "--from", file, "--service", "shopp") == 1
    assert "shop" in capsys.readouterr().err


class TestTheFile:
    def test_a_page_that_is_there_is_replaced_and_as_open_as_other_files(self, file: str) -> None:
        page, other = Path("page.html"), Path("other")
        page.write_text("old")
        other.write_text("")
        _page("--from", file)
        assert page.read_text().startswith("<!doctype html>")
        assert stat.S_IMODE(page.stat().st_mode) == stat.S_IMODE(other.stat().st_mode)
        assert sorted(Path().glob(".page*")) == []

    def test_what_a_link_points_to_is_replaced(self, file: str) -> None:
        Path("target.html").write_text("old")
        Path("page.html").symlink_to("target.html")
        _page("--from", file)
        assert Path("page.html").is_symlink()
        assert Path("target.html").read_text().startswith("<!doctype html>")

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("folder", "folder is a folder"),
            ("missing/page.html", "does not exist"),
            ("pipe", "is not a regular file"),
            ("file/page.html", "does not exist"),
            ("circle", "cannot be written"),
        ],
    )
    def test_where_no_page_can_be(
        self, name: str, said: str, file: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Path("folder").mkdir()
        Path("file").write_text("")
        os.mkfifo("pipe")
        Path("circle").symlink_to("circle")
        assert _kit("report", "--from", file, "-o", name) == 1
        err = capsys.readouterr().err
        assert said in err
        assert "next:" in err
        assert Path("file").read_text() == ""

    def test_no_permission(self, stranger: Path) -> None:
        with pytest.raises(UserError, match="no permission to write in"):
            checked(stranger / "page.html")

    def test_a_disk_without_room_leaves_the_old_page(self) -> None:
        page = Path("page.html").resolve()
        page.write_text("old")
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        try:
            with pytest.raises(UserError, match="cannot be written"):
                write(page, "new" * 1000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert page.read_text() == "old"
        assert os.listdir() == ["page.html"]  # noqa: PTH208


@pytest.fixture
def stranger() -> Iterator[Path]:
    """A folder that the user of this process, who is nobody for the time of the test, may only look into."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if is_root:
                os.seteuid(0)
            folder.chmod(0o755)


@pytest.mark.native
def test_of_a_running_jaeger(jaeger: RunningJaeger, capsys: pytest.CaptureFixture[str]) -> None:
    sent(jaeger, "link")
    page = _page("--jaeger", jaeger.url, "--since", "1h")
    capsys.readouterr()
    told = _rows(_said(capsys, "endpoints", "--jaeger", jaeger.url, "--since", "1h"))
    assert [cells[:3] for cells in page.tables["endpoints"]] == [cells[:3] for cells in told]


def test_of_endless_names_a_page_shows_the_first_and_says_so(tmp_path: Path) -> None:
    calls = [
        Trace([span(f"GET /{n}", n, n + 1, kind=SpanKind.SERVER, trace_id=f"{n + 1:032x}")])
        for n in range(MOST_ROWS + 7)
    ]
    page = _page("--from", str(written(tmp_path / "many.jsonl", calls)))
    assert len(page.tables["endpoints"]) == len(page.tables["critical-path"]) == 1 + MOST_ROWS
    assert "".join(page.texts).count("7 more:") == 2
