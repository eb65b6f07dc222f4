"""Whether waiting spans move on, as the doctor tells it of hops whose counters are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from generator.pipeline import Hop, pipeline
from kit.operate.doctor import moving
from kit.operate.doctor.line import Line
from kit.operate.doctor.subject import Subject
from kit.operate.metrics import Metrics
from kit.operate.runtime import Runtime
from tests.generator.specs import deployment

HOPS = pipeline([("services", "api"), ("collector", "collector"), ("jaeger", "jaeger")])


@dataclass
class Toy:
    """A runtime whose hops count what they are given, look after look; the last look stays."""

    looks: list[Mapping[str, str]]
    pipeline: Sequence[Hop] = HOPS
    asked: int = field(default=0)

    def metrics(self) -> Mapping[str, Metrics | None]:
        texts = self.looks[min(self.asked, len(self.looks) - 1)]
        self.asked += 1
        return {name: Metrics.parse(text) if text else None for name, text in texts.items()}

    def pids(self) -> Mapping[str, int]:
        return {"api": 1, "collector": 2, "jaeger": 3}


@pytest.fixture(autouse=True)
def _in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "STUCK_SECONDS", 0.2)
    monkeypatch.setattr(moving, "LOOK_SECONDS", 0.02)


def texts(waiting: int, sent: int = 0, refused: int = 0) -> Mapping[str, str]:
    return {
        "api": "otel_sdk_processor_span_processed_total 0\n",
        "collector": f'otelcol_exporter_queue_size{{exporter="otlp_http/jaeger"}} {waiting}\n'
        f'otelcol_exporter_sent_spans{{exporter="otlp_http/jaeger"}} {sent}\n',
        "jaeger": f'otelcol_receiver_refused_spans{{receiver="otlp"}} {refused}\n'
        f'otelcol_exporter_sent_spans{{exporter="jaeger_storage_exporter"}} {sent}\n',
    }


def looked(*looks: Mapping[str, str]) -> tuple[list[Line], Toy]:
    toy = Toy(list(looks))
    live = cast("Runtime", toy)
    return list(moving.moving(Subject(Path(), [live], [live], live, deployment("minimal")))), toy


def test_empty_queues_are_looked_at_once() -> None:
    (line,), toy = looked(texts(0))
    assert (line.outcome, line.found, toy.asked) == ("pass", "none", 1)


def test_a_queue_that_empties_is_looked_at_until_then() -> None:
    (line,), toy = looked(texts(9), texts(4, 5), texts(0, 9))
    assert (line.outcome, toy.asked) == ("pass", 3)


def test_a_request_that_is_refused_again_and_again_fails() -> None:
    (line,), _ = looked(texts(20_001), *(texts(20_001, refused=20_001 * n) for n in range(4)))
    assert line.outcome == "fail"
    assert line.found == "collector → jaeger: 20,001 spans wait; in 0 s none moved on, 60,003 were refused"
    assert line.next_step == "kit logs collector shows the reason"


def test_a_queue_that_moves_passes_however_long_it_is() -> None:
    (line,), _ = looked(*(texts(5_000, sent=100 * n) for n in range(200)))
    assert (line.outcome, line.found) == ("pass", "5,000, all queues drain")


def test_where_a_hop_is_silent_nothing_is_said() -> None:
    lines, toy = looked({**texts(7), "jaeger": ""})
    assert (lines, toy.asked) == ([], 1)
