"""A hop more is an entry more: a toy queue between the collector and Jaeger, and a second collector, in both forms.

The ledger and the doctor are as they are; only the list of hops and the members differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pytest

from generator.pipeline import Count, Hop, Loss, hops, pipeline
from kit.operate.doctor.arriving import arriving
from kit.operate.doctor.line import Line
from kit.operate.doctor.losses import losses as losses_of
from kit.operate.doctor.queues import queues as queues_of
from kit.operate.doctor.subject import Subject
from kit.operate.metrics import Metrics
from kit.operate.runtime import Runtime
from kit.operate.verify.counters import Counters, passed, read_counters
from kit.operate.verify.ledger import LedgerLine, ledger
from tests.generator.specs import deployment

TOY = Hop(
    "toy-queue",
    "shelf",
    received=(Count("toy_taken"),),
    sent=(Count("toy_given"),),
    queued=(Count("toy_kept"),),
    capacity=(Count("toy_room"),),
    losses=(Loss("toy_burnt", "burnt", "burnt on the shelf", by="cause"), Loss("toy_shooed", "shooed away")),
)
SERVICES, COLLECTOR, _, JAEGER, STORAGE = hops()
MEMBERS = [("services", "api"), ("collector", "collector"), ("jaeger", "jaeger")]
TODAY = pipeline(MEMBERS)
WITH_TOY = pipeline([*MEMBERS, ("toy-queue", "shelf-1")], (SERVICES, COLLECTOR, TOY, JAEGER, STORAGE))
TWO_BESIDE = pipeline([*MEMBERS, ("collector", "collector-2")])
TWO_IN_A_ROW = pipeline(
    [*MEMBERS, ("gateway", "gateway")],
    (SERVICES, COLLECTOR, replace(COLLECTOR, name="gateway"), JAEGER, STORAGE),
)


@dataclass
class Toy:
    """As much of a runtime as the ledger and the doctor's checks of spans ask for."""

    pipeline: Sequence[Hop]
    texts: Mapping[str, str]

    def metrics(self) -> Mapping[str, Metrics | None]:
        return {name: Metrics.parse(text) if text else None for name, text in self.texts.items()}

    def pids(self) -> Mapping[str, int]:
        return dict.fromkeys(self.texts, 1)


def sdk(made: int) -> str:
    return f"otel_sdk_processor_span_processed_total {made}\notel_sdk_exporter_span_exported_total {made}\n"


def otelcol(exporter: str, received: int, sent: int, queued: int = 0, *, further: int = 0) -> str:
    lines = [
        f'otelcol_receiver_accepted_spans{{receiver="otlp"}} {received}',
        f'otelcol_exporter_sent_spans{{exporter="{exporter}"}} {sent}',
        f'otelcol_exporter_queue_size{{exporter="{exporter}"}} {queued}',
        f'otelcol_exporter_queue_capacity{{exporter="{exporter}"}} 1000',
    ]
    if further:
        lines.append(f'otelcol_exporter_sent_spans{{exporter="otlp_http/vendor"}} {further}')
    return "\n".join(lines) + "\n"


def collector(received: int, sent: int, queued: int = 0, *, further: int = 0) -> str:
    return otelcol("otlp_http/jaeger", received, sent, queued, further=further)


def jaeger(received: int, sent: int) -> str:
    return otelcol("jaeger_storage_exporter", received, sent)


def toy(taken: int, given: int, kept: int = 0, burnt: int = 0, shooed: int = 0) -> str:
    return (
        f"toy_taken {taken}\ntoy_given {given}\ntoy_kept {kept}\ntoy_room 100\n"
        f'toy_burnt{{cause="fire"}} {burnt}\ntoy_shooed {shooed}\n'
    )


def entries(chain: Sequence[Hop], texts: Mapping[str, str], found: int | None) -> dict[str, LedgerLine]:
    before = Counters(
        {name: passed(hop, Metrics.parse("")) for hop in chain for name in hop.components},
        dict.fromkeys(texts, 1),
    )
    after = read_counters(cast("Runtime", Toy(chain, texts)))
    return {entry.hop: entry for entry in ledger(chain, before, after, found=found)}


def subject(chain: Sequence[Hop], texts: Mapping[str, str]) -> Subject:
    live = cast("Runtime", Toy(chain, texts))
    return Subject(Path(), [live], [live], live, deployment("minimal"))


def told(lines: Sequence[Line]) -> dict[str, tuple[str, str]]:
    return {line.check: (str(line.outcome), line.found) for line in lines}


def test_todays_lines() -> None:
    texts = {"api": sdk(10), "collector": collector(10, 10, further=3), "jaeger": jaeger(10, 10)}
    found = entries(TODAY, texts, 10)
    assert list(found) == [
        "api: SDK", "services → collector", "collector: queue", "collector → jaeger", "jaeger: storage",
        "storage → found",
    ]  # fmt: skip
    assert all(entry.ok and entry.came == entry.went == 10 for entry in found.values()), (
        "the vendor's not counted"
    )


class TestAToyHop:
    def test_has_its_lines_in_the_ledger(self) -> None:
        texts = {
            "api": sdk(10),
            "collector": collector(10, 10),
            "shelf-1": toy(10, 10),
            "jaeger": jaeger(10, 10),
        }
        found = entries(WITH_TOY, texts, 10)
        assert list(found) == [
            "api: SDK", "services → collector", "collector: queue", "collector → toy-queue", "shelf-1: shelf",
            "toy-queue → jaeger", "jaeger: storage", "storage → found",
        ]  # fmt: skip
        assert all(entry.ok for entry in found.values())

    def test_is_where_spans_wait_and_are_lost(self) -> None:
        texts = {
            "api": sdk(10),
            "collector": collector(10, 9),
            "shelf-1": toy(8, 4, kept=1, burnt=2, shooed=5),
            "jaeger": jaeger(4, 4),
        }
        found = entries(WITH_TOY, texts, 4)
        assert found["shelf-1: shelf"] == LedgerLine(
            "shelf-1: shelf", 8, 4, 1, {"burnt on the shelf: fire": 2}
        )
        unexplained = {hop: entry.unexplained for hop, entry in found.items() if entry.unexplained}
        assert unexplained == {"collector: queue": 1, "collector → toy-queue": 1, "shelf-1: shelf": 1}

    def test_sends_twice_what_is_found_once(self) -> None:
        texts = {
            "api": sdk(10),
            "collector": collector(10, 10),
            "shelf-1": toy(12, 12),
            "jaeger": jaeger(13, 13),
        }
        found = entries(WITH_TOY, texts, 10)
        extra = {hop: entry.extra for hop, entry in found.items() if entry.extra}
        assert extra == {"collector → toy-queue": 2, "toy-queue → jaeger": 1}
        assert all(entry.ok for entry in found.values())

    def test_that_does_not_answer_is_named(self) -> None:
        texts = {"api": sdk(10), "collector": collector(10, 10), "shelf-1": "", "jaeger": jaeger(10, 10)}
        found = entries(WITH_TOY, texts, None)
        assert "shelf-1 did not answer" in found["shelf-1: shelf"].problem
        assert "the receiver did not answer" in found["collector → toy-queue"].problem

    def test_has_its_lines_in_the_doctors_answer(self) -> None:
        texts = {
            "api": sdk(10),
            "collector": collector(10, 9),
            "shelf-1": toy(9, 0, kept=90, burnt=2, shooed=5),
            "jaeger": jaeger(0, 0),
        }
        asked = subject(WITH_TOY, texts)
        queues = told(list(queues_of(asked)))
        assert list(queues) == ["queue of collector", "queue of shelf-1", "queue of jaeger"]
        assert queues["queue of shelf-1"] == ("fail", "90 spans wait, 90% of its capacity")
        losses = told(list(losses_of(asked)))
        assert list(losses) == [
            "losses of jaeger",
            "losses of shelf-1",
            "losses of collector",
            "losses of api",
        ]
        assert losses["losses of shelf-1"] == (
            "warn",
            "2 burnt (fire); 5 shooed away; the sender keeps these and sends them again",
        )
        (line,) = arriving(asked)
        assert line.found == "10 arrived and 0 were written since the hops started, 90 are waiting"
        assert (line.outcome, line.next_step) == ("fail", "kit logs jaeger")


class TestASecondCollector:
    @pytest.mark.parametrize("one", [0, 4, 10])
    def test_beside_the_first_takes_its_share(self, one: int) -> None:
        texts = {
            "api": sdk(10),
            "collector": collector(one, one),
            "collector-2": collector(10 - one, 10 - one),
            "jaeger": jaeger(10, 10),
        }
        found = entries(TWO_BESIDE, texts, 10)
        assert [hop for hop in found if hop.startswith("collector")] == [
            "collector: queue", "collector-2: queue", "collector → jaeger",
        ]  # fmt: skip
        assert found["services → collector"].went == found["collector → jaeger"].went == 10
        assert all(entry.ok for entry in found.values())

    def test_beside_the_first_shows_what_it_alone_lost(self) -> None:
        texts = {
            "api": sdk(10), "collector": collector(5, 5), "collector-2": collector(5, 2), "jaeger": jaeger(7, 7),
        }  # fmt: skip
        found = entries(TWO_BESIDE, texts, 7)
        assert {hop: it.unexplained for hop, it in found.items() if not it.ok} == {"collector-2: queue": 3}

    def test_beside_the_first_is_seen_by_the_doctor(self) -> None:
        texts = {
            "api": sdk(10), "collector": collector(4, 4), "collector-2": collector(6, 0, 600), "jaeger": jaeger(4, 4),
        }  # fmt: skip
        asked = subject(TWO_BESIDE, texts)
        queues = told(list(queues_of(asked)))
        assert queues["queue of collector"] == ("pass", "0 spans wait, 0% of its capacity")
        assert queues["queue of collector-2"] == ("warn", "600 spans wait, 60% of its capacity")
        assert next(arriving(asked)).found.startswith("10 arrived and 4 were written")

    def test_behind_the_first_is_a_hop_of_its_own(self) -> None:
        texts = {
            "api": sdk(10), "collector": collector(10, 10), "gateway": collector(10, 8, 2), "jaeger": jaeger(8, 8),
        }  # fmt: skip
        found = entries(TWO_IN_A_ROW, texts, 8)
        assert list(found)[3:6] == ["collector → gateway", "gateway: queue", "gateway → jaeger"]
        assert {hop: entry.still for hop, entry in found.items() if entry.still} == {"gateway: queue": 2}
        assert "queue of gateway" in told(list(queues_of(subject(TWO_IN_A_ROW, texts))))


def test_a_hop_without_components_is_left_out() -> None:
    assert [hop.name for hop in pipeline(MEMBERS, (SERVICES, COLLECTOR, TOY, JAEGER, STORAGE))] == [
        "services", "collector", "jaeger", "storage",
    ]  # fmt: skip
