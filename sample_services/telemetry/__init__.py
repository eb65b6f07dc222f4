"""Tracing for services that use HTTP and SQL; it imports no other part of the samples.

| call | effect |
| --- | --- |
| `telemetry = sdk.start("orders")` | exporters, from the OTEL_* variables |
| `app = http_server.TracingMiddleware(app)` | a SERVER span for each request |
| `stream_tracing.StreamTracer()` | context through Redis streams; a separate package |
| `create_async_engine(url, poolclass=sql.TracedQueuePool)` | a span for each wait for a connection |
| `sql.trace_statements(engine)` | a CLIENT span for each statement |
| `redis_commands.trace_commands(redis)` | the same for Redis commands, if that is worth its cost |
| `telemetry.shutdown()` | on SIGTERM: buffered spans are sent, or counted as lost |
"""
