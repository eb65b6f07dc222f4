"""Detectors of waits within a service: for a connection of a pool, and cache stampedes."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from analysis.columns.groups import alike, children_of
from analysis.columns.table import NOWHERE
from analysis.lint.calls import CallKind, total_ms
from analysis.lint.lint_rules import LEAST_MISSES, LEAST_WAIT_MS, LEAST_WAIT_SHARE, POOL, STAMPEDE
from analysis.lint.lint_spans import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.columns.table import Mask
    from analysis.lint.lint_spans import LintSpans

    Load: TypeAlias = tuple[int, int, int]
    """Start, end and row of the load of a value after a cache miss."""

POOL_NAME = ("db.client.connection.pool.name", "pool.name")
PATH = ("url.path", "http.target")

_CACHE = ("cache.result", "cache.status", "cache.hit", "cache.key")

NEEDED = (*POOL_NAME, *PATH, *_CACHE, *(f"*.{key}" for key in _CACHE))
"""The attributes that a table must hold for these questions."""

_POOL_SPAN = re.compile(
    r"\b(?:pool|connection)s?\b.*\b(?:wait|checkout|check out|acquire|borrow)"
    r"|\b(?:wait|acquire|checkout)\w*\b.*\bpool\b"
    r"|getconnection",
    re.IGNORECASE,
)
_RESULT = re.compile(r"(?:^|\.)cache\.(?:result|status|hit)$")
_KEY = re.compile(r"(?:^|\.)cache\.key$")
_MISSED = {"miss", "false"}
_READS, _WRITES = {"GET", "HGET", "HGETALL", "MGET"}, {"SET", "SETEX", "PSETEX", "HSET", "HMSET"}


def pool_waits(spans: LintSpans) -> Iterator[Violation]:
    """Yield requests that wait for a connection of a pool."""
    table = spans.table
    rows = np.flatnonzero(_waits_for_pool(spans))
    for waits in alike(rows, spans.entry[rows]):
        first = int(waits[0])
        entry, waited = int(spans.entry[first]), total_ms(table, waits)
        if table.unfinished[entry]:
            continue  # without an end, the wait's share is unknown
        took = int(table.end_ns[entry] - table.start_ns[entry]) / 1_000_000
        if waited >= LEAST_WAIT_MS and waited >= LEAST_WAIT_SHARE * took:
            pool = spans.words.of(first, *POOL_NAME) or table.name_of(first)
            yield Violation(
                rule=POOL,
                entry=spans.entry_of(first),
                subject=pool,
                found=f"waits {waited:.3g} of {took:.3g} ms for a connection of the pool {pool}",
                traces=spans.trace_of(first),
                cost_ms=waited,
            )


def stampedes(spans: LintSpans) -> Iterator[Violation]:
    """Yield concurrent loads of one key; the first is necessary, each other one is a violation."""
    loads: dict[tuple[str, str], list[Load]] = defaultdict(list)
    for key, load in (*_marked(spans), *_seen(spans)):
        loads[spans.table.service_of(load[2]), key].append(load)
    for (_, key), found in loads.items():
        known = [load for load in found if not spans.table.unfinished[load[2]]]
        for together in _at_once(known):
            for start, end, row in together[1:]:
                yield Violation(
                    rule=STAMPEDE,
                    entry=spans.entry_of(row),
                    subject=key,
                    found=f"{len(together)} loads of {key} at once",
                    traces=spans.trace_of(row),
                    cost_ms=(end - start) / 1_000_000,
                )


def _waits_for_pool(spans: LintSpans) -> Mask:
    # Some instrumentations set the pool's name on statements too; these are work, not a wait.
    of, said = spans.calls.of, spans.calls.statement != NOWHERE
    is_statement = (of[CallKind.SQL] | of[CallKind.REDIS]) & said
    named = spans.words.codes(*POOL_NAME) != NOWHERE
    waits: Mask = (named | spans.words.names_fit(_POOL_SPAN.search)) & ~is_statement
    return waits


def _marked(spans: LintSpans) -> Iterator[tuple[str, Load]]:
    """Yield key and load of each span with an attribute that marks a cache miss."""
    table = spans.table
    is_miss = np.array([str(value).lower() in _MISSED for value in table.values] + [False])
    missed = np.zeros(len(table), bool)
    for key in table.keys:
        if _RESULT.search(key):
            missed |= is_miss[table.codes(key)]
    keys = [key for key in table.keys if _KEY.search(key)]
    for row in np.flatnonzero(missed).tolist():
        named = spans.words.of(row, *keys) or spans.words.of(int(spans.entry[row]), *PATH)
        if named:
            yield named, (int(table.start_ns[row]), int(table.end_ns[row]), row)


def _seen(spans: LintSpans) -> Iterator[tuple[str, Load]]:
    """Yield key and load if a key is read from Redis, a query follows, and the same key is written to Redis."""
    table, calls = spans.table, spans.calls
    reads = calls.fit(CallKind.REDIS, _READS.__contains__)
    writes = calls.fit(CallKind.REDIS, _WRITES.__contains__)
    queries = calls.any & ~calls.of[CallKind.REDIS]
    has = []
    for kind in (reads, writes, queries):
        parents = np.zeros(len(table) + 1, bool)  # the last entry is for -1
        parents[table.parent[kind]] = True
        has.append(parents[:-1])
    for children in children_of(table, np.flatnonzero(np.logical_and.reduce(has))):
        read: dict[str, int] = {}
        queried = False
        for child in children.tolist():
            if reads[child] or writes[child]:
                key = _redis_key(calls.statement_of(child))
                if key and reads[child]:
                    read[key], queried = child, False
                elif writes[child] and key in read and queried:
                    first = read.pop(key)
                    yield key, (int(table.start_ns[first]), int(table.end_ns[child]), child)
            elif queries[child]:
                queried = True


def _redis_key(command: str) -> str:
    """Return the key of a command; empty if the values were removed."""
    words = command.split()
    return words[1] if len(words) > 1 and words[1] != "?" else ""


def _at_once(loads: list[Load]) -> Iterator[list[Load]]:
    """Yield groups of loads that overlap at one moment; each load is in at most one group."""
    loads.sort()
    group: list[Load] = []
    first_end = 0
    for load in loads:
        if group and load[0] >= first_end:
            if len(group) >= LEAST_MISSES:
                yield group
                group = []
            group = [one for one in group if one[1] > load[0]]
            first_end = min((one[1] for one in group), default=load[1])
        first_end = min(first_end, load[1]) if group else load[1]
        group.append(load)
    if len(group) >= LEAST_MISSES:
        yield group
