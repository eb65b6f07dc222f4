"""All traces of a time window from a source whose search returns a sample.

Jaeger's search has no paging. It returns some of the matching traces, not the newest, once there are N of them or
their service has 3N spans (`SearchResult.incomplete`). So the window is walked from its end to its start in slices,
each as wide as the one before suggests; a slice whose answer may be incomplete is asked again in halves. What was read
is then one window without holes, up to now, however early the walk has to stop.

A slow Jaeger is asked for less at a time: after an answer that took long, and again after one that did not come.
"""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.errors import JaegerSlowError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analysis.model import Trace
    from analysis.search import Query, SearchResult, TraceSource

TRACES_A_SLICE = 500
"""How many traces one search asks for: about a second's answer on the storage measured."""

MOST_SPANS = 2_000_000
_NARROWEST_NS = 1_000_000
_FIRST_SLICES = 8

# Seconds. An answer that takes longer makes the next slices smaller, long before it is given up.
_LONG_S = 5.0
_FEWEST = 10


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what was asked for was read.

    Attributes:
        start_ns: the beginning of the window that was asked for.
        end_ns: its end.
        covered_from_ns: everything from here to the end was read; `start_ns` when all was.
        crowded: slices, at their narrowest, that hold more traces than one search returns: (service, start, end).
        requests: searches made.
        traces: traces read.
        stopped: why the walk stopped before the start; empty when it did not.
    """

    start_ns: int
    end_ns: int
    covered_from_ns: int
    crowded: Sequence[tuple[str, int, int]]
    requests: int
    traces: int
    stopped: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether all traces of the window were read."""
        return self.covered_from_ns <= self.start_ns and not self.crowded


def gather(
    source: TraceSource,
    query: Query,
    *,
    a_slice: int = TRACES_A_SLICE,
    most_spans: int = MOST_SPANS,
    most_traces: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[list[Trace], Coverage]:
    """All traces with a span that matches.

    Args:
        source: where to read; its search tells when it may have missed something.
        query: what to search for; start and end must be set, the limit does not count.
        a_slice: how many traces to ask for at once.
        most_spans: stop before there are more spans than this; what is left out is told.
        most_traces: stop once there are as many.
        progress: called after each search with traces read so far and the time down to which all is read.
        clock: seconds; for tests.

    Raises:
        AnalysisError: the source fails. One that is slow is asked for less, and fails when it does not answer for
            a few traces either.
    """
    if query.start_ns is None or query.end_ns is None:
        raise ValueError("a window to gather needs a start and an end")
    services = [query.service] if query.service is not None else source.services()
    walk = _Walk(source, query, a_slice, most_spans, progress, clock)
    # Side by side, so that one window is complete for all of them when the walk must stop.
    ends = dict.fromkeys(services, query.end_ns)

    def has_enough() -> bool:
        return most_traces is not None and len(walk.found) >= most_traces

    while walk.has_room and not has_enough() and any(end >= query.start_ns for end in ends.values()):
        service = max(ends, key=lambda name: ends[name])
        ends[service] = walk.step(service, query.start_ns, ends[service])
    # Each service is read down to just above its entry in `ends`.
    covered = max((end + 1 for end in ends.values()), default=query.start_ns)
    return list(walk.found.values()), Coverage(
        start_ns=query.start_ns,
        end_ns=query.end_ns,
        covered_from_ns=max(query.start_ns, covered),
        crowded=tuple(walk.crowded),
        requests=walk.requests,
        traces=len(walk.found),
        stopped=f"{walk.spans:,} spans were read, the most that are kept"
        if not walk.has_room
        else f"{len(walk.found):,} traces were found, as many as were asked for"
        if has_enough()
        else "",
    )


class _Walk:
    def __init__(
        self,
        source: TraceSource,
        query: Query,
        a_slice: int,
        most_spans: int,
        progress: Callable[[int, int], None] | None,
        clock: Callable[[], float],
    ) -> None:
        self.found: dict[str, Trace] = {}
        self.crowded: list[tuple[str, int, int]] = []
        self.requests = self.spans = 0
        self._source, self._query, self._limit = source, query, a_slice
        self._fewest = min(_FEWEST, a_slice)
        self._most_spans, self._progress, self._clock = most_spans, progress, clock
        self._widths: dict[str, int] = {}

    @property
    def has_room(self) -> bool:
        return self.spans < self._most_spans

    def step(self, service: str, start: int, end: int) -> int:
        """Read one slice that ends at `end`; returns the end of what is left."""
        whole = end - start
        width = min(whole, self._widths.get(service, whole // _FIRST_SLICES))
        while True:
            begin = max(start, end - width)
            result = self._ask(service, begin, end)
            if result is None:
                width = (end - begin) // 4
                continue
            if not result.incomplete and result.found <= len(result.traces):
                break
            if end - begin <= _NARROWEST_NS:
                self.crowded.append((service, begin, end))
                break
            width = (end - begin) // 2
        for trace in result.traces:
            if trace.trace_id not in self.found:
                self.found[trace.trace_id] = trace
                self.spans += len(trace.spans)
        # Half full is what a slice aims at: a fuller one costs a repeated search when traffic is uneven.
        factor = min(8.0, max(0.5, 0.5 * self._limit / max(1, len(result.traces))))
        self._widths[service] = max(_NARROWEST_NS, int((end - begin) * factor))
        if self._progress is not None:
            self._progress(len(self.found), begin)
        return begin - 1

    def _ask(self, service: str, begin: int, end: int) -> SearchResult | None:
        """What is found in a slice; None when a smaller one has to be tried."""
        asked = dataclasses.replace(
            self._query, service=service, start_ns=begin, end_ns=end, limit=self._limit
        )
        began = self._clock()
        self.requests += 1
        try:
            result = self._source.search(asked)
        except JaegerSlowError:
            if self._limit <= self._fewest:
                raise
            self._limit = max(self._fewest, self._limit // 4)
            return None
        took = self._clock() - began
        if took > _LONG_S:
            self._limit = max(self._fewest, int(self._limit * _LONG_S / took))
        return result
