"""`kit logs` on the logs of a native deployment: by time, by pattern, and what was rotated away."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kit.operate.native.line_times import moment_of
from tests.cli.test_first_minutes import kit

MOMENT = datetime(2026, 11, 30, 11, 8, 18, 205000, UTC)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2026-11-30T11:08:18.205Z\tinfo\tservice.go:282\tEverything is ready.", MOMENT),
        ("2026-11-30T12:08:18.205+0100 warn late", MOMENT),
        ("2026-11-30T11:08:18.205123456Z nanoseconds", MOMENT.replace(microsecond=205123)),
        ('{"level":"info","ts":1796036898.205,"msg":"in JSON"}', MOMENT),
        ("INFO  2026-11-30 11:08:18,205 CassandraDaemon - Prewarming", MOMENT),
        ("28902:M 30 Nov 2026 11:08:18.205 * Ready to accept connections", MOMENT),
        ("\tgo.opentelemetry.io/collector/exporter@v0.140.0/partition_batcher.go:268", None),
        ("2026-13-45T99:99:99Z no time", None),
        ("28902:M 30 Foo 2026 11:08:18.205 * no month", None),
        ("", None),
    ],
)
def test_the_time_of_a_line(line: str, expected: datetime | None, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    try:
        found = moment_of(line)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert found == expected


def ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    logs = tmp_path / ".kit" / "native" / "logs"
    logs.mkdir(parents=True)
    (tmp_path / "kit.yaml").write_text("spec: 1\nname: x\n")
    (logs / "jaeger.log.2").write_text(f"{ago(300)} oldest\n")
    (logs / "jaeger.log.1").write_text(f"{ago(200)} older error\n\tat its stack\n")
    (logs / "jaeger.log").write_text(
        f"{ago(60)} hour info\n{ago(5)} recent error\n\tat a stack\n{ago(1)} now info\n"
    )
    (logs / "collector.log").write_text("".join(f"{ago(30)} line {n}\n" for n in range(100)))
    (logs / "schema.log").write_text("a line without a time\n")
    return tmp_path


def shown(folder: Path, *arguments: str) -> list[str]:
    done = kit(folder, "logs", *arguments)
    assert done.returncode == 0, done.stderr
    return [re.sub(r"\S+Z ", "", line) for line in done.stdout.splitlines()]


def test_since_and_until(folder: Path) -> None:
    assert shown(folder, "jaeger", "--since", "10m") == ["recent error", "\tat a stack", "now info"]
    assert shown(folder, "jaeger", "--since", "10m", "--until", "3m") == ["recent error", "\tat a stack"]
    assert shown(folder, "jaeger", "--since", "4h", "--until", "2h") == ["older error", "\tat its stack"]
    assert shown(folder, "jaeger", "--until", "3h", "-n", "1") == ["\tat its stack"]
    assert shown(folder, "jaeger", "--since", "1s") == []
    assert len(shown(folder, "collector", "--since", "1h")) == 100, "all of them"
    assert len(shown(folder, "collector", "--since", "1h", "-n", "7")) == 7
    assert shown(folder, "schema", "--since", "1h") == ["a line without a time"], "it was written just now"


def test_a_pattern_looks_at_all_lines_and_the_last_of_those_found_are_shown(folder: Path) -> None:
    assert shown(folder, "jaeger", "--grep", "error|stack") == [
        "older error",
        "\tat its stack",
        "recent error",
        "\tat a stack",
    ]
    assert shown(folder, "jaeger", "--grep", "error", "-n", "1") == ["recent error"]
    assert shown(folder, "--grep", r"line 7\b|older") == ["collector | line 7", "jaeger    | older error"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--since", "5x"), "--since: 'x' is not a unit of time"),
        (("--until", "later"), "--until: 'later'"),
        (("--grep", "("), "--grep '(' is not a valid regular expression"),
        (("-n", "-1"), "--lines"),
    ],
)
def test_what_cannot_be_read_is_wrong_usage(folder: Path, arguments: tuple[str, ...], text: str) -> None:
    done = kit(folder, "logs", *arguments)
    assert done.returncode == 2
    assert text in done.stderr
