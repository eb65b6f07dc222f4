"""Print the result of `kit verify` as text or JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, ClassVar, Literal

from kit.operate.verify.ledger import QUEUED_BEFORE, LedgerLine
from kit.operate.verify.queues import Queue
from kit.operate.verify.run import Verification
from kit.printing import show
from kit.terminal import Output, bold, say


@dataclass(frozen=True, slots=True)
class CrossingRow:
    """A stream, as the traces show it."""

    stream: Annotated[str, "name of the Redis stream"]
    messages: Annotated[int, "messages that a consumer processed"]
    edge: Annotated[Literal["parent", "link"], "how consumers continue a request"]
    wait_ms_median: Annotated[float, "median time in the stream, ms"]
    wait_ms_max: Annotated[float, "longest time in the stream, ms"]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One line of the span ledger, in spans."""

    hop: Annotated[str, "hop or transfer"]
    came: Annotated[int, "spans in"]
    went: Annotated[int, "spans out"]
    waiting: Annotated[int, "increase of the waiting spans, negative for a decrease"]
    lost: Annotated[Mapping[str, Annotated[int, "spans"]], "lost spans, by reason"]
    extra: Annotated[int, "spans received beyond those sent: sent again, or by other senders"]
    problem: Annotated[str, "reason why the line does not balance, or empty"]
    unexplained: Annotated[int, "spans that no counter explains"]
    before: Annotated[int, "spans that waited at the beginning"]
    still: Annotated[int, "spans that wait at the end"]
    stuck: Annotated[int, "spans that wait at the end and do not move (upper bound)"]
    ok: Annotated[bool, "whether nothing is lost, stuck or unexplained"]


@dataclass(frozen=True, slots=True)
class VerifyAnswer:
    """Whether marked requests were delivered, and the account of every span."""

    KIND: ClassVar = "verify"

    ok: Annotated[bool, "whether every request was delivered and every span is accounted for"]
    requests: Annotated[int, "marked requests that were sent"]
    services: Annotated[Mapping[str, Annotated[int, "spans"]], "spans found, by service"]
    queues: Annotated[list[CrossingRow], "streams, as the traces show them"]
    backlog: Annotated[list[Queue], "streams at the end, as Redis shows them"]
    visible_after_s: Annotated[
        float | None,
        "time from the last delivery until all marked traces were complete, s, or null if they never were",
    ]
    ledger: Annotated[list[LedgerRow], "span ledger, one row per hop"]
    problems: Annotated[list[Annotated[str, "a problem, with its hop"]], "all problems"]


def report(result: Verification, output: Output) -> None:
    """Print the answer to stdout and the verdict to stderr."""
    answer = VerifyAnswer(
        ok=result.ok,
        requests=result.sent,
        services=result.services,
        queues=[
            CrossingRow(
                one.stream,
                one.messages,
                "link" if one.edge == "link" else "parent",
                one.median_wait,
                max(one.waits, default=0.0),
            )
            for one in result.queues
        ],
        backlog=result.backlog,
        visible_after_s=result.visible_after,
        ledger=[
            LedgerRow(**asdict(one), unexplained=one.unexplained, still=one.still, ok=one.ok)
            for one in result.entries
        ],
        problems=result.problems,
    )
    show(answer, output, _lines(result))


def _lines(result: Verification) -> Iterator[str]:
    services = ", ".join(f"{name} {count}" for name, count in result.services.items())
    yield f"{result.sent} requests; spans found: {services}"
    for queue in result.queues:
        yield f"{queue.stream}: {queue.messages} messages by {queue.edge}, median wait {queue.median_wait:.1f} ms"
    if result.visible_after is not None:
        yield f"all traces complete in Jaeger {result.visible_after:.2f} s after the last delivery"
    yield ""
    heads = f"{'spans':<24} {'before':>8} {'in':>8} {'out':>8} {'waiting':>8} {'lost':>6} {'unexplained':>12}"
    yield bold(heads, sys.stdout)
    for entry in result.entries:
        yield _line(entry)
    if result.ok:
        say(_verdict(result))
    else:
        for problem in result.problems:
            say(f"problem: {problem}")


def _verdict(result: Verification) -> str:
    still = sum(entry.still for entry in result.entries if entry.hop != QUEUED_BEFORE)
    if still:
        return f"every span is accounted for ({still:,} still wait in a queue that moves)"
    return "every span is accounted for"


def _line(entry: LedgerLine) -> str:
    lost = sum(entry.lost.values())
    extra = f"  +{entry.extra} sent again or by other senders" if entry.extra else ""
    stuck = "  stuck" if entry.stuck else ""
    numbers = f"{entry.before:>8} {entry.came:>8} {entry.went:>8} {entry.still:>8} {lost:>6} {entry.unexplained:>12}"
    return f"{entry.hop:<24} {numbers}{extra}{stuck}"
