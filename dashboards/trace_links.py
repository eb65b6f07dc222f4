"""Links from a panel's value to a search for traces in Jaeger, through Grafana's page Explore.

The address of Jaeger differs between deployments. Explore reads it from the data source, so the dashboards stay the
same everywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

JAEGER = "${traces}"
# Grafana replaces variables before it opens the address, and recognizes them only without escapes.
_VARIABLE = re.compile(r"\$\{[^}]*\}")


def links(labels: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the links of a latency panel, by the labels of its series: the service, then the operation if any."""
    service, *operation = (f"${{__field.labels.{label}}}" for label in labels)
    search = {"service": service, **({"operation": operation[0]} if operation else {})}
    return [
        _link("Traces that took at least this long", search | {"minDuration": "${__value.raw}s"}),
        _link("All traces of this time", search),
    ]


def _link(title: str, search: dict[str, str]) -> dict[str, Any]:
    source = {"type": "jaeger", "uid": JAEGER}
    query = {"refId": "A", "datasource": source, "queryType": "search", "limit": 20, **search}
    pane = {
        "datasource": JAEGER,
        "queries": [query],
        "range": {"from": "${__from}", "to": "${__to}"},
    }
    panes = json.dumps({"traces": pane}, separators=(",", ":"))
    url = f"/explore?schemaVersion=1&orgId=1&panes={''.join(_escaped(panes))}"
    return {"title": title, "url": url, "targetBlank": True}


def _escaped(text: str) -> Iterator[str]:
    end = 0
    for found in _VARIABLE.finditer(text):
        yield quote(text[end : found.start()], safe="")
        yield found[0]
        end = found.end()
    yield quote(text[end:], safe="")
