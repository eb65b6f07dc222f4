"""JSON answers are what they were when version 1 of their kinds was recorded: the same keys, and the same figures."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from kit.cli.funnel import run
from tests.analysis import samples
from tests.analysis_report.shop import shop, written

_RECORDED = Path(__file__).parent / "recorded"
_COMMANDS = {
    "traces.search": ("search",),
    "traces.show": ("show", "{trace_id}"),
    "traces.endpoints": (
        *("endpoints", "--objective", "shop:p50<1ms"),
        *("--objective", "nobody:p50<1s", "--objective", "shop:success>99%"),
    ),
    "traces.slowest": ("slowest", "--why", "--objective", "*:max<1s", "--jaeger", "http://x:1"),
    "traces.queues": ("queues", "--objective", "worker:wait_p50<1ms"),
    "traces.critical_path": ("critical-path", "--objective", "*:wait_share<9%"),
    "traces.critical_path.trace": ("critical-path", "{trace_id}"),
}


def _alike(value: Any) -> Any:
    """A value to compare with: floats may differ in their last digits."""
    if isinstance(value, float):
        return pytest.approx(value)
    if isinstance(value, dict):
        return {key: _alike(one) for key, one in value.items()}
    return [_alike(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("kind", _COMMANDS)
def test_an_answer_is_what_it_was(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KIT_JAEGER_URL", raising=False)
    monkeypatch.setattr(samples, "_numbers", itertools.count(1))  # ids of spans
    traces = shop(60)
    file = str(written(Path("traces.jsonl"), traces))
    words = [word.format(trace_id=traces[0].trace_id) for word in _COMMANDS[kind]]
    run(["traces", *words, "--from", file, "--output", "json"])
    recorded = json.loads((_RECORDED / f"{kind}.json").read_text(encoding="utf-8"))
    assert json.loads(capsys.readouterr().out) == _alike(recorded)
