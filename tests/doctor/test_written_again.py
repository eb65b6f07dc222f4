"""The doctor's check of spans that are written again, on counters as Jaeger serves them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from generator.pipeline import pipeline
from kit.operate.doctor.line import Line, Outcome
from kit.operate.doctor.subject import Subject
from kit.operate.doctor.written_again import written_again
from kit.operate.metrics import Metrics
from kit.operate.runtime import Runtime
from tests.generator.specs import deployment

UNDER_WAY = 4096


@dataclass
class Running:
    """As much of a runtime as the check asks for."""

    text: str
    pipeline = pipeline([("collector", "collector"), ("jaeger", "jaeger")])

    def metrics(self) -> Mapping[str, Metrics | None]:
        return {"jaeger": Metrics.parse(self.text) if self.text else None, "collector": Metrics.parse("")}


def looked(text: str) -> list[Line]:
    live = cast("Runtime", Running(text))
    return list(written_again(Subject(Path(), [live], [live], live, deployment("minimal"))))


def counted(written: int, acknowledged: int) -> str:
    return (
        f'otelcol_exporter_sent_spans_total{{exporter="jaeger_storage_exporter"}} {written}\n'
        f'otelcol_receiver_accepted_spans_total{{receiver="otlp"}} {acknowledged}\n'
        f'otelcol_exporter_queue_size{{exporter="jaeger_storage_exporter"}} {UNDER_WAY}\n'
    )


@pytest.mark.parametrize(
    ("written", "acknowledged", "outcome"),
    [
        (0, 0, Outcome.PASS),
        (100_000, 100_000, Outcome.PASS),
        # Parts of requests under way.
        (UNDER_WAY, 0, Outcome.PASS),
        (100_000 + UNDER_WAY, 100_000, Outcome.PASS),
        (119_000 + UNDER_WAY, 100_000, Outcome.PASS),
        (121_000 + UNDER_WAY, 100_000, Outcome.WARN),
        # As it was seen: nearly nothing is acknowledged.
        (70_000, 81, Outcome.WARN),
        (171_156, 48_160, Outcome.WARN),
    ],
)
def test_more_written_than_acknowledged_is_a_warning(
    written: int, acknowledged: int, outcome: Outcome
) -> None:
    (line,) = looked(counted(written, acknowledged))
    assert line.outcome is outcome
    assert line.check == "written again by jaeger"
    if outcome is Outcome.WARN:
        assert line.found == f"{written:,} spans written, {acknowledged:,} acknowledged"
        assert line.finding is not None
        assert line.finding.rule.id == "KIT122"
        assert "kit validate" in line.next_step


def test_a_jaeger_that_does_not_answer_is_another_checks_subject() -> None:
    assert not looked("")
