"""Where the program for the dependency graph serves its metrics."""

from __future__ import annotations

from generator.deployment.network import Listener

NAME = "dependencies"
DEPENDENCIES_METRICS = Listener(NAME, "metrics", 9464, native=15)
# Seconds since 1970 up to which the graph is computed.
COMPUTED = "kit_dependencies_computed_timestamp_seconds"
