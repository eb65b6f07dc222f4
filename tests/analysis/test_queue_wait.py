from __future__ import annotations

import pytest

from analysis.model import Link, SpanKind, Trace, span_index
from analysis.queue_wait import QUEUE_WAIT_ATTRIBUTE, queue_wait_ms
from tests.analysis.samples import span

SEND = span("send", 0, 2, kind=SpanKind.PRODUCER)


def test_the_consumers_own_word_comes_first() -> None:
    consumer = span(
        "process", 9, 10, parent=SEND, kind=SpanKind.CONSUMER, attributes={QUEUE_WAIT_ATTRIBUTE: 52.5}
    )
    assert queue_wait_ms(consumer, span_index([Trace([SEND, consumer])])) == 52.5


def test_else_it_is_the_time_since_the_producer_ended() -> None:
    child = span("process", 9, 10, parent=SEND, kind=SpanKind.CONSUMER)
    assert queue_wait_ms(child, span_index([Trace([SEND, child])])) == 7.0
    link = (Link("ff" * 16, "ff" * 8), Link(SEND.trace_id, SEND.span_id))
    linked = span("process", 6, 10, kind=SpanKind.CONSUMER, trace_id="a" * 32, links=link)
    assert queue_wait_ms(linked, span_index([Trace([SEND]), Trace([linked])])) == 4.0


def test_a_consumer_that_starts_before_the_send_ended_did_not_wait() -> None:
    early = span("process", 1, 10, parent=SEND, kind=SpanKind.CONSUMER)
    assert queue_wait_ms(early, span_index([Trace([SEND, early])])) == 0.0
    skewed = span("process", 1, 10, kind=SpanKind.CONSUMER, attributes={QUEUE_WAIT_ATTRIBUTE: -3})
    assert queue_wait_ms(skewed, {}) == 0.0


@pytest.mark.parametrize("said", ["soon", True, float("nan")])
def test_a_word_that_is_no_number_does_not_count(said: str | bool | float) -> None:
    consumer = span("process", 9, 10, kind=SpanKind.CONSUMER, attributes={QUEUE_WAIT_ATTRIBUTE: said})
    assert queue_wait_ms(consumer, {}) is None


def test_only_consumers_wait_and_only_for_producers() -> None:
    server = span("server", 9, 10, parent=SEND, kind=SpanKind.SERVER, attributes={QUEUE_WAIT_ATTRIBUTE: 5})
    assert queue_wait_ms(server, {}) is None
    batch = span("batch", 0, 1)
    consumer = span("process", 9, 10, parent=batch, kind=SpanKind.CONSUMER)
    assert queue_wait_ms(consumer, span_index([Trace([batch, consumer])])) is None
