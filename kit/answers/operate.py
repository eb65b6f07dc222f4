"""The answers of the verbs that work on a deployment: `up`, `status`, `verify`, `doctor`, `dependencies`."""

from __future__ import annotations

from kit.answers.shape import Answer, by_key, flag, listing, number, or_null, record, shared, text, whole

_URLS = by_key("addresses by what answers there", text("URL"))

_OF_COMPOSE = {"limit_bytes": whole("memory it may use at most, bytes; containers only")}
_OF_NATIVE = {
    "pid": whole("of its process, 0 for none; native only"),
    "uptime_s": whole("seconds since its process began; native only"),
}
_COMPONENT = {
    "name": text("its key in the deployment"),
    "title": text("what it is, with its version"),
    "state": text("the supervisor's word for its process, Docker's for its container"),
    "ready": or_null(flag("whether it answers; null for what runs once")),
    "memory_bytes": whole("resident, or in use by the container, bytes"),
    "ports": by_key("by the key of `ports` in the spec", whole("port")),
    **_OF_COMPOSE,
    **_OF_NATIVE,
}

_CROSSING = {
    "stream": text("name of the Redis stream"),
    "messages": whole("messages that a consumer processed"),
    "edge": text("how consumers continue a request", ["parent", "link"]),
    "wait_ms_median": number("time in the stream, ms"),
    "wait_ms_max": number("ms"),
}
_BACKLOG = {
    "stream": text("name of the Redis stream"),
    "group": text("the consumer group"),
    "depth": whole("entries in it"),
    "pending": whole("of these, delivered and not acknowledged"),
    "unread": whole("of these, not taken up"),
    "dead": whole("entries that were given up"),
}
_ENTRY = {
    "hop": text("what is accounted for"),
    "came": whole("spans in"),
    "went": whole("spans out"),
    "waiting": whole("spans, more than before; less when negative"),
    "lost": by_key("by reason", whole("spans")),
    "extra": whole("spans that were sent again, or by other senders"),
    "problem": text("why the line does not balance; empty when it does"),
    "unexplained": whole("spans that no counter explains"),
    "ok": flag("whether nothing is lost, waits or is unexplained"),
}

_CHECK = {
    "check": text("what was looked at"),
    "outcome": text("how it ended", ["pass", "warn", "fail"]),
    "found": text("what is there"),
    "needed": text("what should be there; may be empty"),
    "next": text("the next step; empty where all is well"),
    "finding": or_null(shared("finding", "the broken rule; null where all is well")),
}
_CALL = {
    "parent": text("the service that calls"),
    "child": text("the service that is called"),
    "count": whole("calls"),
}

ANSWERS = (
    Answer(
        "up",
        "kit up",
        "What runs where.",
        {
            "ok": flag("whether every component is as it should be"),
            "already": flag("whether it was up before"),
            "urls": _URLS,
            "memory_bytes": whole("of all components, bytes"),
        },
    ),
    Answer(
        "status",
        "kit status",
        "Each component as it is now.",
        {
            "ok": flag("whether every component is as it should be"),
            "name": text("the deployment's"),
            "target": text("how it runs", ["native", "compose"]),
            "memory_bytes": whole("of all of it, bytes"),
            "urls": _URLS,
            "components": listing(
                "all of them", record("a component", _COMPONENT, optional=[*_OF_COMPOSE, *_OF_NATIVE])
            ),
        },
    ),
    Answer(
        "verify",
        "kit verify",
        "Whether marked requests came through, and where every span is.",
        {
            "ok": flag("whether every request was delivered and every span is accounted for"),
            "requests": whole("marked requests that were sent"),
            "services": by_key("by service", whole("spans that were found")),
            "queues": listing("the streams as the traces show them", record("a stream", _CROSSING)),
            "backlog": listing("the streams as Redis shows them at the end", record("a stream", _BACKLOG)),
            "visible_after_s": or_null(
                number("from the last delivery until all marked traces were whole, s; null: they never were")
            ),
            "ledger": listing("hop by hop", record("one hop, in spans", _ENTRY)),
            "problems": listing("all that is not as it should be", text("a problem, with its hop")),
        },
    ),
    Answer(
        "doctor",
        "kit doctor",
        "What is wrong on this machine or in this deployment.",
        {
            "ok": flag("whether no check failed"),
            "running": text("what runs here: native, compose, or empty for nothing"),
            "failed": whole("checks"),
            "warned": whole("checks"),
            "checks": listing("all of them", record("a check", _CHECK)),
        },
    ),
    Answer(
        "dependencies",
        "kit dependencies",
        "Which service called which.",
        {
            "windows": whole("windows of 5 minutes"),
            "windows_changed": whole("windows whose rows were written anew"),
            "since": or_null(text("beginning of the first window, ISO 8601; null where there is none")),
            "traces": whole("traces that were counted"),
            "traces_cut": whole("traces with more spans than are read of one"),
            "calls": listing("by caller and called", record("an edge of the graph", _CALL)),
        },
    ),
)
