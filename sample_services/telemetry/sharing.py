"""Spans for work that is done once for several traces, such as a statement that stores a whole batch."""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from opentelemetry.trace import (
    Span,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    get_current_span,
    set_span_in_context,
)

from stream_tracing import error_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opentelemetry.context import Context
    from opentelemetry.util.types import AttributeValue

_sharers: ContextVar[tuple[Context, ...]] = ContextVar("sharers", default=())


@contextmanager
def shared_by(contexts: Sequence[Context]) -> Iterator[None]:
    """Assign spans inside the block to each of these contexts instead of the current one.

    A shared piece of work becomes one span for each context, all with the same start and end, because
    the message of each trace waited that long. A sum of such spans over traces counts the work several
    times; `db.operation.batch.size` identifies them.
    """
    token = _sharers.set(tuple(contexts))
    try:
        yield
    finally:
        _sharers.reset(token)


def start_spans(
    tracer: Tracer,
    name: str,
    kind: SpanKind,
    attributes: Mapping[str, AttributeValue],
) -> list[Span]:
    """Start a span for each context that shares the work, else one in the current context.

    Outside of any trace no span is started: health checks and polls would fill the storage with traces
    of one span.

    Args:
        tracer: Tracer that creates the spans.
        name: Name of the spans, with few possible values.
        kind: Kind of the spans.
        attributes: Attributes of the spans.
    """
    sharers = _sharers.get()
    if sharers:
        now = time.time_ns()
        return [tracer.start_span(name, context, kind, attributes, start_time=now) for context in sharers]
    if not get_current_span().get_span_context().is_valid:
        return []
    return [tracer.start_span(name, None, kind, attributes)]


def context_of(spans: Sequence[Span]) -> Context | None:
    """Return the context for a measurement of shared work, so that its exemplar has a trace id.

    None is the current context. The work is measured once, so of several traces only the first is in the exemplar.
    """
    if spans:
        return set_span_in_context(spans[0])
    sharers = _sharers.get()
    return sharers[0] if sharers else None


def end_spans(spans: Sequence[Span], error: BaseException | None = None) -> None:
    """End spans at the same time, as failed if there is an error."""
    now = time.time_ns()
    for span in spans:
        if error is not None:
            mark_failed(span, error)
        span.end(now)


def mark_failed(span: Span, error: BaseException) -> None:
    """Set `error.type` and the status, with the error's message but without its stack trace."""
    span.set_attribute("error.type", error_type(error))
    span.set_status(Status(StatusCode.ERROR, str(error)[:500]))
