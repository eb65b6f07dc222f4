"""Queues as seen in traces, to find whether the consumer or the wait before it is slow.

There is one row for each queue and consumer group. A consumer's time per message is not the mean of its spans, because
the spans of one batch run in parallel. It is S = busy time / messages. Busy time is the time that the process spans of
one consumer (`service.instance.id`, else the service) cover, summed over all consumers. With A arriving messages a
second:

    utilisation of c consumers   U = A * S / c
    consumers for U <= 80 %      c = ceil(A * S / 0.8)
    consumers for a wait         the least c with C(c, A * S) * exp(-(c / S - A) * T) <= 1 - q

The last formula is for an M/M/c queue (C is Erlang C): the share q of the messages waits at most T. Real traffic has
more bursts than this model, so the result is a lower bound.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np

from analysis.columns.intervals import covered
from analysis.columns.table import NOWHERE
from analysis.columns.times import queue_wait_ns, senders
from analysis.coverage import SpansRead
from analysis.model import SpanKind
from analysis.objectives import Verdict, judge
from analysis.percentiles import Percentiles, percentile, percentiles
from analysis.queue_wait import QUEUE_WAIT_ATTRIBUTE
from analysis.semantics import DESTINATION, GROUP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.columns.table import Mask, Rows, SpanTable
    from analysis.objectives import Objective

INSTANCE = "service.instance.id"
BATCH = "messaging.batch.message_count"
DELIVERIES = "messaging.redis.delivery_count"
DEAD_REASON = "messaging.redis.dead_letter.reason"
OPERATION_TYPE = "messaging.operation.type"

NEEDED = (DESTINATION, GROUP, INSTANCE, BATCH, DELIVERIES, DEAD_REASON, OPERATION_TYPE, QUEUE_WAIT_ATTRIBUTE)
"""Attributes that a table must hold for `queues`."""

HIGHEST_UTILISATION = 0.8
"""Limit for utilisation. Above it, waits grow steeply: at 80 %, an M/M/1 queue waits four times its service time."""

_MOST_CONSUMERS = 10_000


@dataclass(frozen=True, slots=True)
class ConsumersNeeded:
    """Number of consumers needed for a goal."""

    for_: Annotated[str, "the goal"]
    consumers: Annotated[int | None, "number of consumers, or null if no number is enough"]


@dataclass(frozen=True, slots=True)
class Backlog:
    """Number of entries that are in a queue now, as reported by Redis."""

    unread: Annotated[int, "entries not yet delivered to a consumer"]
    pending: Annotated[int, "entries delivered but not yet acknowledged"]


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue and a consumer group."""

    queue: Annotated[str, "`messaging.destination.name`, else the span's name"]
    group: Annotated[str | None, "the consumer group, or null if the spans name none"]
    service: Annotated[str, "service of the consumer"]
    messages: Annotated[int, "messages that were processed"]
    errors: Annotated[int, "processed messages with status error"]
    wait: Annotated[Percentiles | None, "queue wait, or null if unknown"]
    processing: Annotated[
        Percentiles | None, "duration of the process spans with a known end, or null if there is none"
    ]
    batch_mean: Annotated[float, "batch size, mean over messages"]
    redelivered: Annotated[int, "deliveries after the first one"]
    dead: Annotated[dict[str, Annotated[int, "messages"]], "dead messages by reason"]
    sent: Annotated[int, "messages sent in the window, or 0 if no producer's span was read"]
    arrival_rate_per_s: Annotated[
        float | None, "`sent` (or `messages`, if that is 0) a second, or null if the window has no length"
    ]
    service_rate_per_s: Annotated[float | None, "messages a second that these consumers can process"]
    service_time_ns: Annotated[float, "busy time of the consumers / messages, ns"]
    utilisation: Annotated[
        float | None, "share of time that the consumers are busy (above 1 the queue grows)"
    ]
    consumers: Annotated[int, "number of consumers with spans"]
    consumers_needed: Annotated[
        list[ConsumersNeeded], "consumers needed for 80 % utilisation, then for each objective on the wait"
    ]
    backlog: Annotated[
        Backlog | None, "entries in Redis now, or null if Redis was not queried or has no such group"
    ]
    objectives: Annotated[list[Verdict], "objectives on its wait"]


@dataclass(frozen=True, slots=True)
class QueuesAnswer:
    """Each queue and consumer group, longest total wait first."""

    KIND: ClassVar = "traces.queues"

    window_ns: Annotated[int, "length of the window for rates, ns"]
    percentile_method: Annotated[str, "how percentiles are computed"]
    queues: Annotated[list[Queue], "queues, longest total wait first"]
    objectives: Annotated[list[Verdict], "all objectives, including those that match no queue"]
    coverage: Annotated[SpansRead, "what was read"]


def process_rows(table: SpanTable, among: Mask) -> Rows:
    """Return the rows of consumers' spans that process a message, without those that only receive."""
    only_receive = np.array([value == "receive" for value in table.values] + [False])[
        table.codes(OPERATION_TYPE)
    ]
    return np.flatnonzero(table.is_kind(SpanKind.CONSUMER) & ~only_receive & among)


def queues(
    table: SpanTable, rows: Rows, sent_within: Mask, *, window_ns: int, objectives: Sequence[Objective] = ()
) -> list[Queue]:
    """Return the queues, longest total wait first.

    Args:
        table: all spans, with the attributes `NEEDED`.
        rows: see `process_rows`.
        sent_within: mask of the spans in the window; the producers among them count as arrivals.
        window_ns: length of the window; 0 if unknown.
        objectives: objectives; those on waits are checked, matched by service and span or queue name.
    """
    wait = queue_wait_ns(table, senders(table))
    groups = by_queue(table, rows)
    producers = np.flatnonzero(table.is_kind(SpanKind.PRODUCER) & sent_within)
    sent = Counter(_named(table, DESTINATION, producers))
    found = [
        _queue(table, key, np.array(members, np.int64), wait[members], sent[key[0]], window_ns, objectives)
        for key, members in groups.items()
    ]
    return sorted(
        found,
        key=lambda it: (
            -(it.wait.mean_ns * it.wait.count if it.wait else 0),
            it.queue,
            it.group or "",
            it.service,
        ),
    )


def by_queue(table: SpanTable, rows: Rows) -> dict[tuple[str, str, str], list[int]]:
    """Group process spans by queue, consumer group (empty if unknown) and the consumer's service."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    destination, texts = _named(table, DESTINATION, rows), _group_texts(table, rows)
    for row, name, group in zip(rows.tolist(), destination, texts, strict=True):
        groups.setdefault((name, group, table.service_of(row)), []).append(row)
    return groups


def queue_names(table: SpanTable, rows: Rows) -> tuple[Rows, list[tuple[str, str]]]:
    """Name process spans by the consumer's service and the queue.

    The name ends with the consumer group in brackets unless that is the service.

    Args:
        table: the spans.
        rows: rows to name.

    Returns:
        An index for each row, and the pairs of service and name that it points to.
    """
    destination = table.codes(DESTINATION)[rows]
    by_name = np.where(destination == NOWHERE, table.name[rows], NOWHERE)
    keys = np.stack([destination, by_name, table.codes(GROUP)[rows], table.service[rows]])
    unique, index = np.unique(keys, axis=1, return_inverse=True)
    names = []
    for named, spanned, grouped, served in unique.T.tolist():
        name, service = table.texts[spanned] if named == NOWHERE else table.values[named], table.texts[served]
        group = service if grouped == NOWHERE else table.values[grouped]
        names.append((service, str(name) if group in ("", service) else f"{name} ({group})"))
    known = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([known[name] for name in names], np.int64)[index.reshape(-1)], list(known)


def erlang_c(consumers: int, load: float) -> float:
    """Return the probability that a message has to wait in an M/M/c queue; 1 if the load is c or more.

    Args:
        consumers: c, at least 1.
        load: A * S, the average number of busy consumers.
    """
    if load >= consumers:
        return 1.0
    blocked = 1.0  # Erlang B by recursion, because factorials would overflow
    for one in range(1, consumers + 1):
        blocked = load * blocked / (one + load * blocked)
    return blocked / (1 - (load / consumers) * (1 - blocked))


def consumers_for_wait(arrival_rate: float, service_time_s: float, wait_s: float, share: float) -> int | None:
    """Return the smallest c for which the share q waits at most T; None if 10,000 consumers are not enough.

    Args:
        arrival_rate: messages a second.
        service_time_s: S in seconds.
        wait_s: T in seconds.
        share: q, such as 0.99 for a p99.
    """
    load = arrival_rate * service_time_s
    if service_time_s <= 0:
        return 1
    for consumers in range(max(1, math.ceil(load)), _MOST_CONSUMERS + 1):
        drained = math.exp(-max(0.0, consumers / service_time_s - arrival_rate) * wait_s)
        if load < consumers and erlang_c(consumers, load) * drained <= 1 - share:
            return consumers
    return None


def _queue(
    table: SpanTable,
    key: tuple[str, str, str],
    rows: Rows,
    wait: np.ndarray[tuple[int], np.dtype[np.float64]],
    sent: int,
    window_ns: int,
    objectives: Sequence[Objective],
) -> Queue:
    waited = wait[np.isfinite(wait)]
    instance = np.unique(table.codes(INSTANCE)[rows], return_inverse=True)[1].reshape(-1)
    consumers = int(instance.max()) + 1
    busy = int(covered(instance, table.start_ns[rows], table.end_ns[rows], consumers).sum())
    each = busy / max(1, int((~table.unfinished[rows]).sum()))
    window_s = window_ns / 1e9
    rate = (sent or len(rows)) / window_s if window_ns > 0 else None
    done = rows[~table.unfinished[rows]]
    processing = percentiles(table.duration_ns[done])
    batch, deliveries = table.number(BATCH)[rows], table.number(DELIVERIES)[rows]
    dead = table.codes(DEAD_REASON)[rows]
    queue = Queue(
        queue=key[0],
        group=key[1] or None,
        service=key[2],
        messages=len(rows),
        errors=int(table.error[rows].sum()),
        wait=percentiles(waited),
        processing=processing,
        batch_mean=float(np.where(np.isfinite(batch), batch, 1).mean()),
        redelivered=int((deliveries > 1).sum()),
        dead=dict(Counter(str(table.values[code]) for code in dead[dead != NOWHERE].tolist()).most_common()),
        sent=sent,
        arrival_rate_per_s=rate,
        service_rate_per_s=None if not each else consumers / (each / 1e9),
        service_time_ns=each,
        utilisation=None if rate is None else rate * each / 1e9 / consumers,
        consumers=consumers,
        consumers_needed=[],
        backlog=None,
        objectives=[],
    )
    if rate is None:
        return queue
    load = rate * each / 1e9
    queue.consumers_needed.append(
        ConsumersNeeded(
            f"utilisation <= {HIGHEST_UTILISATION:.0%}", max(1, math.ceil(load / HIGHEST_UTILISATION))
        )
    )
    names = {table.name_of(row) for row in rows[:1].tolist()} | {key[0]}
    for objective in objectives:
        if not objective.measure.is_wait or not any(objective.concerns(key[2], name) for name in names):
            continue
        share = objective.measure.percent / 100
        count = consumers_for_wait(rate, each / 1e9, objective.limit / 1e9, share)
        queue.consumers_needed.append(ConsumersNeeded(str(objective), count))
        measured = percentile(waited, objective.measure.percent) if len(waited) else None
        queue.objectives.append(judge(objective, measured, len(waited)))
    return queue


def _named(table: SpanTable, key: str, rows: Rows) -> list[str]:
    """Return an attribute of each row as text, or the span's name without it."""
    codes = table.codes(key)[rows]
    return [
        str(table.values[code]) if code != NOWHERE else table.name_of(row)
        for row, code in zip(rows.tolist(), codes.tolist(), strict=True)
    ]


def _group_texts(table: SpanTable, rows: Rows) -> list[str]:
    return ["" if code == NOWHERE else str(table.values[code]) for code in table.codes(GROUP)[rows].tolist()]
