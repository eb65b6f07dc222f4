"""The calls of generated traces, against a count that is made the slow and obvious way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from kit.operate.dependencies import compute
from kit.operate.dependencies.compute import update
from kit.operate.dependencies.edges import Edge, Ref, StoredSpan, edges
from kit.operate.dependencies.store import StoredTrace
from kit.operate.dependencies.windows import SECOND, WINDOW, Window, windows

SERVICES = st.sampled_from(["api", "issuer", "notifier", "billing"])


@dataclass(frozen=True)
class Made:
    """A generated span; `consumer` is its kind."""

    trace: bytes
    span: StoredSpan
    consumer: bool


@st.composite
def stores(draw: st.DrawFn) -> list[Made]:
    """A few traces: any shape of parents, links to any span, spans that are missing, spans stored twice."""
    made: list[Made] = []
    for number in range(draw(st.integers(1, 5))):
        trace = bytes([number + 1]) * 16
        begin = draw(st.integers(0, 3 * WINDOW))
        for index in range(draw(st.integers(1, 6))):
            known = [one.span.span_id for one in made if one.trace == trace]
            parent = draw(st.sampled_from([0, 999, *known]))  # 999: a parent that was never stored
            anywhere = [Ref(one.trace, one.span.span_id) for one in made] + [Ref(b"?" * 16, 1)]
            span_id = index - 3 or 77
            candidates = [ref for ref in anywhere if ref not in (Ref(trace, parent), Ref(trace, span_id))]
            links = draw(st.lists(st.sampled_from(candidates), max_size=3)) if candidates else []
            start = begin + draw(st.integers(0, WINDOW))
            span = StoredSpan(span_id, index, draw(SERVICES), start, parent, tuple(links))
            one = Made(trace, span, draw(st.booleans()))
            made.append(one)
            if draw(st.integers(0, 9)) == 0:
                made.append(Made(trace, span._replace(span_hash=100 + index), one.consumer))
    return made


def slowly(made: Sequence[Made], window: Window) -> Counter[Edge]:
    """For every span of every trace: who sent what it works on?"""
    counted: Counter[Edge] = Counter()
    for trace in sorted({one.trace for one in made}):
        inside = [one for one in made if one.trace == trace]
        if window.start <= min(one.span.start for one in inside) < window.end:
            counted += slow_calls(inside, made)
    return counted


def slow_calls(inside: Sequence[Made], made: Sequence[Made]) -> Counter[Edge]:
    counted: Counter[Edge] = Counter()
    by_parent = set()
    for one in {one.span.span_id: one for one in inside}.values():
        for other in {other.span.span_id: other for other in inside}.values():
            if other.span.span_id == one.span.parent_id and other.span.service != one.span.service:
                counted[Edge(other.span.service, one.span.service)] += 1
                by_parent.add((one.trace, other.span.span_id, one.span.service))
    by_link = {
        (*link, one.span.service, other.span.service)
        for one in inside
        if one.consumer
        for link in one.span.links
        for other in made
        if Ref(other.trace, other.span.span_id) == link and other.span.service != one.span.service
    }
    for trace, span_id, service, sender in by_link:
        if (trace, span_id, service) not in by_parent:
            counted[Edge(sender, service)] += 1
    return counted


@dataclass
class FakeTables:
    """Stands in for the database's tables: the same questions, answered from a list."""

    made: Sequence[Made]
    rows: dict[Window, Counter[Edge]] = field(default_factory=dict)
    writes: int = 0

    def services(self) -> list[str]:
        return sorted({one.span.service for one in self.made})

    def trace_ids(self, services: Sequence[str], window: Window) -> Iterator[bytes]:
        for one in self.made:
            if one.span.service in services and window.start <= one.span.start < window.end:
                yield one.trace

    def traces(self, ids: Sequence[bytes]) -> Iterator[StoredTrace]:
        for trace in ids:
            spans = [one.span for one in self.made if one.trace == trace]
            yield StoredTrace(trace, min(span.start for span in spans), spans, False)

    def consumers(self, spans: Sequence[tuple[bytes, StoredSpan]]) -> set[Ref]:
        taking = {(one.trace, one.span.span_id) for one in self.made if one.consumer}
        return {Ref(trace, span.span_id) for trace, span in spans if (trace, span.span_id) in taking}

    def senders(self, refs: Iterable[Ref]) -> dict[Ref, str]:
        stored = {Ref(one.trace, one.span.span_id): one.span.service for one in self.made}
        return {ref: stored[ref] for ref in refs if ref in stored}

    def written(self, window: Window) -> Counter[Edge] | None:
        return self.rows.get(window)

    def write(self, window: Window, counted: Counter[Edge]) -> None:
        self.rows[window] = Counter(counted)
        self.writes += 1


@given(stores(), st.sampled_from([1, 2, 20_000]))
def test_every_window_has_what_a_slow_count_finds(made: list[Made], ids_at_once: int) -> None:
    tables = FakeTables(made)
    wanted = list(windows(0, 6 * WINDOW))
    with patch.object(compute, "_MOST_IDS", ids_at_once):
        done = list(update(tables, wanted))  # type: ignore[arg-type]
    assert [one.calls for one in done] == [slowly(made, window) for window in wanted]
    assert sum(one.traces for one in done) == len({one.trace for one in made})


@given(stores())
def test_a_second_time_changes_nothing(made: list[Made]) -> None:
    tables = FakeTables(made)
    wanted = list(windows(0, 6 * WINDOW))
    first = list(update(tables, wanted))  # type: ignore[arg-type]
    rows, writes = dict(tables.rows), tables.writes
    second = list(update(tables, wanted))  # type: ignore[arg-type]
    assert [one.calls for one in first] == [one.calls for one in second]
    assert (tables.rows, tables.writes) == (rows, writes)
    assert not any(one.changed for one in second)


def span(span_id: int, service: str, parent: int = 0, links: tuple[Ref, ...] = ()) -> StoredSpan:
    return StoredSpan(span_id, span_id, service, span_id, parent, links)


TRACE, OTHER = b"a" * 16, b"b" * 16


def test_a_call_is_counted_once_though_both_sides_have_a_span() -> None:
    spans = [span(1, "shop"), span(2, "shop", 1), span(3, "stock", 2), span(4, "stock", 3)]
    assert edges(TRACE, spans, {}, []) == {Edge("shop", "stock"): 1}


def test_a_message_that_is_parent_and_link_is_one_call() -> None:
    sent = Ref(TRACE, 1)
    spans = [span(1, "shop"), span(2, "mail", 1), span(3, "mail", 2, (sent,))]
    assert edges(TRACE, spans, {sent: "shop"}, [3]) == {Edge("shop", "mail"): 1}


def test_a_batch_links_to_a_message_of_each_sender() -> None:
    sent = {Ref(OTHER, 1): "shop", Ref(OTHER, 2): "desk", Ref(OTHER, 3): "mail"}
    spans = [span(7, "mail", 0, tuple(sent))]
    assert edges(TRACE, spans, sent, [7]) == {Edge("shop", "mail"): 1, Edge("desk", "mail"): 1}
    assert edges(TRACE, spans, sent, []) == {}, "only who takes messages is called by a link"


def test_windows_are_on_a_fixed_grid() -> None:
    assert list(windows(WINDOW + 7, 2 * WINDOW + 1)) == [
        Window(WINDOW, 2 * WINDOW), Window(2 * WINDOW, 3 * WINDOW),
    ]  # fmt: skip
    assert list(windows(WINDOW, WINDOW)) == []
    day = Window(90_000 * SECOND, 90_300 * SECOND)
    assert (str(day.bucket), str(day.moment)) == ("1970-01-02 00:00:00+00:00", "1970-01-02 01:00:00+00:00")
