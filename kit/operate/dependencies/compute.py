"""Compute the calls of windows, trace by trace; memory does not grow with the number of traces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from kit.operate.dependencies.edges import Edge, Ref, edges
from kit.operate.dependencies.store import StoredTrace, Tables
from kit.operate.dependencies.windows import SECOND, Window

# Number of trace ids in memory at once, about 2 MB.
_MOST_IDS = 20_000
_TRACES_AT_ONCE = 128


@dataclass(slots=True)
class Computed:
    """Result for one window.

    Attributes:
        traces: Number of traces that begin in it.
        calls: Calls between services.
        cut: Number of traces with more spans than are counted.
        changed: Whether its row was missing or different.
    """

    window: Window
    traces: int = 0
    calls: Counter[Edge] = field(default_factory=Counter)
    cut: int = 0
    changed: bool = False


def update(tables: Tables, wanted: Iterable[Window]) -> Iterator[Computed]:
    """Compute windows and write those that changed.

    A window without traces keeps its row: its traces have expired, and the earlier count is still right.

    Raises:
        MachineError: the database does not answer; earlier windows are already written.
    """
    services = tables.services()
    for window in wanted:
        found = _compute(tables, services, window)
        if found.traces and (tables.written(window) or Counter()) != found.calls:
            tables.write(window, found.calls)
            found.changed = True
        yield found


def _compute(tables: Tables, services: Sequence[str], window: Window) -> Computed:
    result = Computed(window)
    for part, ids in _parts(tables, services, window):
        todo = iter(ids)
        while some := list(islice(todo, _TRACES_AT_ONCE)):
            # A trace belongs to the window, or the part of a window, in which its earliest span starts.
            begun = [trace for trace in tables.traces(some) if part.start <= trace.start < part.end]
            result.traces += len(begun)
            result.cut += sum(trace.cut for trace in begun)
            result.calls.update(_calls(tables, begun))
    return result


def _parts(tables: Tables, services: Sequence[str], window: Window) -> Iterator[tuple[Window, set[bytes]]]:
    """Split a window until each part has at most `_MOST_IDS` traces, or lasts a second."""
    ids: set[bytes] = set()
    for trace_id in tables.trace_ids(services, window):
        ids.add(trace_id)
        if len(ids) > _MOST_IDS and window.end - window.start > SECOND:
            break
    else:
        yield window, ids
        return
    del ids
    for half in window.halves():
        yield from _parts(tables, services, half)


def _calls(tables: Tables, traces: Sequence[StoredTrace]) -> Counter[Edge]:
    linking = [(trace.trace_id, span) for trace in traces for span in trace.spans if span.links]
    consumers = tables.consumers(linking)
    taking = [(trace_id, span) for trace_id, span in linking if Ref(trace_id, span.span_id) in consumers]
    senders = tables.senders(ref for _, span in taking for ref in span.links)
    by_trace: dict[bytes, list[int]] = {}
    for ref in consumers:
        by_trace.setdefault(ref.trace_id, []).append(ref.span_id)
    calls: Counter[Edge] = Counter()
    for trace in traces:
        calls.update(edges(trace.trace_id, trace.spans, senders, by_trace.get(trace.trace_id, ())))
    return calls
