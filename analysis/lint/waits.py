"""Time spent waiting for others of the same service: for a connection of a pool, and a cache that all fill at once."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from analysis.lint.calls import Target, command_of, statement_of, target_of, text_of, total_ms
from analysis.lint.look import Hit
from findings.rule import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.lint.look import Look
    from analysis.model import Span, Trace

LEAST_WAIT_MS = 10.0
LEAST_WAIT_SHARE = 0.1
"""A request waits for its pool when it waits so long, and so much of its time: the share is that of Sentry's
detectors; 10 ms are about what a service's own statements take."""

LEAST_MISSES = 5
"""So many requests that load the same value at once are a stampede: as many as make a loop an N+1."""

POOL = Rule(
    id="KIT205",
    title="Requests do not wait for a connection of the pool",
    severity=Severity.WARNING,
    reason="The database may be idle while requests queue in front of the pool, and none of its own figures shows it.",
    source=(
        "OpenTelemetry's db.client.connection.pool.name and wait_time; "
        f"at least {LEAST_WAIT_MS:g} ms and {LEAST_WAIT_SHARE:.0%} of the request"
    ),
    fix="hold connections for a shorter time (no calls to others inside), then enlarge the pool",
    bad="POST /orders 200 ms: pool checkout 150 ms, INSERT 8 ms",
    good="POST /orders 50 ms: pool checkout 1 ms, INSERT 8 ms",
)
STAMPEDE = Rule(
    id="KIT206",
    title="A value that expired in a cache is loaded once, not by everybody at once",
    severity=Severity.WARNING,
    reason="When a hot key expires, all requests load it: the database gets the whole load that the cache took.",
    source=(
        f"at least {LEAST_MISSES} loads of one key in flight at one moment; a miss is told by an attribute "
        "…cache.result = miss or …cache.hit = false, or seen as a read and a write of one key in Redis around a query"
    ),
    fix="let one reader load it (a lock or single flight), refresh before it expires, and spread expiry times",
    bad="50 requests within 20 ms: GET product:7 (nothing), SELECT products, SET product:7",
    good="one of them loads; 49 wait for it, or take the old value",
)

_POOL_NAME = re.compile(
    r"\b(?:pool|connection)s?\b.*\b(?:wait|checkout|check out|acquire|borrow)"
    r"|\b(?:wait|acquire|checkout)\w*\b.*\bpool\b"
    r"|getconnection",
    re.IGNORECASE,
)
_RESULT = re.compile(r"(?:^|\.)cache\.(?:result|status|hit)$")
_KEY = re.compile(r"(?:^|\.)cache\.key$")
_MISSED = {"miss", "false"}
_READS, _WRITES = {"GET", "HGET", "HGETALL", "MGET"}, {"SET", "SETEX", "PSETEX", "HSET", "HMSET"}


def pool_waits(look: Look) -> Iterator[Hit]:
    """Requests that wait for a connection."""
    for trace in look.traces:
        waits: dict[int, list[Span]] = defaultdict(list)
        for span in trace.spans:
            if _waits_for_pool(span):
                waits[id(look.entry_span(span))].append(span)
        for spans in waits.values():
            entry, waited = look.entry_span(spans[0]), total_ms(spans)
            took = entry.duration_ns / 1_000_000
            if waited >= LEAST_WAIT_MS and waited >= LEAST_WAIT_SHARE * took:
                pool = _pool_of(spans[0])
                yield Hit(
                    rule=POOL,
                    entry=look.entry(spans[0]),
                    subject=pool,
                    found=f"{waited:.3g} of {took:.3g} ms are a wait for the pool {pool}",
                    trace_id=trace.trace_id,
                    cost_ms=waited,
                )


def stampedes(look: Look) -> Iterator[Hit]:
    """Loads of one key by many at once; the first of them is needed, each other one is a hit."""
    loads: dict[tuple[str, str], list[tuple[int, int, Span]]] = defaultdict(list)
    for trace in look.traces:
        for service, key, start, end, span in _loads(look, trace):
            loads[service, key].append((start, end, span))
    for (_, key), found in loads.items():
        for together in _at_once(found):
            for _, _, span in together[1:]:
                yield Hit(
                    rule=STAMPEDE,
                    entry=look.entry(span),
                    subject=key,
                    found=f"{len(together)} loads of {key} at once",
                    trace_id=span.trace_id,
                    cost_ms=next(end - start for start, end, one in together if one is span) / 1_000_000,
                )


def _waits_for_pool(span: Span) -> bool:
    # A statement of some instrumentations carries the pool's name, too: that is work, not a wait.
    if target_of(span) in (Target.SQL, Target.REDIS) and statement_of(span):
        return False
    return bool(text_of(span, "db.client.connection.pool.name", "pool.name")) or bool(
        _POOL_NAME.search(span.name)
    )


def _pool_of(span: Span) -> str:
    return text_of(span, "db.client.connection.pool.name", "pool.name") or span.name


def _loads(look: Look, trace: Trace) -> Iterator[tuple[str, str, int, int, Span]]:
    """Service, key, start, end and span of each load of a value that a cache didn't have."""
    for span in trace.spans:
        if any(
            _RESULT.search(key) and str(value).lower() in _MISSED for key, value in span.attributes.items()
        ):
            key = _key_of(span) or text_of(look.entry_span(span), "url.path", "http.target")
            if key:
                yield span.service, key, span.start_ns, span.end_ns, span
        yield from _loads_seen(trace.children(span))


def _key_of(span: Span) -> str:
    named = (value for key, value in span.attributes.items() if _KEY.search(key))
    return next((value for value in named if isinstance(value, str)), "")


def _loads_seen(children: Sequence[Span]) -> Iterator[tuple[str, str, int, int, Span]]:
    """A key read from Redis, a query, and the same key written to Redis."""
    read: dict[str, Span] = {}
    queried = False
    for child in children:
        target = target_of(child)
        if target is Target.REDIS:
            command, key = command_of(child), _redis_key(child)
            if key and command in _READS:
                read[key], queried = child, False
            elif command in _WRITES and key in read and queried:
                first = read.pop(key)
                yield child.service, key, first.start_ns, child.end_ns, child
        elif target is not None:
            queried = True


def _redis_key(span: Span) -> str:
    """The key of a command; empty where the statement was stripped of its values."""
    words = statement_of(span).split()
    return words[1] if len(words) > 1 and words[1] != "?" else ""


def _at_once(loads: list[tuple[int, int, Span]]) -> Iterator[list[tuple[int, int, Span]]]:
    """Groups that are all in flight at one moment, each load in one group at most."""
    loads.sort(key=lambda load: (load[0], load[1]))
    group: list[tuple[int, int, Span]] = []
    for load in loads:
        if group and load[0] >= min(end for _, end, _ in group):
            if len(group) >= LEAST_MISSES:
                yield group
                group = []
            group = [one for one in group if one[1] > load[0]]
        group.append(load)
    if len(group) >= LEAST_MISSES:
        yield group
