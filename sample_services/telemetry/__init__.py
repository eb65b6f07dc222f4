"""Tracing for services that talk over HTTP, Redis streams and SQL; it depends on no other part of the samples.

telemetry = sdk.start("orders")                          # exporters, from the OTEL_* variables
app = http_server.TracingMiddleware(app)                 # a SERVER span for each request
streams.StreamTracer(Propagation.PARENT)                 # context through Redis streams
create_async_engine(url, poolclass=sql.TracedQueuePool)  # waits for a connection
sql.trace_statements(engine)                             # a CLIENT span for each statement
telemetry.shutdown()                                     # on SIGTERM: the buffer is sent, or counted
"""
