"""`kit verify`: send requests, follow their traces, account for every span."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kit.operate.own_services import needs_samples, refuse_sampling
from kit.operate.runtime import Runtime
from kit.operate.verify.counters import Counters, read_counters, read_one_after_another
from kit.operate.verify.ledger import LedgerLine, ledger
from kit.operate.verify.marked import Marked, send_marked
from kit.operate.verify.queues import Queue, both
from kit.operate.verify.traces import (
    SERVICES,
    Crossing,
    crossings,
    is_whole,
    missing_attributes,
    service_counts,
    with_linked_traces,
    wrong_edges,
)
from kit.operate.verify.watch import LOOK_SECONDS, STUCK_SECONDS, Watch

if TYPE_CHECKING:
    from analysis.model import Trace

_POLL_SECONDS = 0.1
_MOST_OTHERS = 1000
_JAEGER_SECONDS = 5.0


@dataclass(slots=True)
class Verification:
    """The result of `verify`.

    Attributes:
        sent: Number of marked requests.
        services: Number of spans found, by service.
        queues: The streams, as the traces show them.
        backlog: The streams at the end, as Redis shows them.
        visible_after: Seconds from the last delivery until all marked traces were complete; None if they never were.
        entries: The span ledger.
        problems: All problems, each with its hop.
    """

    sent: int
    services: Mapping[str, int] = field(default_factory=dict)
    queues: list[Crossing] = field(default_factory=list)
    backlog: list[Queue] = field(default_factory=list)
    visible_after: float | None = None
    entries: list[LedgerLine] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every request was delivered and every span accounted for."""
        return not self.problems and all(entry.ok for entry in self.entries)


def verify(runtime: Runtime, *, count: int, wait: float) -> Verification:
    """Follow `count` marked requests through a deployment.

    Args:
        runtime: The running deployment.
        count: Number of coupons to request.
        wait: Maximum seconds to wait for the deliveries, and again for the traces.

    Raises:
        MachineError: The API does not answer.
        UserError: The deployment runs without the samples, or does not keep every trace.
    """
    api = needs_samples("kit verify", runtime.urls)
    refuse_sampling("kit verify", runtime.sampled)
    result = Verification(sent=count)
    before, began = read_one_after_another(runtime, runtime.pipeline[::-1]), time.time_ns()
    marked = send_marked(api, count, wait)
    result.backlog = both(runtime.queues.streams())
    result.problems += _stuck(marked, result.backlog)
    found = _follow(runtime, marked, result, wait)
    watch = _settled(runtime, before, wait)
    after = read_one_after_another(runtime, runtime.pipeline)
    stuck = watch.stuck(min(STUCK_SECONDS, wait))
    spans = [span for trace in found for span in trace.spans]
    result.services = service_counts(found)
    result.queues = crossings(spans, runtime.propagation)
    result.problems += _once(wrong_edges(found, runtime.propagation))
    result.problems += _once(missing_attributes(spans, marked.campaign))
    result.entries = ledger(
        runtime.pipeline,
        before,
        after,
        found=_count_all(runtime, found, marked, began),
        stuck={one.component: one.least for one in stuck},
    )
    result.problems += [f"stuck: {one.told()}; run kit doctor" for one in stuck]
    result.problems += [_told(entry) for entry in result.entries if _unbalanced(entry)]
    return result


def _stuck(marked: Marked, backlog: list[Queue]) -> list[str]:
    if not marked.undelivered:
        return []
    problems = [f"{len(marked.undelivered)} of {len(marked.traces)} requests were not delivered"]
    for queue in backlog:
        if queue.unread:
            problems.append(
                f"{queue.stream}: {queue.unread} entries wait, and {queue.group} reads none of them"
            )
        if queue.dead:
            problems.append(f"{queue.stream}: {queue.dead} dead letters; `kit queues` shows the reasons")
        if queue.pending:
            problems.append(
                f"{queue.stream}: {queue.pending} entries were delivered to {queue.group} and not acknowledged"
            )
    return problems


def _follow(runtime: Runtime, marked: Marked, result: Verification, wait: float) -> list[Trace]:
    """Fetch the marked traces until all are complete, and return the traces found."""
    from analysis.errors import JaegerError
    from analysis.sources.jaeger import JaegerClient

    delivered = [trace for request, trace in marked.traces.items() if request not in marked.undelivered]
    waiting, whole = list(delivered), dict[str, list["Trace"]]()
    deadline = time.monotonic() + wait
    try:
        with JaegerClient(runtime.urls["jaeger"], timeout_s=_JAEGER_SECONDS) as client:
            while waiting and time.monotonic() < deadline:
                for trace_id in list(waiting):
                    traces = with_linked_traces(client, trace_id)
                    whole[trace_id] = traces
                    if is_whole(traces):
                        waiting.remove(trace_id)
                if waiting:
                    time.sleep(_POLL_SECONDS)
            if waiting:
                result.problems.append(
                    f"{len(waiting)} of {len(delivered)} delivered requests have no complete trace"
                )
            elif marked.delivered_at:
                result.visible_after = time.monotonic() - marked.delivered_at
    except JaegerError as error:
        result.problems.append(f"jaeger: {error.message}")
    return list({trace.trace_id: trace for traces in whole.values() for trace in traces}.values())


def _settled(runtime: Runtime, before: Counters, wait: float) -> Watch:
    """Watch the queues until each was empty once and all spans are explained, for at most `wait` seconds.

    Under other load a queue may never be empty. Then it must keep moving.
    """
    watch = Watch(runtime.pipeline)
    while True:
        now = read_counters(runtime)
        watch.look(now, time.monotonic())
        balanced = all(entry.ok for entry in ledger(runtime.pipeline, before, now, found=None))
        # The time starts with the first look: earlier movements are unknown.
        if (watch.settled and balanced) or watch.seconds >= wait:
            return watch
        time.sleep(LOOK_SECONDS)


def _count_all(runtime: Runtime, found: list[Trace], marked: Marked, began: int) -> int | None:
    """Return the number of spans in Jaeger since `began`, of all senders; None if it is unknown."""
    from analysis.errors import AnalysisError, TraceNotFoundError
    from analysis.search import Query
    from analysis.sources.jaeger import JaegerClient

    counts = {trace.trace_id: len(trace.spans) for trace in found}
    try:
        with JaegerClient(runtime.urls["jaeger"], timeout_s=_JAEGER_SECONDS) as client:
            for trace_id in filter(None, marked.others + list(marked.traces.values())):
                if trace_id not in counts:
                    try:
                        counts[trace_id] = len(client.trace(trace_id).spans)
                    except TraceNotFoundError:
                        counts[trace_id] = 0
            for service in SERVICES:
                query = Query(service=service, start_ns=began, end_ns=time.time_ns(), limit=_MOST_OTHERS)
                others = client.search(query).traces
                if len(others) >= _MOST_OTHERS:  # the search stopped at its limit, so a sum may be too low
                    return None
                for trace in others:
                    counts[trace.trace_id] = len(trace.spans)
    except AnalysisError:
        return None
    return sum(counts.values())


def _once(texts: Iterable[str]) -> list[str]:
    """Return each problem once, with its number."""
    counted = Counter(texts)
    return [text + (f" ({count} times)" if count > 1 else "") for text, count in counted.items()]


def _unbalanced(entry: LedgerLine) -> bool:
    """Whether a line has a problem other than stuck spans, which are a separate problem."""
    return bool(entry.problem or entry.lost or entry.unexplained)


def _told(entry: LedgerLine) -> str:
    lost = [f"{count} {reason}" for reason, count in entry.lost.items()]
    unexplained = [f"{entry.unexplained} spans are not explained by any counter"] if entry.unexplained else []
    return f"{entry.hop}: " + "; ".join([*([entry.problem] if entry.problem else []), *lost, *unexplained])
