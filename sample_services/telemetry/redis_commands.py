"""CLIENT spans for the commands of a Redis client, by the stock instrumentation; off by default.

Alone, the instrumentation begins a trace for each poll of a queue, can't share work between traces (see `sharing`),
and puts each command of a pipeline into the span's name. So it gets a tracer that changes these three.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.trace import INVALID_SPAN_CONTEXT, NonRecordingSpan, Span, SpanKind, Tracer, TracerProvider
from redis.exceptions import NoScriptError

from .sharing import end_spans, start_spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from opentelemetry.util.types import AnyValue
    from redis.asyncio import Redis

# Attributes outside the conventions: the number of a command's arguments, and of a pipeline's commands.
_ARGUMENTS, _COMMANDS = "db.redis.args_length", "db.redis.pipeline_length"


def trace_commands(redis: Redis) -> None:
    """Add a span for each command of this client that runs inside a trace: `GET`, with `GET ?` as its text.

    Spans contain no keys and no values. With OTEL_SEMCONV_STABILITY_OPT_IN=http,database attributes have stable names.
    """
    RedisInstrumentor.instrument_client(redis, _Provider())


class _Provider(TracerProvider):
    def get_tracer(self, instrumenting_module_name: str, *arguments: Any, **options: Any) -> Tracer:
        real = trace.get_tracer_provider()
        return _InTraces(real.get_tracer(instrumenting_module_name, *arguments, **options))


class _InTraces(Tracer):
    """Begins no trace; a command that several traces share becomes a span of each."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def start_span(self, *arguments: Any, **options: Any) -> Span:
        raise NotImplementedError("the instrumentation starts its spans as current ones")

    # The API's own decorator would also allow its use on functions.
    @contextmanager
    def start_as_current_span(  # type: ignore[override]
        self, name: str, *_: Any, kind: SpanKind = SpanKind.CLIENT, **__: Any
    ) -> Iterator[Span]:
        spans = start_spans(self._tracer, name, kind, {"db.operation.name": name})
        try:
            yield _Together(spans)
        except NoScriptError:
            # No failure: the client calls a script by its hash, and sends the script if Redis does not know it yet.
            end_spans(spans)
            raise
        except BaseException as error:
            end_spans(spans, error)
            raise
        end_spans(spans)


class _Together(NonRecordingSpan):
    """Several spans of one command, which the instrumentation uses as one span."""

    def __init__(self, spans: Sequence[Span]) -> None:
        super().__init__(INVALID_SPAN_CONTEXT)
        self._spans = spans

    def is_recording(self) -> bool:
        return any(span.is_recording() for span in self._spans)

    def set_attribute(self, key: str, value: AnyValue) -> None:
        if key == _ARGUMENTS:
            return
        for span in self._spans:
            if key == _COMMANDS:
                span.update_name("PIPELINE")
                span.set_attributes({"db.operation.name": "PIPELINE", "db.operation.batch.size": value})
            else:
                span.set_attribute(key, value)
