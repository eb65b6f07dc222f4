"""Requests that are encoded once; only ids and times are overwritten before each send."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from bench.write_path.spans import BATCH, SERVICES, VARIATIONS, placed, request, shape, variation

_TRACE_ID, _SPAN_ID, _PARENT_ID, _START, _END = b"\x0a\x10", b"\x12\x08", b"\x22\x08", b"\x39", b"\x41"


@dataclass(frozen=True, slots=True)
class _Spot:
    """Offsets of one span's fields in the bytes; `parent` is 0 if it has no parent."""

    trace_id: int
    span_id: int
    parent: int
    start: int
    end: int
    duration_ns: int


class Encoded:
    """All requests of a run."""

    def __init__(self, salt: int, start_us: int) -> None:
        self._salt = salt
        self._start_us = start_us
        self._templates = [_template(batch) for batch in range(len(SERVICES) * VARIATIONS)]

    def batch(self, number: int) -> bytearray:
        """Return the n-th request, with the same bytes as `request`."""
        body, spots = self._templates[number % len(self._templates)]
        patched = bytearray(body)
        first = number * BATCH
        for offset, spot in enumerate(spots):
            place = placed(first + offset)
            struct.pack_into(">QII", patched, spot.trace_id, self._salt, place.group, place.trace)
            struct.pack_into(">Q", patched, spot.span_id, place.span_id)
            if spot.parent:
                struct.pack_into(">Q", patched, spot.parent, place.span_id - 1)
            start = (self._start_us + first + offset) * 1000
            struct.pack_into("<Q", patched, spot.start, start)
            struct.pack_into("<Q", patched, spot.end, start + spot.duration_ns)
        return patched


def _template(batch: int) -> tuple[bytes, list[_Spot]]:
    """Return a request and the offsets of ids and times, found by searching for their values."""
    salt, start_us = 0xA5A5_5A5A_A5A5_5A5A, 1_700_000_000_000_000
    first = batch * BATCH
    body = request(first, salt, start_us).SerializeToString()
    spots, at = [], 0
    for number in range(first, first + BATCH):
        place = placed(number)
        form = shape(place.service, place.position, variation(place))
        start = (start_us + number) * 1000
        duration_ns = form.duration_us * 1000
        at = _after(body, _TRACE_ID + place.trace_id(salt), at)
        trace_id = at - 16
        at = _after(body, _SPAN_ID + struct.pack(">Q", place.span_id), at)
        span_id, parent = at - 8, 0
        if place.service or place.position:
            at = _after(body, _PARENT_ID + struct.pack(">Q", place.span_id - 1), at)
            parent = at - 8
        at = _after(body, _START + struct.pack("<Q", start), at)
        starts = at - 8
        at = _after(body, _END + struct.pack("<Q", start + duration_ns), at)
        spots.append(_Spot(trace_id, span_id, parent, starts, at - 8, duration_ns))
    return body, spots


def _after(body: bytes, part: bytes, at: int) -> int:
    return body.index(part, at) + len(part)
