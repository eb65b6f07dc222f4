"""The same call again and again: N+1 queries, N+1 Redis commands, and many of these that one pipeline would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.lint.calls import Target, in_a_row, longest_ms, same_call, target_of, total_ms
from analysis.lint.look import Hit
from findings.rule import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.lint.look import Look
    from analysis.model import Span

LEAST_REPEATS = 5
"""So many times the same call is a loop. Sentry's N+1 detector and perf-sentinel both begin at 5."""

LEAST_SQL_MS = 50.0
"""So much time must a loop of statements take, together: Sentry's threshold of its N+1 detector,"""

MANY_REPEATS = 10
"""or there are more than so many: Jaeger's advice for finding N+1 queries says more than 10 near-identical spans."""

CHATTY_CALLS = 15
"""So many Redis commands in a row are many: perf-sentinel's threshold of a chatty service."""

N_PLUS_ONE = Rule(
    id="KIT201",
    title="A request does not repeat the same statement in a loop (N+1)",
    severity=Severity.WARNING,
    reason="Each repetition is a round trip to the database, and their number grows with the data.",
    source=(
        f"Sentry's N+1 detector (at least {LEAST_REPEATS} non-overlapping spans of one parent with the same statement, "
        f"{LEAST_SQL_MS:g} ms together) and Jaeger's advice (more than {MANY_REPEATS}); unlike Sentry's, no query "
        "must come first: a loop over rows from a cache or a message costs the same"
    ),
    fix="read all rows at once: WHERE id IN (…), a JOIN, or the ORM's eager loading; write with executemany",
    bad="one request, five times: SELECT * FROM items WHERE id = ?   (12 ms each, one after the other)",
    good="one request, once: SELECT * FROM items WHERE id IN (?, ?, ?, ?, ?)",
)
REDIS_LOOP = Rule(
    id="KIT202",
    title="A request does not repeat the same Redis command in a loop",
    severity=Severity.WARNING,
    reason="Redis answers in microseconds; what takes time is the round trip, once for each command.",
    source=(
        f"Sentry's N+1 rule applied to Redis, which Sentry leaves out: at least {LEAST_REPEATS} commands; without a "
        "floor in milliseconds, since the round trips are the waste"
    ),
    fix="ask once: MGET, HMGET, SMISMEMBER, or a pipeline",
    bad="one request: GET user:1, GET user:2, GET user:3, GET user:4, GET user:5",
    good="one request: MGET user:1 user:2 user:3 user:4 user:5",
)
CHATTY = Rule(
    id="KIT203",
    title="A request does not send many Redis commands one by one",
    severity=Severity.WARNING,
    reason="Each command waits for the answer to the one before it, whether it needs that answer or not.",
    source=f"perf-sentinel's chatty service: at least {CHATTY_CALLS} calls; here in a row, with nothing else between",
    fix="send them together: a pipeline, or a Lua script where one needs another's answer",
    bad=f"one request, one after the other: {CHATTY_CALLS} times GET, HGET, INCR, EXPIRE, …",
    good="one request: the same commands in one pipeline",
)


def loops(look: Look) -> Iterator[Hit]:
    """Where the same call is repeated, and where Redis commands follow each other."""
    for trace in look.traces:
        for parent in trace.spans:
            children = trace.children(parent)
            if len(children) < LEAST_REPEATS:
                continue
            told: set[int] = set()
            for target, rule in ((Target.SQL, N_PLUS_ONE), (Target.REDIS, REDIS_LOOP)):
                calls = [child for child in children if target_of(child) is target]
                for run in in_a_row(calls, same_call):
                    if _is_loop(run, target):
                        told.update(id(call) for call in run)
                        yield _hit(look, rule, run, f"{len(run)} times {_named(run[0], target)}")
            yield from _chatty(look, children, told)


def _is_loop(run: Sequence[Span], target: Target) -> bool:
    if len(run) < LEAST_REPEATS:
        return False
    return target is Target.REDIS or len(run) > MANY_REPEATS or total_ms(run) >= LEAST_SQL_MS


def _chatty(look: Look, children: Sequence[Span], told: set[int]) -> Iterator[Hit]:
    for block in _blocks(children):
        for run in in_a_row(block, lambda _: None):
            others = [call for call in run if id(call) not in told]
            if len(others) >= CHATTY_CALLS:
                yield _hit(look, CHATTY, others, f"{len(others)} Redis commands in a row", subject="redis")


def _blocks(children: Sequence[Span]) -> Iterator[list[Span]]:
    """The Redis commands between which nothing else is done."""
    block: list[Span] = []
    for child in children:
        if target_of(child) is Target.REDIS:
            block.append(child)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _hit(look: Look, rule: Rule, run: Sequence[Span], found: str, subject: str = "") -> Hit:
    total = total_ms(run)
    return Hit(
        rule=rule,
        entry=look.entry(run[0]),
        subject=subject or same_call(run[0]),
        found=f"{found}, {total:.3g} ms together",
        trace_id=run[0].trace_id,
        # One call for all of them takes about as long as the longest of them.
        cost_ms=total - longest_ms(run),
        details={"calls": len(run), "total_ms": total},
    )


def _named(call: Span, target: Target) -> str:
    said = same_call(call)
    return f"{'Redis ' if target is Target.REDIS else ''}{said if len(said) <= 80 else said[:79] + '…'}"
