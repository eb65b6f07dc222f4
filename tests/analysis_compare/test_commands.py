"""`kit traces snapshot` and `kit traces compare`, in the process, as the command line runs them."""

from __future__ import annotations

import dataclasses
import gzip
import json
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from analysis.compare.otlp_lines import line
from analysis.model import SpanKind, Trace
from kit.cli.funnel import run
from tests.analysis.encoders import otlp
from tests.analysis.running_jaeger import running, wait_for
from tests.analysis.samples import START, span

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KIT_JAEGER_URL", raising=False)


def orders(count: int, seed: int, *, slower: float = 1.0, failing: float = 0.0) -> list[Trace]:
    """Requests of a shop, one every 100 ms, each with one query that takes most of its time."""
    chance = np.random.default_rng(seed)
    traces = []
    for number in range(count):
        trace_id, at = f"{seed:016x}{number:016x}", number * 100.0
        took = slower * 30 * float(chance.lognormal(0, 0.4))
        failed = bool(chance.random() < failing)
        root = span(
            "POST /orders",
            at,
            at + took + 2,
            service="shop",
            kind=SpanKind.SERVER,
            trace_id=trace_id,
            error=failed,
        )
        query = span(
            "SELECT items",
            at + 1,
            at + 1 + took,
            parent=root,
            service="shop",
            kind=SpanKind.CLIENT,
            trace_id=trace_id,
        )
        traces.append(Trace([root, query]))
    return traces


def written(path: Path, traces: list[Trace]) -> str:
    path.write_text("".join(line(trace) + "\n" for trace in traces))
    return str(path)


@pytest.fixture
def before(tmp_path: Path) -> str:
    return written(tmp_path / "before.jsonl", orders(300, 1))


def kit(*arguments: str) -> int:
    return run(["traces", *arguments])


def answer_of(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    answer = json.loads(capsys.readouterr().out)
    assert isinstance(answer, dict)
    return answer


@pytest.mark.parametrize(
    ("after", "code", "said"),
    [
        (orders(300, 2), 0, "no change\n"),
        (orders(300, 2, slower=1.3), 1, "slower: shop: POST /orders p50 +"),
        (orders(300, 2, slower=0.7), 0, "faster: shop: POST /orders p50 -"),
        (orders(300, 2, failing=0.1), 1, "no change; more errors: shop: POST /orders\n"),
    ],
    ids=["same", "slower", "faster", "failing"],
)
def test_the_verdict_and_its_exit_code(
    before: str, tmp_path: Path, after: list[Trace], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other = written(tmp_path / "after.jsonl", after)
    assert kit("compare", before, other) == code
    out = capsys.readouterr().out
    assert said in out.splitlines(keepends=True)[-1]
    assert kit("compare", before, other, "--output", "json") == code
    answer = answer_of(capsys)
    assert (answer["kind"], answer["version"]) == ("traces.compare", 1)
    assert answer["windows"]["before"]["traces"] == 300
    (one,) = answer["comparisons"]
    assert (one["subject"], one["name"], one["count"]) == (
        "endpoint",
        "POST /orders",
        {"before": 300, "after": 300},
    )


def test_what_slows_it_is_named(before: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    after = written(tmp_path / "after.jsonl", orders(300, 2, slower=1.3))
    kit("compare", before, after)
    out = capsys.readouterr().out
    assert "  slower  shop: SELECT items  p50 " in out
    assert "  self time  shop: SELECT items  " in out


def test_what_fails_the_command_can_be_chosen(before: str, tmp_path: Path) -> None:
    slower = written(tmp_path / "slower.jsonl", orders(300, 2, slower=1.3))
    assert kit("compare", before, slower, "--fail-on", "errors") == 0
    assert kit("compare", before, slower, "--min-change", "1s") == 0
    assert kit("compare", before, slower, "--min-change-percent", "90") == 0


def test_too_little_data_is_exit_code_5(
    before: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = written(tmp_path / "few.jsonl", orders(20, 2, slower=5))
    assert kit("compare", before, few) == 5
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "not enough data"
    assert "a longer window, or more load" in err


def test_a_snapshot_keeps_traces_and_says_of_what(
    before: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kit("snapshot", "v1", "--from", before, "--operation", "SELECT items") == 0
    assert "300 traces, 600 spans" in capsys.readouterr().out
    folder = tmp_path / ".kit" / "snapshots" / "v1"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["kind"], manifest["version"], manifest["name"]) == ("traces.snapshot", 1, "v1")
    assert (manifest["traces"], manifest["spans"]) == (300, 600)
    assert manifest["filters"] == {"service": None, "operation": "SELECT items", "attributes": []}
    assert manifest["window"]["start_unix_nano"] == str(START)
    assert manifest["coverage"]["complete"] is True
    assert manifest["git"] is None
    with gzip.open(folder / "traces.jsonl.gz", "rt") as lines:
        assert sum(1 for _ in lines) == 300
    assert kit("compare", "v1", before) == 0
    capsys.readouterr()
    for one in ("v1", str(folder)):
        assert kit("search", "--from", one, "--output", "json") == 0
        assert answer_of(capsys)["found"] == 300
    assert kit("compare", str(folder), str(folder / "traces.jsonl.gz"), "--output", "json") == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"window": {"start_unix_nano": "soon"}}'])
def test_a_broken_manifest_is_told(
    text: str, before: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kit("snapshot", "v1", "--from", before)
    (tmp_path / ".kit" / "snapshots" / "v1" / "manifest.json").write_text(text)
    assert kit("compare", "v1", before) == 1
    assert "manifest.json: not a valid snapshot manifest" in capsys.readouterr().err


def test_a_snapshot_notes_the_commit(before: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def git(*arguments: str) -> str:
        options = ("-c", "user.name=a", "-c", "user.email=a@example.invalid")
        done = subprocess.run(
            [shutil.which("git") or "git", *options, *arguments], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    git("init", "-q")
    (tmp_path / "code").write_text("1")
    git("add", "code")
    git("commit", "-q", "-m", "first")
    for text, changed in (("1", False), ("2", True)):
        (tmp_path / "code").write_text(text)
        assert kit("snapshot", "v1", "--from", before, "--force", "--output", "json") == 0
        expected = {"commit": git("rev-parse", "HEAD"), "changed": changed}
        assert answer_of(capsys)["snapshot"]["git"] == expected


def test_a_snapshot_is_not_overwritten_unasked(before: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert kit("snapshot", "v1", "--from", before) == 0
    assert kit("snapshot", "v1", "--from", before) == 1
    assert "--force" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["a/b", "..", "14:00..14:10", "x.jsonl", "", "a b"])
def test_a_name_that_would_be_taken_for_something_else_is_refused(
    name: str, before: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kit("snapshot", name, "--from", before) == 1
    assert "is not a valid snapshot name" in capsys.readouterr().err


def test_what_is_no_snapshot_file_or_range_is_told(before: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert kit("compare", before, "nothing") == 1
    assert "take a snapshot with kit traces snapshot NAME" in capsys.readouterr().err
    kit("snapshot", "before-cache", "--from", before)
    assert kit("compare", before, "before-cash") == 1
    assert "did you mean before-cache?" in capsys.readouterr().err
    assert kit("compare", before, "soon..now") == 2
    assert "soon" in capsys.readouterr().err
    assert kit("compare", before, before, "--min-change", "5") == 2
    assert "--min-change: '5' has no unit" in capsys.readouterr().err
    assert kit("snapshot", "none", "--from", before, "--operation", "DELETE") == 5


def test_other_commands_start_without_numpy() -> None:
    program = (
        "import sys; from kit.cli.funnel import run; code = run(sys.argv[1:]); "
        "print(code, 'numpy' in sys.modules)"
    )
    for arguments in (
        ["--help"],
        ["traces", "--help"],
        ["traces", "compare", "--help"],
        ["generate", "--help"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == "0 False", arguments


@pytest.mark.native
def test_ranges_of_a_real_jaeger(
    jaeger_binary: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two windows of 40 s: 400 requests, then 400 that are slower."""
    shift = time.time_ns() - START - 100_000_000_000
    first, second = orders(400, 1), orders(400, 2, slower=1.4)
    moved = [_moved(trace, shift) for trace in first] + [
        _moved(trace, shift + 50_000_000_000) for trace in second
    ]
    home = tmp_path / "jaeger"
    home.mkdir()
    for jaeger in running(jaeger_binary, home, "/"):
        jaeger.take(otlp(one for trace in moved for one in trace.spans))
        from analysis.sources.jaeger import JaegerClient

        with JaegerClient(jaeger.url) as client:
            for trace in moved:
                wait_for(client, trace.trace_id)
        began = (moved[0].start_ns) / 1e9
        ranges = [f"{_clock(began + at - 1)}..{_clock(began + at + 46)}" for at in (0, 50)]
        assert kit("compare", *ranges, "--jaeger", jaeger.url, "--output", "json") == 1
        answer = answer_of(capsys)
        assert answer["verdict"] == "slower"
        assert [answer["windows"][side]["traces"] for side in ("before", "after")] == [400, 400]
        assert answer["windows"]["before"]["complete"] is True
        since, until = ranges[0].split("..")
        assert (
            kit(
                "snapshot",
                "live",
                "--jaeger",
                jaeger.url,
                "--since",
                since,
                "--until",
                until,
                "--service",
                "shop",
            )
            == 0
        )
        assert "400 traces, 800 spans" in capsys.readouterr().out
        assert kit("compare", "live", ranges[0], "--jaeger", jaeger.url) == 0


def _moved(trace: Trace, shift_ns: int) -> Trace:
    return Trace(
        dataclasses.replace(one, start_ns=one.start_ns + shift_ns, end_ns=one.end_ns + shift_ns)
        for one in trace.spans
    )


def _clock(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
