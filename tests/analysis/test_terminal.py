"""Answers within the terminal's width, in a pipe with COLUMNS too, and what is said while a Jaeger is slow."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from analysis.text_table import columns_within, text_table
from tests.cli.test_first_minutes import kit

ENDPOINTS = [
    ("coupon-api", "POST /campaigns/{campaign_id}/coupons"),
    ("coupon-api", "GET /coupons/{request_id}"),
    ("coupon-issuer", "process coupon.requests"),
    ("a-service-with-quite-a-long-name", "GET /a/path/that/is/longer/than/most/{of}/those/{that}/one/meets"),
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Calls of several endpoints, fewer than an objective can be judged by."""
    spans = []
    resources = []
    for number, (service, name) in enumerate(ENDPOINTS):
        spans = [
            {
                "traceId": f"{number + 1:016x}{call + 1:016x}",
                "spanId": f"{call + 1:016x}",
                "name": name,
                "kind": 2 if name[0].isupper() else 5,
                "startTimeUnixNano": str(1_700_000_000_000_000_000 + call * 1_000_000),
                "endTimeUnixNano": str(1_700_000_000_000_000_000 + call * 1_000_000 + 1_234_567_890),
            }
            for call in range(5)
        ]
        resources.append(
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
                "scopeSpans": [{"spans": spans}],
            }
        )
    path = tmp_path / "spans.json"
    path.write_text(json.dumps({"resourceSpans": resources}))
    return path


@pytest.mark.parametrize("columns", [60, 80, 100, 120, 160])
@pytest.mark.parametrize("verb", ["endpoints", "search"])
def test_an_answer_fits_the_width_that_columns_says(file: Path, verb: str, columns: int) -> None:
    done = kit(file.parent, "traces", verb, "--from", str(file), COLUMNS=str(columns))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) > len(ENDPOINTS)
    least = 23 + 2 + 32  # a search's time and id are never cut
    assert max(map(len, lines)) <= max(columns, 0 if verb == "endpoints" else least + 2 + 8 + 2 + 6)
    if verb == "endpoints" and columns >= 100:
        assert "POST /campaigns/{campaign_id}/coupons" in done.stdout, "a name that people look for is whole"
    if verb == "endpoints" and columns <= 100:
        (told,) = [line for line in done.stderr.splitlines() if "left out" in line]
        assert f"columns left out at a width of {columns}: " in told
        assert told.endswith(" (--output json has all)")


def test_a_pipe_without_columns_cuts_nothing(file: Path) -> None:
    for columns in ("", "0", "wide"):
        done = kit(file.parent, "traces", "endpoints", "--from", str(file), COLUMNS=columns)
        assert all(name in done.stdout for _, name in ENDPOINTS)
        assert "left out" not in done.stderr


@pytest.mark.parametrize("width", range(20, 200, 7))
def test_a_table_is_as_wide_as_it_may_be(width: int) -> None:
    heads = ("service", "name", *(f"n{number}" for number in range(10)))
    rows = [("s" * 30, "n" * 90, *("123.4 ms" for _ in range(10)))]
    shown = columns_within(width, heads, rows, names=(0, 1))
    assert {0, 1, 2} <= set(shown)
    lines = text_table(
        [heads[column] for column in shown],
        [[row[column] for column in shown] for row in rows],
        names=(0, 1),
        width=width,
    )
    assert max(map(len, lines)) <= max(width, 6 + 2 + 6 + 2 + 8)


def test_objectives_that_could_not_be_judged_are_one_line(file: Path) -> None:
    arguments = ["traces", "endpoints", "--from", str(file), "--objective", "*:p99<400ms"]
    done = kit(file.parent, *arguments, "--objective", "*:success>99%")
    (line,) = [line for line in done.stderr.splitlines() if "judged" in line]
    assert re.match(r"8 objectives not judged, too few samples: .* and 1 more; --output json has each$", line)
    one = kit(file.parent, *arguments, "--operation", "process coupon.requests")
    assert "objective not judged at coupon-issuer: process coupon.requests: *:p99<400ms" in one.stderr


@contextmanager
def silent() -> Iterator[str]:
    """A Jaeger that takes requests and answers none."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = []

        def accept() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        for one in held:
            one.close()


@pytest.mark.parametrize(
    "verb",
    [("search",), ("endpoints",), ("slowest",), ("critical-path",), ("show", "6b" * 16), ("snapshot", "s")],
)
def test_a_slow_jaeger_is_said_and_given_up(tmp_path: Path, verb: tuple[str, ...]) -> None:
    with silent() as url:
        began = time.monotonic()
        done = kit(tmp_path, "traces", *verb, "--jaeger", url, "--timeout", "4s")
        took = time.monotonic() - began
    assert done.returncode == 3, done.stderr
    assert f"reading Jaeger at {url} for 3 s" in done.stderr
    assert "4 s" in done.stderr or "4s" in done.stderr
    assert "next: " in done.stderr
    assert took < 40


@pytest.mark.parametrize("option", ["--since", "--until", "--timeout"])
@pytest.mark.parametrize("value", ["5x", "soon", "5", "-5m"])
def test_a_time_that_cannot_be_read_is_wrong_usage(tmp_path: Path, option: str, value: str) -> None:
    done = kit(tmp_path, "traces", "search", "--jaeger", "http://127.0.0.1:1", f"{option}={value}")
    assert done.returncode == 2, done.stderr
    assert option in done.stderr
    assert "next: " in done.stderr
