"""Read lines of OTLP JSON into the columns of a table; the parser skips all data that the table does not keep.

The shapes below are the OTLP specification's JSON encoding; integers may be numbers or decimal strings.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec

from analysis.columns.building import EXCEPTION, SCOPE, STATUS_TEXT
from analysis.columns.table import KINDS
from analysis.model import Link, StatusCode, parent_by_links
from analysis.sources.otlp_json import UNNAMED_SERVICE, WRITTEN_AT_READING
from analysis.sources.spellings import LATEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analysis.columns.building import TableBuilder
    from analysis.model import AttributeValue

_NO_TRACE = "0" * 32
_NO_SPAN = "0" * 16
_REMARKS = WRITTEN_AT_READING.encode()
_ERROR = list(StatusCode).index(StatusCode.ERROR)


class Misfit(Exception):  # noqa: N818  # no error: another reader understands it
    """Raised for OTLP JSON in a form that only the general reader supports."""


# A line with any other shape or with an unknown key goes to the general reader, so that both give the same result.
# Only texts may be null: for other types, msgspec would read the text "null" as null if `X | None` were declared.
_ABSENT = msgspec.Raw()
_Key: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
_Kind: TypeAlias = Annotated[int, msgspec.Meta(ge=0, lt=len(KINDS))]
_Code: TypeAlias = Annotated[int, msgspec.Meta(ge=0, lt=len(StatusCode))]
_Start: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=LATEST)]
_Time: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=LATEST)]


class _Value(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    stringValue: str | None = None  # noqa: N815
    intValue: int | msgspec.UnsetType = msgspec.UNSET  # noqa: N815
    boolValue: bool | msgspec.UnsetType = msgspec.UNSET  # noqa: N815
    doubleValue: float | msgspec.UnsetType = msgspec.UNSET  # noqa: N815
    arrayValue: _Values | msgspec.UnsetType = msgspec.UNSET  # noqa: N815
    kvlistValue: _Pairs | msgspec.UnsetType = msgspec.UNSET  # noqa: N815
    bytesValue: bytes | msgspec.UnsetType = msgspec.UNSET  # noqa: N815


class _Values(msgspec.Struct, forbid_unknown_fields=True):
    values: list[_Value] | msgspec.UnsetType = msgspec.UNSET


class _Pair(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    key: _Key
    value: _Value | msgspec.UnsetType = msgspec.UNSET


class _Pairs(msgspec.Struct, forbid_unknown_fields=True):
    values: list[_Pair] | msgspec.UnsetType = msgspec.UNSET


class _Status(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    code: _Code = 0
    message: str | None = None


class _Event(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    timeUnixNano: _Time = 0  # noqa: N815
    name: str | None = None
    attributes: list[_Pair] | msgspec.UnsetType = msgspec.UNSET
    droppedAttributesCount: msgspec.Raw = _ABSENT  # noqa: N815


class _Link(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    traceId: str = ""  # noqa: N815
    spanId: str = ""  # noqa: N815
    traceState: msgspec.Raw = _ABSENT  # noqa: N815
    attributes: list[_Pair] | msgspec.UnsetType = msgspec.UNSET
    droppedAttributesCount: msgspec.Raw = _ABSENT  # noqa: N815
    flags: msgspec.Raw = _ABSENT


class _Span(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    traceId: str  # noqa: N815
    spanId: str  # noqa: N815
    startTimeUnixNano: _Start  # noqa: N815
    parentSpanId: str | None = None  # noqa: N815
    name: str | None = None
    kind: _Kind = 0
    endTimeUnixNano: _Time = 0  # noqa: N815
    attributes: list[_Pair] | msgspec.UnsetType = msgspec.UNSET
    links: list[_Link] | msgspec.UnsetType = msgspec.UNSET
    events: list[_Event] | msgspec.UnsetType = msgspec.UNSET
    status: _Status | msgspec.UnsetType = msgspec.UNSET
    traceState: msgspec.Raw = _ABSENT  # noqa: N815
    flags: msgspec.Raw = _ABSENT
    droppedAttributesCount: msgspec.Raw = _ABSENT  # noqa: N815
    droppedEventsCount: msgspec.Raw = _ABSENT  # noqa: N815
    droppedLinksCount: msgspec.Raw = _ABSENT  # noqa: N815


class _Resource(msgspec.Struct, gc=False):
    attributes: list[_Pair] | msgspec.UnsetType = msgspec.UNSET


class _Scope(msgspec.Struct, gc=False):
    name: str | None = None


class _ScopeSpans(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    spans: list[_Span]
    scope: _Scope | msgspec.UnsetType = msgspec.UNSET
    schemaUrl: msgspec.Raw = _ABSENT  # noqa: N815


class _ResourceSpans(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    scopeSpans: list[_ScopeSpans]  # noqa: N815
    resource: _Resource | msgspec.UnsetType = msgspec.UNSET
    schemaUrl: msgspec.Raw = _ABSENT  # noqa: N815


class _Document(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    resourceSpans: list[_ResourceSpans]  # noqa: N815


class OtlpLines:
    """Add the spans of OTLP lines to a table."""

    def __init__(self, builder: TableBuilder) -> None:
        """Prepare to add rows to the table of `builder`."""
        self._builder = builder
        # Not strict, because OTLP JSON writes 64-bit integers as decimal strings.
        self._decoder = msgspec.json.Decoder(_Document, strict=False)

    def add(self, line: bytes) -> None:
        """Add the spans of one line; a line that fails may have been added in part.

        Raises:
            msgspec.DecodeError: the line is not JSON.
            msgspec.ValidationError: the line is JSON of another shape.
            Misfit: ids are not hexadecimal, or a number is out of range.
        """
        if _REMARKS in line:  # a remark may mean that a span has no end
            raise Misfit
        for of_resource in self._decoder.decode(line).resourceSpans:
            attributes = dict(_pairs(of_resource.resource.attributes)) if of_resource.resource else {}
            name = attributes.pop("service.name", None)
            service = self._builder.text(name if isinstance(name, str) and name else UNNAMED_SERVICE)
            resource = self._builder.resource(attributes)
            for of_scope in of_resource.scopeSpans:
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
        links = [(row, link) for row, span in enumerate(spans, first) if span.links for link in span.links]
        if links:
            _ids([link.traceId for _, link in links if link.traceId], _NO_TRACE)
            _ids([link.spanId for _, link in links if link.spanId], _NO_SPAN)
            parents = _with_linked(spans, parents)
        builder.trace_ids += traces
        builder.span_ids += ids
        builder.parent_ids += parents
        builder.kinds.extend([span.kind for span in spans])
        builder.starts.extend([span.startTimeUnixNano for span in spans])
        builder.ends.extend([span.endTimeUnixNano for span in spans])
        builder.names.extend([text(span.name or "", len(builder.texts)) for span in spans])
        builder.errors.extend(
            [isinstance(span.status, _Status) and span.status.code == _ERROR for span in spans]
        )
        builder.services.extend([service] * len(spans))
        builder.resources.extend([resource] * len(spans))
        for row, link in links:
            builder.add_link(row, link.traceId, link.spanId)

    def _note(self, spans: list[_Span], first: int, scope: _Scope | msgspec.UnsetType) -> None:
        """Add scope, status text and exception type; attributes of the span are added later and replace them."""
        note, name = self._builder.note, scope.name if scope else None
        for row, span in enumerate(spans, first):
            note(row, SCOPE, name)
            if span.status:
                note(row, STATUS_TEXT, span.status.message)
            if EXCEPTION in self._builder.asked:
                note(row, EXCEPTION, _exception_in(span.events or ()))

    def _add_attributes(self, spans: list[_Span], first: int) -> None:
        builder = self._builder
        if builder.keeps_none:
            return
        # The innermost loop: attributes of the builder are looked up once, for speed.
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
                text = value.stringValue if value else None
                code = known.get(text) if text is not None else None
                if code is None:
                    code = builder.value(_read(value))
                column[0].append(row)
                column[1].append(code)


def _exception_in(events: Iterable[_Event]) -> AttributeValue:
    """Return the type of the first exception in a span's events."""
    for event in events:
        for pair in reversed(event.attributes or ()):
            if pair.key == EXCEPTION:
                return _read(pair.value)
    return None


def _with_linked(spans: list[_Span], parents: bytes) -> bytes:
    """Return the parents; a span without one gets the span of its own trace that it links to."""
    found = bytearray(parents)
    for number, span in enumerate(spans):
        if span.links and (span.parentSpanId or _NO_SPAN) == _NO_SPAN:
            links = [Link(link.traceId.lower(), link.spanId.lower()) for link in span.links]
            parent = parent_by_links(span.traceId.lower(), span.spanId.lower(), links)
            found[8 * number : 8 * number + 8] = bytes.fromhex(parent or _NO_SPAN)
    return bytes(found)


def _ids(ids: list[str], absent: str, digits: int = 0) -> bytes:
    """Return ids as bytes. `absent` is an id that must not occur; its length is the default for `digits`."""
    digits = digits or len(absent) or len(_NO_SPAN)
    if ids and ({*map(len, ids)} != {digits} or absent in ids):
        raise Misfit
    try:
        found = bytes.fromhex("".join(ids))
    except ValueError:
        raise Misfit from None
    if len(found) * 2 != digits * len(ids):  # `fromhex` skips blanks
        raise Misfit
    return found


def _pairs(pairs: list[_Pair] | msgspec.UnsetType) -> Iterator[tuple[str, AttributeValue]]:
    return ((pair.key, _read(pair.value)) for pair in chain(pairs or ()))


def _read(value: _Value | msgspec.UnsetType) -> AttributeValue:
    if not value:
        return None
    if value.stringValue is not None:
        return value.stringValue
    for plain in (value.intValue, value.boolValue, value.doubleValue):
        if plain is not msgspec.UNSET:
            return plain
    if value.arrayValue:
        return [_read(item) for item in value.arrayValue.values or ()]
    if value.kvlistValue:
        return dict(_pairs(value.kvlistValue.values))
    return None if value.bytesValue is msgspec.UNSET else value.bytesValue
