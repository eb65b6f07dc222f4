"""Read all traces of a time window from a source whose search returns only a sample.

Jaeger's search has no paging. If N traces match or their service has 3N spans, it returns some of them, not the newest
(`SearchResult.incomplete`). So the window is read from its end to its start in slices. The width of each slice is
estimated from the one before. If an answer may be incomplete, the slice is searched again in halves. The result has no
gap up to the window's end, even if reading stops early.

Slices get smaller for a slow Jaeger: after a slow answer and after a timeout.
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
"""Maximum traces per search: takes about a second on the storage that was measured."""

MOST_SPANS = 2_000_000
_NARROWEST_NS = 1_000_000
_FIRST_SLICES = 8

# Seconds. A slower answer makes the next slices smaller, long before the timeout.
_LONG_S = 5.0
_FEWEST = 10


@dataclass(frozen=True, slots=True)
class Coverage:
    """The part of a requested window that was read.

    Attributes:
        start_ns: Start of the requested window.
        end_ns: End of the requested window.
        covered_from_ns: Start of the part that was read completely; `start_ns` if all was.
        crowded: Slices of minimum width with more traces than one search returns: (service, start, end).
        requests: Number of searches.
        traces: Number of traces read.
        stopped: Reason for stopping before the start; empty if all was read.
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
    """Return all traces with a matching span, and the part of the window that was read.

    Args:
        source: source to read from; its search reports when it may be incomplete.
        query: the search; start and end must be set, the limit is ignored.
        a_slice: number of traces to request per search.
        most_spans: stop before the number of spans exceeds this; `Coverage` reports the rest.
        most_traces: stop at this number of traces.
        progress: called after each search with the number of traces and the time from which all is read.
        clock: clock in seconds, replaced in tests.

    Raises:
        AnalysisError: the source fails. For a slow source the slices get smaller first; the error is raised if a
            search for a few traces times out too.
    """
    if query.start_ns is None or query.end_ns is None:
        raise ValueError("a window to gather needs a start and an end")
    services = [query.service] if query.service is not None else source.services()
    walk = _Walk(source, query, a_slice, most_spans, progress, clock)
    # The services are read in turn, so that one window is complete for all of them when reading stops early.
    ends = dict.fromkeys(services, query.end_ns)

    def has_enough() -> bool:
        return most_traces is not None and len(walk.found) >= most_traces

    while walk.has_room and not has_enough() and any(end >= query.start_ns for end in ends.values()):
        service = max(ends, key=lambda name: ends[name])
        ends[service] = walk.step(service, query.start_ns, ends[service])
    # Each service has been read from the end of the window down to its entry in `ends`.
    covered = max((end + 1 for end in ends.values()), default=query.start_ns)
    return list(walk.found.values()), Coverage(
        start_ns=query.start_ns,
        end_ns=query.end_ns,
        covered_from_ns=max(query.start_ns, covered),
        crowded=tuple(walk.crowded),
        requests=walk.requests,
        traces=len(walk.found),
        stopped=f"{walk.spans:,} spans were read, which is the maximum"
        if not walk.has_room
        else f"{len(walk.found):,} traces were found, which is the requested number"
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
        """Read one slice that ends at `end`. Return the end of the rest."""
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
        # A slice aims at half of the limit: with uneven traffic, a fuller slice often has to be searched again.
        factor = min(8.0, max(0.5, 0.5 * self._limit / max(1, len(result.traces))))
        self._widths[service] = max(_NARROWEST_NS, int((end - begin) * factor))
        if self._progress is not None:
            self._progress(len(self.found), begin)
        return begin - 1

    def _ask(self, service: str, begin: int, end: int) -> SearchResult | None:
        """Search a slice. Return None if a smaller slice is needed."""
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
