"""One line of OTLP JSON into the columns of a table: what is not kept is skipped by the parser.

The shapes below are the OTLP specification's JSON encoding; integers may be numbers or decimal strings.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from analysis.columns.building import EXCEPTION, SCOPE, STATUS_TEXT
from analysis.columns.table import KINDS
from analysis.sources.otlp_json import UNNAMED_SERVICE, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.columns.building import TableBuilder
    from analysis.model import AttributeValue

_NO_TRACE = "0" * 32
_NO_SPAN = "0" * 16
_ERROR = 2


class Misfit(Exception):  # noqa: N818  # no error: another reader understands it
    """OTLP JSON in a spelling that only the general reader understands."""


# Not `Raw | None`: that takes null alone, and every line with such a value the slow way.
_ABSENT = msgspec.Raw()
_NOTHING = (b"", b"null")


class _Value(msgspec.Struct, gc=False):
    stringValue: str | None = None  # noqa: N815
    intValue: int | None = None  # noqa: N815
    boolValue: bool | None = None  # noqa: N815
    doubleValue: float | None = None  # noqa: N815
    arrayValue: msgspec.Raw = _ABSENT  # noqa: N815
    kvlistValue: msgspec.Raw = _ABSENT  # noqa: N815
    bytesValue: msgspec.Raw = _ABSENT  # noqa: N815


class _Pair(msgspec.Struct, gc=False):
    key: str
    value: _Value | None = None


class _Status(msgspec.Struct, gc=False):
    code: int = 0
    message: str | None = None


class _Event(msgspec.Struct, gc=False):
    attributes: list[_Pair] | None = None


class _Link(msgspec.Struct, gc=False):
    traceId: str = ""  # noqa: N815
    spanId: str = ""  # noqa: N815


class _Span(msgspec.Struct, gc=False):
    traceId: str  # noqa: N815
    spanId: str  # noqa: N815
    parentSpanId: str | None = None  # noqa: N815
    name: str | None = None
    kind: int | None = 0
    startTimeUnixNano: int = 0  # noqa: N815
    endTimeUnixNano: int = 0  # noqa: N815
    attributes: list[_Pair] | None = None
    links: list[_Link] | None = None
    events: msgspec.Raw = _ABSENT
    status: _Status | None = None


class _Resource(msgspec.Struct, gc=False):
    attributes: list[_Pair] | None = None


class _Scope(msgspec.Struct, gc=False):
    name: str | None = None


class _ScopeSpans(msgspec.Struct, gc=False):
    scope: _Scope | None = None
    spans: list[_Span] | None = None


class _ResourceSpans(msgspec.Struct, gc=False):
    resource: _Resource | None = None
    scopeSpans: list[_ScopeSpans] | None = None  # noqa: N815


class _Document(msgspec.Struct, gc=False):
    resourceSpans: list[_ResourceSpans]  # noqa: N815


class OtlpLines:
    """Adds lines to a table's rows."""

    def __init__(self, builder: TableBuilder) -> None:
        """Prepare to add to a table that is being built."""
        self._builder = builder
        # Not strict: 64-bit integers come as decimal strings.
        self._decoder = msgspec.json.Decoder(_Document, strict=False)

    def add(self, line: bytes) -> None:
        """Add the spans of one line; a line that fails may have been added in part.

        Raises:
            msgspec.DecodeError: the line is no JSON.
            msgspec.ValidationError: it is JSON of another shape.
            Misfit: ids are not hexadecimal, or a number is out of range.
        """
        for of_resource in self._decoder.decode(line).resourceSpans:
            attributes = dict(_pairs((of_resource.resource or _Resource()).attributes))
            name = attributes.pop("service.name", None)
            service = self._builder.text(name if isinstance(name, str) and name else UNNAMED_SERVICE)
            resource = self._builder.resource(attributes)
            for of_scope in of_resource.scopeSpans or ():
                if of_scope.spans:
                    first = len(self._builder)
                    self._add(of_scope.spans, service, resource)
                    if self._builder.asked:
                        self._note(of_scope.spans, first, of_scope.scope)
                    self._add_attributes(of_scope.spans, first)

    def _add(self, spans: list[_Span], service: int, resource: int) -> None:
        builder, first = self._builder, len(self._builder)
        text = builder.texts.setdefault
        traces = _ids([span.traceId for span in spans], _NO_TRACE)
        ids = _ids([span.spanId for span in spans], _NO_SPAN)
        parents = _ids([span.parentSpanId or _NO_SPAN for span in spans], "")
        kinds = [span.kind or 0 for span in spans]
        if min(kinds) < 0 or max(kinds) >= len(KINDS):
            raise Misfit
        starts, ends = [span.startTimeUnixNano for span in spans], [span.endTimeUnixNano for span in spans]
        if min(starts) < 0 or min(ends) < 0 or max(starts) >= 1 << 63 or max(ends) >= 1 << 63:
            raise Misfit
        links = [
            (row, link.traceId, link.spanId)
            for row, span in enumerate(spans, first)
            if span.links
            for link in span.links
        ]
        _ids([trace for _, trace, _ in links if trace], "", 32)
        _ids([span for _, _, span in links if span], "")
        builder.trace_ids += traces
        builder.span_ids += ids
        builder.parent_ids += parents
        builder.kinds.extend(kinds)
        builder.starts.extend(starts)
        builder.ends.extend(ends)
        builder.names.extend([text(span.name or "", len(builder.texts)) for span in spans])
        builder.errors.extend([span.status is not None and span.status.code == _ERROR for span in spans])
        builder.services.extend([service] * len(spans))
        builder.resources.extend([resource] * len(spans))
        for row, trace_id, span_id in links:
            builder.add_link(row, trace_id, span_id)

    def _note(self, spans: list[_Span], first: int, scope: _Scope | None) -> None:
        """What the table keeps as attributes though it is none; a span's own attribute comes after, and counts."""
        note, name = self._builder.note, scope.name if scope else None
        for row, span in enumerate(spans, first):
            note(row, SCOPE, name)
            if span.status is not None:
                note(row, STATUS_TEXT, span.status.message)
            if EXCEPTION in self._builder.asked:
                note(row, EXCEPTION, _exception_in(span.events))

    def _add_attributes(self, spans: list[_Span], first: int) -> None:
        builder = self._builder
        if builder.keeps_none:
            return
        # The innermost loop of all: what it calls is looked up once.
        known, columns, unwanted = builder.known_values, builder.columns, builder.unwanted
        for row, span in enumerate(spans, first):
            for pair in span.attributes or ():
                key = pair.key
                if key in unwanted:
                    continue
                column = columns.get(key)
                if column is None:
                    if not builder.wants(key):
                        unwanted.add(key)
                        continue
                    column = builder.column(key)
                value = pair.value
                text = None if value is None else value.stringValue
                code = known.get(text) if text is not None else None
                if code is None:
                    code = builder.value(_read(value))
                column[0].append(row)
                column[1].append(code)


def _exception_in(events: msgspec.Raw) -> AttributeValue:
    """The type of the first exception among a span's events."""
    raw = bytes(events)
    if EXCEPTION.encode() not in raw:  # what nearly all say
        return None
    try:
        found = msgspec.json.decode(raw, type=list[_Event], strict=False)
    except msgspec.ValidationError:  # too late for the general reader: the span is added
        return None
    for event in found:
        for pair in event.attributes or ():
            if pair.key == EXCEPTION:
                return _read(pair.value)
    return None


def _ids(ids: list[str], absent: str, digits: int = 0) -> bytes:
    """Ids as bytes; `absent` is an id that must not be among them, or else gives the number of digits."""
    digits = digits or len(absent) or len(_NO_SPAN)
    if ids and ({*map(len, ids)} != {digits} or absent in ids):
        raise Misfit
    try:
        found = bytes.fromhex("".join(ids))
    except ValueError:
        raise Misfit from None
    if len(found) * 2 != digits * len(ids):  # there were blanks, which it passes over
        raise Misfit
    return found


def _pairs(pairs: list[_Pair] | None) -> Iterator[tuple[str, AttributeValue]]:
    return ((pair.key, _read(pair.value)) for pair in chain(pairs or ()))


def _read(value: _Value | None) -> AttributeValue:
    if value is None:
        return None
    for plain in (value.stringValue, value.intValue, value.boolValue, value.doubleValue):
        if plain is not None:
            return plain
    for kind in ("arrayValue", "kvlistValue", "bytesValue"):
        raw = bytes(getattr(value, kind))
        if raw not in _NOTHING:
            return value_of({kind: msgspec.json.decode(raw)})
    return None
