"""`kit logs` in containers: what Compose is asked, and which of its lines are shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kit.operate.compose.docker import Docker
from kit.operate.compose.project import Project
from kit.operate.log_query import LogQuery

LINES = [
    "redis-1   | 1:M ready",
    "jaeger-1  | an error",
    "jaeger-1  | fine",
    "jaeger-1  | the last error",
    "redis-1   | error | with a bar",
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    found: list[list[str]] = []

    def show(_: Docker, arguments: Sequence[str]) -> int:
        found.append([*arguments])
        return 0

    def lines(_: Docker, arguments: Sequence[str]) -> Iterator[str]:
        found.append([*arguments])
        yield from LINES

    monkeypatch.setattr(Docker, "show", show)
    monkeypatch.setattr(Docker, "lines", lines)
    return found


def project(folder: Path) -> Project:
    return Project(Docker(folder), "shop")


def test_times_are_composes_own_to_judge(tmp_path: Path, asked: list[list[str]]) -> None:
    since = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)
    assert project(tmp_path).logs(["jaeger"], LogQuery(lines=None, since=since, until=since)) == 0
    moment = "2026-11-30T11:00:00+00:00"
    assert asked == [
        ["compose", "-p", "shop", "logs", "--since", moment, "--until", moment, "--tail", "all", "jaeger"]
    ]


def test_a_pattern_is_looked_for_behind_the_name(
    tmp_path: Path, asked: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    project(tmp_path).logs([], LogQuery(pattern=re.compile("error")))
    assert capsys.readouterr().out.splitlines() == [LINES[1], LINES[3], LINES[4]]
    project(tmp_path).logs([], LogQuery(lines=1, pattern=re.compile("error")))
    assert capsys.readouterr().out.splitlines() == [LINES[3], LINES[4]]
    project(tmp_path).logs([], LogQuery(pattern=re.compile("jaeger")))
    assert capsys.readouterr().out == ""
    project(tmp_path).logs([], LogQuery(follow=True, pattern=re.compile("ready$")))
    assert capsys.readouterr().out.splitlines() == [LINES[0]]
    assert asked[-1] == ["compose", "-p", "shop", "logs", "--follow"]
