"""Build a table of spans: collect rows in any order, then sort them, connect them and drop duplicates."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.columns.joining import by_id, cut_circles, dense_ids, keep_and_order, tell_apart
from analysis.columns.table import KINDS, NOWHERE, SpanTable
from analysis.sources.otlp_json import WRITTEN_AT_READING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from analysis.columns.table import Codes, Rows
    from analysis.model import Attributes, AttributeValue, Span

EXCEPTION = "exception.type"
SCOPE = "otel.scope.name"
STATUS_TEXT = "otel.status_description"
"""Keys for three values that are not attributes of the span: the type of an exception in its events, the name of its
scope, and its status text. The names are those of Jaeger and OpenTelemetry. Kept only if a caller names the key."""

_LATEST = 2**63 - 1
_KIND_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}


def table_of(spans: Iterable[Span], keys: Iterable[str] | None = ()) -> SpanTable:
    """Build a table from spans of any traces in any order.

    Args:
        spans: the spans.
        keys: see `TableBuilder`.
    """
    builder = TableBuilder(keys)
    for span in spans:
        builder.add(span)
    return builder.finish()


class TableBuilder:
    """Collect rows and build the table.

    Attributes:
        asked: The keys of `EXCEPTION`, `SCOPE` and `STATUS_TEXT` that are kept.
        unwanted: Attributes found in spans that are not kept.
        texts: Number of each service name and span name.
        known_values: Number of each value, see `value`; the key of a text is the text itself.
        columns: Rows and value numbers by attribute, see `column`.
    """

    def __init__(self, keys: Iterable[str] | None = ()) -> None:
        """Begin an empty table.

        Args:
            keys: attributes to keep. `*.cache.key` keeps all that end with `.cache.key`; None keeps all.
        """
        names = None if keys is None else frozenset(keys)
        self._keys = names
        self._endings = tuple(key[1:] for key in names or () if key.startswith("*"))
        self.asked = (names or frozenset()) & {EXCEPTION, SCOPE, STATUS_TEXT}
        self.unwanted: set[str] = set()
        self.trace_ids, self.span_ids, self.parent_ids = bytearray(), bytearray(), bytearray()
        self.starts, self.ends = array("q"), array("q")
        self.services, self.names, self.resources = array("i"), array("i"), array("i")
        self.kinds, self.errors = array("b"), array("b")
        self.link_rows, self.link_traces, self.link_spans = array("q"), bytearray(), bytearray()
        self.texts: dict[str, int] = {}
        self.known_values: dict[Any, int] = {}
        self._value_list: list[AttributeValue] = []
        self.columns: dict[str, tuple[array[int], array[int]]] = {}
        self._resources: dict[tuple[tuple[str, int], ...], int] = {}

    def __len__(self) -> int:
        return len(self.starts)

    def text(self, text: str) -> int:
        """Return the number of a service name or span name."""
        return self.texts.setdefault(text, len(self.texts))

    def value(self, value: AttributeValue) -> int:
        """Return the number of an attribute's value; `1`, `1.0`, `True` and `"1"` are four different values."""
        known: Any = value if value.__class__ is str else (value.__class__, repr(value))
        code = self.known_values.get(known)
        if code is None:
            code = self.known_values[known] = len(self._value_list)
            self._value_list.append(value)
        return code

    def resource(self, attributes: Mapping[str, AttributeValue]) -> int:
        """Return the number of a resource; resources with the same kept attributes have the same number."""
        kept = ((key, self.value(attributes[key])) for key in sorted(attributes) if self.wants(key))
        return self._resources.setdefault(tuple(kept), len(self._resources))

    def wants(self, key: str) -> bool:
        """Whether an attribute is kept."""
        if key == WRITTEN_AT_READING:
            return False
        return self._keys is None or key in self._keys or key.endswith(self._endings)

    @property
    def keeps_none(self) -> bool:
        """Whether no attribute is kept."""
        return self._keys is not None and not self._keys

    def column(self, key: str) -> tuple[array[int], array[int]]:
        """Return the rows that have an attribute, and the numbers of their values."""
        return self.columns.setdefault(key, (array("q"), array("i")))

    def cut(self, rows: int) -> None:
        """Remove all rows from a number on, such as the rows of a line that has to be read by another reader."""
        del self.trace_ids[16 * rows :], self.span_ids[8 * rows :], self.parent_ids[8 * rows :]
        for one in (
            self.starts,
            self.ends,
            self.services,
            self.names,
            self.resources,
            self.kinds,
            self.errors,
        ):
            del one[rows:]
        links = len(self.link_rows)
        while links and self.link_rows[links - 1] >= rows:
            links -= 1
        del self.link_rows[links:], self.link_traces[16 * links :], self.link_spans[8 * links :]
        for having, codes in self.columns.values():
            count = len(having)
            while count and having[count - 1] >= rows:
                count -= 1
            del having[count:], codes[count:]

    def add(self, span: Span) -> None:
        """Add one span."""
        row = len(self)
        self.trace_ids += bytes.fromhex(span.trace_id)
        self.span_ids += bytes.fromhex(span.span_id)
        self.parent_ids += bytes.fromhex(span.parent_span_id.rjust(16, "0"))
        self.starts.append(_in_range(span.start_ns))
        self.ends.append(_in_range(span.end_ns))
        self.services.append(self.text(span.service))
        self.names.append(self.text(span.name))
        self.kinds.append(_KIND_NUMBERS[span.kind])
        self.errors.append(span.is_error)
        self.resources.append(self.resource(span.resource))
        if self.asked:
            exceptions = [
                event.attributes[EXCEPTION] for event in span.events if EXCEPTION in event.attributes
            ]
            self.note(row, EXCEPTION, exceptions[0] if exceptions else None)
            self.note(row, SCOPE, span.scope)
            self.note(row, STATUS_TEXT, span.status_message)
        self._add_attributes(row, span.attributes)
        for link in span.links:
            self.add_link(row, link.trace_id, link.span_id)

    def note(self, row: int, key: str, said: AttributeValue) -> None:
        """Keep a value for `EXCEPTION`, `SCOPE` or `STATUS_TEXT` if the key is kept and the value is not empty."""
        if said and key in self.asked:
            rows, codes = self.column(key)
            rows.append(row)
            codes.append(self.value(said))

    def add_link(self, row: int, trace_id: str, span_id: str) -> None:
        """Add a link from a row to a span; a link without both ids is ignored."""
        if trace_id and span_id:
            self.link_traces += bytes.fromhex(trace_id)
            self.link_spans += bytes.fromhex(span_id)
            self.link_rows.append(row)

    def finish(self) -> SpanTable:
        """Sort the rows, drop duplicates, and find parents and link targets."""
        rows = len(self)
        trace, link_trace, trace_ids = dense_ids(self.trace_ids, self.link_traces)
        span_id = _numbers(self.span_ids)
        parent_id = _numbers(self.parent_ids)
        start = np.array(self.starts, np.int64)
        end = np.array(self.ends, np.int64)
        unfinished = end < start
        end = np.maximum(start, end)
        service, name = np.array(self.services, np.int32), np.array(self.names, np.int32)
        kind, error = np.array(self.kinds, np.int8), np.array(self.errors, np.int8).astype(bool)
        order = keep_and_order(trace, span_id, start, end, parent_id, service, name, kind, error, unfinished)
        trace, span_id, parent_id = trace[order], span_id[order], parent_id[order]
        place = np.full(rows, NOWHERE, np.int64)
        place[order] = np.arange(len(order))
        link_row = place[np.array(self.link_rows, np.int64)]
        kept = link_row != NOWHERE
        find, shared = by_id(trace, span_id)
        parent = find(trace, parent_id)
        is_root = parent_id == 0
        parent[is_root] = NOWHERE
        if shared:
            tell_apart(shared, parent, is_root, service[order], kind[order])
        circular = cut_circles(parent)
        return SpanTable(
            trace=trace,
            trace_ids=trace_ids,
            span_id=span_id,
            parent=parent,
            is_root=is_root,
            is_circular=circular,
            start_ns=start[order],
            end_ns=end[order],
            unfinished=unfinished[order],
            texts=list(self.texts),
            values=self._value_list,
            link_row=link_row[kept],
            link_target=find(link_trace, _numbers(self.link_spans))[kept],
            _attributes=self._columns(order),
            service=service[order],
            name=name[order],
            kind=kind[order],
            error=error[order],
        )

    def _add_attributes(self, row: int, attributes: Attributes) -> None:
        for key, value in attributes.items():
            if self.wants(key):
                rows, codes = self.column(key)
                rows.append(row)
                codes.append(self.value(value))

    def _columns(self, order: Rows) -> dict[str, Codes]:
        resource = np.array(self.resources, np.int32)
        of_resource: dict[str, NDArray[np.int32]] = {}
        for number, kept in enumerate(self._resources):
            for key, code in kept:
                codes = of_resource.setdefault(key, np.full(len(self._resources), NOWHERE, np.int32))
                codes[number] = code
        columns = {}
        for key in of_resource.keys() | self.columns.keys():
            codes = (
                of_resource[key][resource] if key in of_resource else np.full(len(self), NOWHERE, np.int32)
            )
            own = self.columns.get(key)
            if own is not None:
                codes[np.array(own[0], np.int64)] = np.array(own[1], np.int32)
            columns[key] = codes[order]
        return columns


def _numbers(ids: bytearray) -> NDArray[np.uint64]:
    return np.frombuffer(bytes(ids), ">u8").astype(np.uint64)


def _in_range(time_ns: int) -> int:
    return min(max(time_ns, 0), _LATEST)
