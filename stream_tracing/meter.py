"""Metrics of both ends of a stream, by the OpenTelemetry metrics API: without a metrics SDK they do nothing.

Names follow the OpenTelemetry messaging conventions; `messaging.redis.queue.wait` is not among them. The attributes
have few values: the stream, the group, and the type of an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opentelemetry import metrics

if TYPE_CHECKING:
    from opentelemetry.context import Context

STREAM, GROUP, ERROR = "messaging.destination.name", "messaging.consumer.group.name", "error.type"

# Seconds. An entry can wait for minutes while its consumers are down.
_WAIT_EDGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_PROCESS_EDGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)


class Metric(NamedTuple):
    """Declaration of a metric; `kind` is its type in Prometheus."""

    name: str
    kind: str
    unit: str
    description: str
    attributes: tuple[str, ...]


SENT = Metric(
    "messaging.client.sent.messages",
    "counter",
    "{message}",
    "Entries added to a stream.",
    (STREAM,),
)
CONSUMED = Metric(
    "messaging.client.consumed.messages",
    "counter",
    "{message}",
    "Entries delivered to a consumer; `error.type` only for those that it could not process.",
    (STREAM, GROUP, ERROR),
)
PROCESS = Metric(
    "messaging.process.duration",
    "histogram",
    "s",
    "Time from the start of an entry's processing to its end.",
    (STREAM, GROUP, ERROR),
)
WAIT = Metric(
    "messaging.redis.queue.wait",
    "histogram",
    "s",
    "Time from an entry's creation to the start of its processing.",
    (STREAM, GROUP),
)
METRICS = SENT, CONSUMED, PROCESS, WAIT

_meter = metrics.get_meter("stream_tracing")
_sent = _meter.create_counter(SENT.name, SENT.unit, SENT.description)
_consumed = _meter.create_counter(CONSUMED.name, CONSUMED.unit, CONSUMED.description)
_process = _meter.create_histogram(
    PROCESS.name, PROCESS.unit, PROCESS.description, explicit_bucket_boundaries_advisory=_PROCESS_EDGES
)
_wait = _meter.create_histogram(
    WAIT.name, WAIT.unit, WAIT.description, explicit_bucket_boundaries_advisory=_WAIT_EDGES
)


def count_sent(stream: str) -> None:
    """Count one entry that was added to a stream."""
    _sent.add(1, {STREAM: stream})


def record_wait(stream: str, group: str, seconds: float, context: Context) -> None:
    """Record the queue wait of an entry; the context of its process span gives the exemplar its trace id."""
    _wait.record(seconds, {STREAM: stream, GROUP: group}, context)


def record_processed(
    stream: str, group: str, seconds: float, context: Context, error: BaseException | None = None
) -> None:
    """Count a processed entry, and record how long its processing took.

    Args:
        stream: key of the stream.
        group: the consumer group that reads it.
        seconds: duration of the processing.
        context: context of the process span, which gives the exemplar its trace id.
        error: the reason why the entry could not be processed.
    """
    attributes = {STREAM: stream, GROUP: group}
    if error is not None:
        attributes[ERROR] = error_type(error)
    _consumed.add(1, attributes, context)
    _process.record(seconds, attributes, context)


def error_type(error: BaseException) -> str:
    """Return an error's name, with its module unless it is a builtin."""
    kind = type(error)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
