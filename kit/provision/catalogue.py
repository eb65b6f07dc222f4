"""The native parts there are."""

from __future__ import annotations

from kit.provision import cassandra, go, jaeger, java, otelcol, redis

PARTS = {
    part.name: part for part in (redis.PART, java.PART, cassandra.PART, go.PART, otelcol.PART, jaeger.PART)
}
"""By name, the quickest first: what is wrong with the network or the disk shows early."""

PROGRAMS = ("redis", "cassandra", "otelcol", "jaeger")
"""What a native deployment runs; the other parts are what these need."""
