"""Documents as writers get them wrong: one to four random changes of a real export."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from tests.analysis.encoders import jaeger_ui, otlp
from tests.analysis.samples import coupon_request

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

_ODD: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 7, 2**63, 1.5, -0.0, 1e300, 10**30),
    *("", "x", "0", "2", "-1", "1.0", "true", "null", "SPAN_KIND_SERVER", "ERROR", "0x1f", "\ud800", "é\n"),
    *("0" * 32, "0" * 16, "A" * 32, "0x" + "a" * 32, " " + "a" * 15, "z" * 16, "W47/95gDgQPSabYzgT/GDA=="),
    *([], {}, [None], [[]], {"": {}}, {"stringValue": "a", "intValue": None}, {"spans": [{}]}),
]


def exports() -> list[Any]:
    """One document of each format that is read."""
    spans = coupon_request(mode="link")[0].spans[:5]
    document = otlp(spans)
    for one in document["resourceSpans"]:
        for scope in one["scopeSpans"]:
            scope["spans"][0]["attributes"].append(
                {
                    "key": "list",
                    "value": {"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": "1"}]}},
                }
            )
    older = json.loads(json.dumps(document).replace("scopeSpans", "instrumentationLibrarySpans"))
    snake = json.loads(
        json.dumps(document)
        .replace("resourceSpans", "resource_spans")
        .replace("scopeSpans", "scope_spans")
        .replace("traceId", "trace_id")
        .replace("spanId", "span_id")
        .replace("TimeUnixNano", "_time_unix_nano")
        .replace("stringValue", "string_value")
    )
    return [
        document,
        document,
        document,
        jaeger_ui(spans),
        jaeger_ui(spans),
        older,
        snake,
        _zipkin(),
        _console(),
    ]


def mutated(document: Any, chance: random.Random) -> Any:
    """A copy with one to four changes: a field is dropped, repeated, emptied, of another type, in another order."""
    changed = copy.deepcopy(document)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 4))):
        places = list(_places(changed))
        if not places:
            return changed
        owner, key = chance.choice(places)
        _change(owner, key, chance)
    return changed


def _change(owner: Any, key: Any, chance: random.Random) -> None:
    match chance.randrange(7):
        case 0:
            del owner[key]
        case 1 if isinstance(owner, list):
            owner.insert(chance.randrange(len(owner) + 1), copy.deepcopy(owner[key]))
        case 1:
            owner[f"{key}2"] = owner[key]
        case 2:
            owner[key] = None
        case 3:
            owner[key] = copy.deepcopy(chance.choice(_ODD))
        case 4:
            owner[key] = _retyped(owner[key])
        case 5 if isinstance(owner, list):
            chance.shuffle(owner)
        case 5:
            items = list(owner.items())
            chance.shuffle(items)
            owner.clear()
            owner.update(items)
        case _:
            other = chance.choice(list(owner) if isinstance(owner, dict) else range(len(owner)))
            owner[key], owner[other] = owner[other], owner[key]


def _retyped(value: Any) -> Any:
    match value:
        case str():
            return int(value) if value.isdecimal() else [value]
        case bool():
            return str(value)
        case int() | float():
            return str(value)
        case list():
            return dict(enumerate(value)) or "list"
        case dict():
            return list(value.values())
        case _:
            return "null"


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    todo = [value]
    while todo:
        owner = todo.pop()
        keys: Any = (
            list(owner) if isinstance(owner, dict) else range(len(owner)) if isinstance(owner, list) else ()
        )
        for key in keys:
            yield owner, key
            todo.append(owner[key])


def _zipkin() -> list[Any]:
    ids = {"traceId": "5b8efff798038103d269b633813fc60c", "timestamp": 1795260710568961, "duration": 9000}
    return [
        {
            **ids,
            "id": "eee19b7ec3c1b174",
            "kind": "CLIENT",
            "name": "post /pay",
            "localEndpoint": {"serviceName": "shop", "ipv4": "10.0.0.1"},
            "tags": {"http.method": "POST"},
        },
        {
            **ids,
            "id": "eee19b7ec3c1b174",
            "kind": "SERVER",
            "name": "post /pay",
            "shared": True,
            "localEndpoint": {"serviceName": "pay"},
            "tags": {"error": "no money"},
            "annotations": [{"timestamp": 1795260710569961, "value": "asked"}],
        },
    ]


def _console() -> Any:
    return {
        "name": "GET /items",
        "context": {
            "trace_id": "0x5b8efff798038103d269b633813fc60c",
            "span_id": "0xeee19b7ec3c1b174",
            "trace_state": "[]",
        },
        "kind": "SpanKind.SERVER",
        "parent_id": None,
        "start_time": "2026-11-21T14:05:00.000001Z",
        "end_time": "2026-11-21T14:05:00.100000Z",
        "status": {"status_code": "ERROR", "description": "boom"},
        "attributes": {"http.route": "/items"},
        "events": [{"name": "exception", "timestamp": "2026-11-21T14:05:00.050000Z", "attributes": {"a": 1}}],
        "links": [],
        "resource": {"attributes": {"service.name": "shop"}, "schema_url": ""},
    }
