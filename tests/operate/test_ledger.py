"""The arithmetic of the span ledger: what balances, and what each kind of loss looks like."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from generator.pipeline import pipeline
from kit.operate.verify.counters import Counters, Passed
from kit.operate.verify.ledger import LedgerLine, ledger

HOPS = pipeline([("services", "api"), ("collector", "collector"), ("jaeger", "jaeger")])
NOTHING = Passed()
PIDS = {"api": 1, "collector": 2, "jaeger": 3}


def sdk(exported: int, *, queued: int = 0, exporting: int = 0, dropped: int = 0, failed: int = 0) -> Passed:
    lost = {"dropped by the SDK: queue_full": dropped, "given up by the exporter: UNAVAILABLE": failed}
    waiting = queued + exporting
    return Passed(
        came=exported + waiting + dropped + failed,
        went=exported,
        waiting=waiting,
        lost={reason: count for reason, count in lost.items() if count},
    )


def relay(received: int, sent: int, *, queued: int = 0, failed: int = 0) -> Passed:
    return Passed(received, sent, queued, {"given up by the exporter": failed} if failed else {})


def counters(api: Passed | None, collector: Passed | None, jaeger: Passed | None) -> Counters:
    return Counters({"api": api, "collector": collector, "jaeger": jaeger}, PIDS)


BEFORE = counters(sdk(0), NOTHING, NOTHING)


def lines(after: Counters, found: int | None, before: Counters = BEFORE) -> dict[str, LedgerLine]:
    return {entry.hop: entry for entry in ledger(HOPS, before, after, found=found)}


def bad(entries: dict[str, LedgerLine]) -> list[str]:
    return [hop for hop, entry in entries.items() if not entry.ok]


def test_what_is_found_everywhere_balances() -> None:
    entries = lines(counters(sdk(100), relay(100, 100), relay(100, 100)), 100)
    assert bad(entries) == []
    assert {entry.came for entry in entries.values()} == {100}


def test_only_what_came_since_the_first_reading_counts() -> None:
    before = counters(sdk(7, dropped=3), relay(7, 5, queued=2), relay(5, 5))
    after = counters(sdk(17, dropped=3), relay(17, 17), relay(17, 17))
    entries = lines(after, 12, before)
    assert entries["api: SDK"].came == 10
    assert entries["collector: queue"] == LedgerLine("collector: queue", 10, 12, waiting=-2, before=2)
    assert entries["queued before"] == LedgerLine("queued before", 0, 2, waiting=-2, before=2)
    assert entries["storage → found"] == LedgerLine("storage → found", 10, 10, extra=2)
    assert bad(entries) == []


def test_an_older_backlog_is_a_line_of_its_own() -> None:
    """5,272 spans of others waited when it began; they are written meanwhile, and not among what is searched for."""
    before = counters(sdk(0), relay(5_272, 0, queued=5_272), NOTHING)
    after = counters(sdk(100), relay(5_372, 5_372), relay(5_372, 5_372))
    entries = lines(after, 100, before)
    assert entries["queued before"] == LedgerLine("queued before", 0, 5_272, waiting=-5_272, before=5_272)
    assert entries["storage → found"] == LedgerLine("storage → found", 100, 100)
    assert bad(entries) == []


def test_a_backlog_that_is_gone_hides_no_loss() -> None:
    before = counters(sdk(0), relay(50, 0, queued=50), NOTHING)
    after = counters(sdk(100), relay(150, 150), relay(150, 150))
    entries = lines(after, 93, before)
    assert entries["storage → found"].unexplained == 7
    assert bad(entries) == ["storage → found"]


def test_a_backlog_that_still_waits_is_no_loss() -> None:
    before = counters(sdk(0), relay(50, 0, queued=50), NOTHING)
    after = counters(sdk(100), relay(150, 110, queued=40), relay(110, 110))
    entries = lines(after, 100, before)
    assert (entries["queued before"].went, entries["queued before"].still) == (10, 40)
    assert entries["collector: queue"].still == 40
    assert bad(entries) == []


def test_a_span_that_is_stuck_is_not_accounted_for() -> None:
    """It waited before and waits afterwards: nothing is missing, and nothing is fine."""
    before = counters(sdk(0), relay(1, 0, queued=1), NOTHING)
    after = counters(sdk(100), relay(101, 100, queued=1), relay(100, 100))
    found = ledger(HOPS, before, after, found=100, stuck={"collector": 1})
    entries = {entry.hop: entry for entry in found}
    assert bad(entries) == ["collector: queue"]
    assert entries["collector: queue"].still == 1
    assert entries["queued before"].went == 0


def test_spans_of_another_sender_meanwhile_are_not_searched_for() -> None:
    after = counters(sdk(100), relay(130, 130), relay(130, 130))
    entries = lines(after, 100)
    assert entries["services → collector"].extra == 30
    assert entries["storage → found"].came == 100
    assert bad(entries) == []


def test_a_span_that_the_sdk_dropped_is_named() -> None:
    entries = lines(counters(sdk(90, dropped=10), relay(90, 90), relay(90, 90)), 90)
    assert bad(entries) == ["api: SDK"]
    assert entries["api: SDK"].came == 100
    assert entries["api: SDK"].lost == {"dropped by the SDK: queue_full": 10}
    assert entries["api: SDK"].unexplained == 0


def test_a_batch_that_the_exporter_gave_up_is_named() -> None:
    entries = lines(counters(sdk(88, failed=12), relay(88, 88), relay(88, 88)), 88)
    assert bad(entries) == ["api: SDK"]
    assert entries["api: SDK"].lost == {"given up by the exporter: UNAVAILABLE": 12}


def test_spans_on_the_way_wait_where_they_are() -> None:
    entries = lines(
        counters(sdk(60, queued=30, exporting=10), relay(60, 40, queued=20), relay(40, 35, queued=5)), 35
    )
    assert {hop: entry.waiting for hop, entry in entries.items() if entry.waiting} == {
        "api: SDK": 40, "collector: queue": 20, "jaeger: storage": 5,
    }  # fmt: skip
    assert bad(entries) == [], "none of them is known to be stuck"
    assert all(entry.unexplained == 0 for entry in entries.values())


def test_spans_that_vanish_between_two_hops_are_explained_by_no_counter() -> None:
    entries = lines(counters(sdk(100), relay(90, 90), relay(80, 80)), 70)
    assert {hop: entry.unexplained for hop, entry in entries.items() if entry.unexplained} == {
        "services → collector": 10, "collector → jaeger": 10, "storage → found": 10,
    }  # fmt: skip


def test_spans_that_vanish_inside_a_hop_are_explained_by_no_counter() -> None:
    entries = lines(counters(sdk(100), relay(100, 90), relay(90, 85)), 85)
    assert {hop: entry.unexplained for hop, entry in entries.items() if entry.unexplained} == {
        "collector: queue": 10, "jaeger: storage": 5,
    }  # fmt: skip


def test_what_was_sent_twice_is_found_once() -> None:
    """An answer was lost: the collector sends again, Jaeger writes the same rows again."""
    entries = lines(counters(sdk(100), relay(100, 100), relay(120, 120)), 100)
    assert entries["collector → jaeger"].extra == 20
    assert bad(entries) == []


def test_a_hop_that_was_restarted_is_not_guessed() -> None:
    after = counters(sdk(100), relay(20, 20), relay(100, 100))
    entries = lines(replace(after, pids={**PIDS, "collector": 99}), 100)
    assert "restarted" in entries["services → collector"].problem
    assert "restarted" in entries["collector: queue"].problem
    assert entries["api: SDK"].ok


def test_a_hop_that_does_not_answer_is_named() -> None:
    entries = lines(counters(None, relay(0, 0), None), None)
    assert "does not answer" in entries["api: SDK"].problem
    assert "did not answer" in entries["jaeger: storage"].problem
    assert "storage → found" not in entries


@given(st.lists(st.integers(0, 1000), min_size=7, max_size=7))
def test_any_loss_shows_in_exactly_one_line(cuts: list[int]) -> None:
    """Spans are taken out at each place in turn; the ledger's lost and unexplained add up to what was taken."""
    dropped, on_the_wire, in_collector, between, in_jaeger, failed, after_write = cuts
    total = 10_000
    exported = total - dropped
    received = exported - on_the_wire
    sent = received - in_collector
    arrived = sent - between
    written = arrived - in_jaeger - failed
    found = written - after_write
    after = counters(
        sdk(exported, dropped=dropped), relay(received, sent), relay(arrived, written, failed=failed)
    )
    entries = lines(after, found)
    accounted = sum(entry.unexplained + sum(entry.lost.values()) for entry in entries.values())
    assert accounted == total - found == sum(cuts)
