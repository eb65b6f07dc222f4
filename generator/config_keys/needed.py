"""Required keys of components: one key of each group must be set.

A test shows for each component that the real collector refuses it without any key, and accepts it with these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_NEEDED: Mapping[tuple[str, str], tuple[tuple[str, ...], ...]] = {
    ("receivers", "otlp"): (("protocols",),),
    ("exporters", "otlp_http"): (("endpoint", "traces_endpoint", "metrics_endpoint", "logs_endpoint"),),
    ("exporters", "otlp_grpc"): (("endpoint",),),
    ("exporters", "file"): (("path",),),
    ("processors", "memory_limiter"): (("check_interval",), ("limit_mib", "limit_percentage")),
    ("processors", "attributes"): (("actions",),),
    ("processors", "resource"): (("attributes",),),
    ("extensions", "bearertokenauth"): (("token", "filename"),),
}
COMPONENTS = tuple(_NEEDED)


def missing(kind: str, type_: str, settings: Any) -> Iterator[tuple[str, ...]]:
    """Yield each group of keys of which none is set."""
    given = settings if isinstance(settings, Mapping) else {}
    for group in _NEEDED.get((kind, type_), ()):
        if not any(given.get(name) for name in group):
            yield group
