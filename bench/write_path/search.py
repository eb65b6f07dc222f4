"""Check that written spans are found through Jaeger's API by each indexed attribute."""

from __future__ import annotations

import json
from collections.abc import Iterable

import httpx

from bench.write_path.spans import POSITIONS, SERVICES, VARIATIONS, Value, shape

_LIMIT = 20
_HOUR_US = 3_600_000_000


def by_each(port: int, attributes: Iterable[str], began_us: int) -> dict[str, int]:
    """Return the number of traces found for one value of each attribute."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
        return {key: _found(client, key, *example(key), began_us) for key in attributes}


def example(key: str) -> tuple[str, str]:
    """Return a service with this attribute in a span, and its value there."""
    if key == "error":
        # Jaeger derives it from the span's status.
        return SERVICES[0], "true"
    for service in range(len(SERVICES)):
        for position in range(POSITIONS):
            for variation in range(VARIATIONS):
                attributes = shape(service, position, variation).attributes
                if key in attributes:
                    return SERVICES[service], _text(attributes[key])
    raise ValueError(f"no span has the attribute {key}")


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _found(client: httpx.Client, key: str, service: str, value: str, began_us: int) -> int:
    answer = client.get(
        "/api/traces",
        params={
            "service": service, "tags": json.dumps({key: value}), "limit": _LIMIT,
            "start": began_us - _HOUR_US, "end": began_us + _HOUR_US,
        },
    ).raise_for_status().json()  # fmt: skip
    has_it = [
        trace for trace in answer["data"]
        if any(tag["key"] == key and _text(tag["value"]) == value for span in trace["spans"] for tag in span["tags"])
    ]  # fmt: skip
    return len(has_it)
