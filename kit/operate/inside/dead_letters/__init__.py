"""Stands between the collector and Jaeger, so that a span which the storage never takes stops no other.

A request is handed on as it is and acknowledged when Jaeger has written it. When Jaeger refuses it while others get
through, it is taken apart: what the storage takes is written, and the spans that it refuses by themselves become a
dead letter on disk. While nothing gets through, nothing becomes a dead letter: the collector keeps it and tries again.
"""
