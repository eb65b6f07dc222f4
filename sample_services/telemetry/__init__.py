"""Tracing for services that talk over HTTP and SQL; it depends on no other part of the samples.

telemetry = sdk.start("orders")                          # exporters, from the OTEL_* variables
app = http_server.TracingMiddleware(app)                 # a SERVER span for each request
stream_tracing.StreamTracer()                            # context through Redis streams, a package of its own
create_async_engine(url, poolclass=sql.TracedQueuePool)  # waits for a connection
sql.trace_statements(engine)                             # a CLIENT span for each statement
redis_commands.trace_commands(redis)                     # the same for Redis, where that is worth its cost
telemetry.shutdown()                                     # on SIGTERM: the buffer is sent, or counted
"""
