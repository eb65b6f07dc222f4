"""A shop's packing: takes orders from a Redis stream, each in the trace of its order.

The SDK reads the address of the collector, the service's name, the sampler and the sizes of batches from OTEL_*
variables: `kit env packing` prints them.
"""

from __future__ import annotations

import os
import signal
import socket
import sys

import redis
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from stream_tracing import StreamTracer

STREAM, GROUP = "orders", "packing"


def main() -> None:
    """Pack until SIGTERM."""
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        consume(redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True))
    finally:
        provider.shutdown()


def consume(client: redis.Redis) -> None:
    """Process entries one by one, and acknowledge each when it is done."""
    tracing, tracer = StreamTracer(), trace.get_tracer("packing")
    try:
        client.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    except redis.ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise
    while True:
        # Waiting makes no span: only the processing of an entry does.
        for _, entries in client.xreadgroup(GROUP, socket.gethostname(), {STREAM: ">"}, count=10, block=1000):
            for entry_id, fields in entries:
                item = {"shop.item": fields["item"]}
                with (
                    tracing.process(STREAM, GROUP, entry_id, fields),
                    tracer.start_as_current_span("pack", attributes=item),
                ):
                    client.xack(STREAM, GROUP, entry_id)


if __name__ == "__main__":
    main()
