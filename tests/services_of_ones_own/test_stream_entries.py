"""Entries as clients give them: as text or bytes, new or forwarded from another stream."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry import baggage, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import INVALID_SPAN, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from stream_tracing import Propagation, StreamTracer, end_send, mark_dead, meter, queue_wait_ms

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SENT = {
    "order": "17",
    "traceparent": f"00-{TRACE}-{SPAN}-01",
    "tracestate": "vendor=1",
    "baggage": "tenant=acme",
}


@pytest.fixture
def tracer(monkeypatch: pytest.MonkeyPatch) -> Iterator[StreamTracer]:
    provider = TracerProvider()
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield StreamTracer(Propagation.PARENT)
    provider.shutdown()


def encoded(fields: dict[str, str], kind: type[bytes] | type[bytearray] = bytes) -> dict[bytes, Any]:
    return {name.encode(): kind(value.encode()) for name, value in fields.items()}


@pytest.mark.parametrize(
    "fields",
    [
        SENT,
        encoded(SENT),
        encoded(SENT, bytearray),
        {name: value.encode() for name, value in SENT.items()},
        {name.encode(): value for name, value in SENT.items()},
    ],
    ids=["text", "bytes", "bytearrays", "names as text", "values as text"],
)
@pytest.mark.parametrize("as_bytes", [False, True])
def test_an_entry_continues_its_trace_in_whatever_form_it_comes(
    tracer: StreamTracer, fields: dict[Any, Any], as_bytes: bool
) -> None:
    stream, group, entry_id = "orders", "packers", "1700000000000-0"
    span, context = (
        tracer.start_process(stream.encode(), group.encode(), entry_id.encode(), fields)
        if as_bytes
        else tracer.start_process(stream, group, entry_id, fields)
    )
    assert format(span.get_span_context().trace_id, "032x") == TRACE
    assert span.get_span_context().trace_state == {"vendor": "1"}
    assert baggage.get_all(context) == {"tenant": "acme"}
    attributes: Any = span.attributes  # type: ignore[attr-defined]
    assert span.name == "process orders"  # type: ignore[attr-defined]
    assert attributes["messaging.message.id"] == "1700000000000-0"
    assert attributes["messaging.consumer.group.name"] == "packers"
    assert attributes["messaging.redis.queue_wait_ms"] > 0


def test_bytes_that_are_no_context_start_a_trace(tracer: StreamTracer) -> None:
    for value in (b"\xff\xfe", b"", 17, None):
        span, _ = tracer.start_process(
            "orders", "packers", b"1-0", {b"traceparent": value, b"baggage": b"\xff"}
        )
        assert span.get_span_context().is_valid
        assert span.parent is None  # type: ignore[attr-defined]


@pytest.mark.parametrize("form", [dict, encoded])
def test_a_forwarded_entry_has_the_context_of_its_own_hop_alone(tracer: StreamTracer, form: Any) -> None:
    fields = form(SENT)
    _, context = tracer.start_process("orders", "packers", "1-0", fields)
    span = tracer.start_send("parcels", fields, context=context)
    told = {str(key if isinstance(key, str) else key.decode()): value for key, value in fields.items()}
    assert len(told) == len(fields), "no name is there twice"
    assert told["traceparent"].split("-")[1:3] == [TRACE, format(span.get_span_context().span_id, "016x")]
    assert told["tracestate"] == "vendor=1", "of the same trace"
    assert told["baggage"] == "tenant=acme", "of the context it is sent in"


@pytest.mark.parametrize("form", [dict, encoded])
def test_an_entry_forwarded_in_another_trace_keeps_nothing_of_the_old_one(
    tracer: StreamTracer, form: Any
) -> None:
    fields = form(SENT)
    other = TraceContextTextMapPropagator().extract({"traceparent": f"00-{'1' * 32}-{SPAN}-01"})
    span = tracer.start_send("parcels", fields, context=other)
    assert get_current_span(other).get_span_context().trace_id == span.get_span_context().trace_id
    assert {
        key for key in fields if key in {"tracestate", "baggage", b"traceparent", b"tracestate", b"baggage"}
    } == set()
    assert fields["traceparent"].split("-")[1] == "1" * 32
    assert (fields.get("order") or fields[b"order"]) in {"17", b"17"}


@pytest.fixture
def metered(monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, list[Any]]]:
    """The points of all metrics since the fixture was made, by name."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], shutdown_on_exit=False)
    made = provider.get_meter("m")
    monkeypatch.setattr(meter, "_sent", made.create_counter(meter.SENT.name))
    monkeypatch.setattr(meter, "_consumed", made.create_counter(meter.CONSUMED.name))
    monkeypatch.setattr(meter, "_process", made.create_histogram(meter.PROCESS.name))
    monkeypatch.setattr(meter, "_wait", made.create_histogram(meter.WAIT.name))

    def points() -> dict[str, list[Any]]:
        data = reader.get_metrics_data()
        assert data
        (scope,) = data.resource_metrics[0].scope_metrics
        return {metric.name: list(metric.data.data_points) for metric in scope.metrics}

    return points


@pytest.mark.parametrize("as_bytes", [False, True])
def test_a_user_s_own_producer_and_consumer_are_measured(
    tracer: StreamTracer, metered: Callable[[], dict[str, list[Any]]], as_bytes: bool
) -> None:
    def given(name: str) -> Any:
        return name.encode() if as_bytes else name

    fields = {"order": "17"}
    end_send(tracer.start_send(given("orders"), fields), given("1-0"), given("orders"))
    end_send(tracer.start_send(given("orders"), dict(fields)), given("2-0"))
    with tracer.process(given("orders"), given("packers"), given("1-0"), fields) as span:
        assert get_current_span() is span
        time.sleep(0.01)
    assert not span.is_recording()
    with (
        pytest.raises(ZeroDivisionError),
        tracer.process(given("orders"), given("packers"), given("1-0"), {}) as failed,
    ):
        raise ZeroDivisionError("no parcel")
    assert not failed.is_recording()
    assert failed.status.description == "no parcel"  # type: ignore[attr-defined]
    assert failed.attributes["error.type"] == "ZeroDivisionError"  # type: ignore[attr-defined]
    assert get_current_span() is INVALID_SPAN

    found = metered()
    at = {"messaging.destination.name": "orders"}
    of_group = {**at, "messaging.consumer.group.name": "packers"}
    wrong = {**of_group, "error.type": "ZeroDivisionError"}
    sent, consumed = (
        [(dict(it.attributes), it.value) for it in found[metric.name]]
        for metric in (meter.SENT, meter.CONSUMED)
    )
    assert sent == [(at, 1)]
    assert consumed == [(of_group, 1), (wrong, 1)]
    good, bad = found[meter.PROCESS.name]
    assert (dict(good.attributes), good.count) == (of_group, 1)
    assert (dict(bad.attributes), bad.count) == (wrong, 1)
    assert good.sum >= 0.01
    (waited,) = found[meter.WAIT.name]
    assert (dict(waited.attributes), waited.count) == (of_group, 2)
    # Each leads to its trace.
    ids = {one.get_span_context().trace_id for one in (span, failed)}
    assert {exemplar.trace_id for it in (good, bad) for exemplar in it.exemplars} == ids
    assert {exemplar.trace_id for exemplar in waited.exemplars} <= ids
    assert waited.exemplars


def test_ids_may_be_bytes_wherever_they_are_taken(tracer: StreamTracer) -> None:
    span = tracer.start_send(b"orders", {})
    assert span.name == "send orders"  # type: ignore[attr-defined]
    mark_dead(span, b"orders.dead", "malformed")
    end_send(span, b"1-0")
    assert span.attributes["messaging.message.id"] == "1-0"  # type: ignore[attr-defined]
    assert span.attributes["messaging.redis.dead_letter.stream"] == "orders.dead"  # type: ignore[attr-defined]
    assert queue_wait_ms(b"1000-0", 1500) == 500
    assert queue_wait_ms("mine", 1500) == 0


def test_an_id_that_is_neither_text_nor_bytes_is_named(tracer: StreamTracer) -> None:
    wrong: Any = 17
    with pytest.raises(TypeError, match=r"^entry_id is int: text or bytes are needed$"):
        tracer.start_process("orders", "packers", wrong, {})
    with pytest.raises(TypeError, match="entry_id is int"):
        queue_wait_ms(wrong, 1.0)
    span = tracer.start_send("orders", {})
    with pytest.raises(TypeError, match="entry_id is int"):
        end_send(span, wrong)
    assert not span.is_recording(), "it ended all the same"
