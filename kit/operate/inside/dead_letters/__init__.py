"""A proxy between the collector and Jaeger: a span that the storage never accepts does not stop the others.

It passes a request on unchanged and acknowledges it when Jaeger has written it. If Jaeger refuses a request but writes
others, the request is split. Spans that the storage accepts are written, and spans that it refuses even when sent
alone become a dead letter on disk. While Jaeger writes nothing, nothing becomes a dead letter: the collector keeps its
requests and sends them again.
"""
