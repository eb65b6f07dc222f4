"""Traces and metrics for services that use HTTP, SQL and Redis; it imports no other part of the samples.

| call | effect |
| --- | --- |
| `telemetry = sdk.start("orders")` | exporters, from the OTEL_* variables |
| `app = http_server.TracingMiddleware(app)` | a SERVER span and a duration for each request |
| `stream_tracing.StreamTracer()` | context through Redis streams, and metrics; a separate package |
| `create_async_engine(url, poolclass=sql.TracedQueuePool)` | a span for each wait, metrics of the pool |
| `sql.trace_statements(engine)` | a CLIENT span and a duration for each statement |
| `redis_durations.MeasuredRedis(…)` | a client with a duration for each command |
| `redis_commands.trace_commands(redis)` | spans for Redis commands too, if that is worth its cost |
| `telemetry.shutdown()` | on SIGTERM: buffered spans and the last metrics are sent, or the spans counted as lost |
"""
