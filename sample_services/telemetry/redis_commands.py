"""CLIENT spans for the commands of a Redis client, by the stock instrumentation; off unless asked for.

By itself it begins a trace for each poll of a queue, knows nothing of what several traces share (see `sharing`), and
puts each command of a pipeline into the span's name. So it is given a tracer that has its own mind about these.
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

# Not of the conventions: how many arguments a command has, and how many commands a pipeline.
_ARGUMENTS, _COMMANDS = "db.redis.args_length", "db.redis.pipeline_length"


def trace_commands(redis: Redis) -> None:
    """Give each command of this client that runs inside a trace its span: `GET`, with `GET ?` as its text.

    Keys and values are in none. OTEL_SEMCONV_STABILITY_OPT_IN=http,database gives attributes their stable names.
    """
    RedisInstrumentor.instrument_client(redis, _Provider())


class _Provider(TracerProvider):
    def get_tracer(self, instrumenting_module_name: str, *arguments: Any, **options: Any) -> Tracer:
        real = trace.get_tracer_provider()
        return _InTraces(real.get_tracer(instrumenting_module_name, *arguments, **options))


class _InTraces(Tracer):
    """Begins no trace; what several traces share becomes a span of each."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def start_span(self, *arguments: Any, **options: Any) -> Span:
        raise NotImplementedError("the instrumentation starts its spans as current ones")

    # The API's decorator makes a form for functions of it, too.
    @contextmanager
    def start_as_current_span(  # type: ignore[override]
        self, name: str, *_: Any, kind: SpanKind = SpanKind.CLIENT, **__: Any
    ) -> Iterator[Span]:
        spans = start_spans(self._tracer, name, kind, {"db.operation.name": name})
        try:
            yield _Together(spans)
        except NoScriptError:
            # No failure: the client asks by a script's hash, and sends the script where Redis has not seen it yet.
            end_spans(spans)
            raise
        except BaseException as error:
            end_spans(spans, error)
            raise
        end_spans(spans)


class _Together(NonRecordingSpan):
    """Several spans of one command, as what the instrumentation takes for one span."""

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
