"""Whatever an override holds, the rules answer: they never fail on it."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.target import Target
from generator.targets import TARGETS
from tests.rules.scenes import findings

# Names and values that the rules look for, so that chance gets deep into them.
_WORDS = st.sampled_from(
    ["otlp", "otlp_http/jaeger", "memory_limiter", "tail_sampling", "file_storage/queue", "span_metrics", "traces",
     "collector", "jaeger", "coupon-api", "image", "ports", "environment", "command", "--config", "endpoint", "volumes",
     "http://jaeger:4318", "512m", "0.0.0.0:4317", "10s", "sending_queue", "batch", "storage", "auth", "pipelines",
     "receivers", "processors", "exporters", "telemetry", "metrics", "readers", "mem_limit", "deploy", "OTEL_TOKEN"]
)  # fmt: skip
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _WORDS | st.text(max_size=8),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(_WORDS, below, max_size=4),
    max_leaves=20,
)
_SECTIONS = st.sampled_from(["receivers", "processors", "exporters", "connectors", "extensions", "service"])
_NAMED = st.dictionaries(_WORDS, st.dictionaries(_WORDS, _VALUES, max_size=4), max_size=4)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    collector=st.dictionaries(_SECTIONS, _NAMED, max_size=4),
    services=_NAMED,
    ui=st.dictionaries(st.sampled_from(["search", "menu"]), _VALUES),
    target=st.sampled_from(TARGETS),
)
def test_any_override_is_answered(collector: object, services: object, ui: object, target: Target) -> None:
    pieces = {
        "overrides/collector.yaml": json.dumps(collector),
        "compose.override.yaml": json.dumps({"services": services}),
        "overrides/jaeger-ui.json": json.dumps(ui),
    }
    for one in findings(pieces, target):
        assert one.place is not None
        assert one.found
