"""Split a refused request until each span is written or known to be refused when sent alone.

The examiner uses Jaeger's entrance without a queue, where a request is tried once, alone, and answered at once. At the
entrance with a queue, Jaeger batches spans of several requests, so a good span is refused together with a bad one.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from kit.operate.inside.dead_letters.control import Control
from kit.operate.inside.dead_letters.entrance import Entrance, JaegerAnswer
from kit.operate.inside.dead_letters.evidence import APART_SECONDS, ENOUGH, Evidence
from kit.operate.inside.dead_letters.reasons import Blame, blame
from kit.operate.inside.dead_letters.wire import Request

_PARTS = 8
# Number of spans in one try, so that no try takes longer than a few hundred milliseconds.
_LARGEST_PIECE = 256
_LATELY_SECONDS = 1.0
_REMEMBERED = 128

Range = tuple[int, int]


class UndecidedError(Exception):
    """Raised when the storage is down or too slow to decide who is at fault. Partial results are remembered."""


@dataclass(slots=True)
class Examined:
    """Partial results for a request.

    Attributes:
        written: Ranges of its spans that are written.
        refused: Last refusal of each range that may be the storage's fault.
        bad: Refusal of each span that is refused when sent alone.
    """

    written: set[Range] = field(default_factory=set)
    refused: dict[Range, JaegerAnswer] = field(default_factory=dict)
    bad: dict[int, JaegerAnswer] = field(default_factory=dict)


def digest(data: bytes) -> bytes:
    """Return the hash by which the same bytes are recognized when they arrive again."""
    return hashlib.blake2b(data, digest_size=16).digest()


class Examiner:
    """Examines requests, a limited number at a time."""

    def __init__(
        self,
        entrance: Entrance,
        evidence: Evidence,
        control: Control,
        *,
        at_once: int = 8,
        seconds: float = 12.0,
    ) -> None:
        self._entrance, self._evidence, self._control = entrance, evidence, control
        self._seconds = seconds
        self._slots = asyncio.Semaphore(at_once)
        self._known: OrderedDict[bytes, Examined] = OrderedDict()

    async def examine(self, request: Request, key: bytes, *, certain: bool = False) -> Examined:
        """Split a request, and write or judge each span.

        Args:
            request: The refused request.
            key: Digest of the request.
            certain: Whether the refusal's text rules out an outage.

        Raises:
            UndecidedError: The storage is down, or the time is up.
        """
        known = self._known.setdefault(key, Examined())
        self._known.move_to_end(key)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        try:
            # Limited, because the sender waits. Results so far are used at its next try.
            async with asyncio.timeout(self._seconds), self._slots:
                lately = self._evidence.wrote_since(self._evidence.now() - _LATELY_SECONDS)
                if not (certain or lately) and not await self._control.is_written():
                    raise UndecidedError("the storage accepts nothing")
                await self._pieces(request, known, _parts(0, len(request.spans)))
        except TimeoutError:
            raise UndecidedError("the examination takes longer than the sender waits") from None
        return known

    def decided(self, key: bytes) -> None:
        """Forget a request, because it is acknowledged."""
        self._known.pop(key, None)

    async def _pieces(self, request: Request, known: Examined, pieces: Iterable[Range]) -> None:
        left = [piece for piece in pieces if not _is_known(known, piece)]
        # Pieces that were refused before come last: if one crashes the storage, the others are written by then.
        for piece in sorted(left, key=lambda one: self._refusals(request, one)):
            await self._piece(request, known, piece)

    async def _piece(self, request: Request, known: Examined, piece: Range) -> None:
        first, last = piece
        alone = last - first == 1
        # It was refused before, while others were written, so trying the whole piece again is useless.
        if not alone and self._refusals(request, piece):
            await self._pieces(request, known, _parts(first, last))
            return
        answer = await self._tried(request, known, piece)
        if answer is None:
            known.written.add(piece)
        elif alone:
            if self._evidence.blown:
                raise UndecidedError("too many spans are refused, and none is written")
            self._evidence.put_aside()
            known.bad[first] = answer
        else:
            await self._pieces(request, known, _parts(first, last))

    async def _tried(self, request: Request, known: Examined, piece: Range) -> JaegerAnswer | None:
        """Send a piece; return its refusal, or None if it is written.

        Raises:
            UndecidedError: The storage may be at fault.
        """
        body = request.piece(*piece)
        key, alone = digest(body), piece[1] - piece[0] == 1
        while True:
            # Checked before the next try: after a span that crashes the storage each time, no comparison is possible.
            if alone and piece in known.refused and self._evidence.refusals(key) >= ENOUGH:
                return known.refused[piece]
            answer = await self._entrance.send(body)
            if answer.written:
                self._evidence.written()
                self._evidence.forget(key)
                return None
            fault = blame(answer.text) if answer.refused else Blame.STORE
            if fault is Blame.SPAN:
                return answer
            self._evidence.refused(key)
            known.refused[piece] = answer
            if not await self._control.is_written():
                raise UndecidedError(answer.text)
            if fault is Blame.GARBLED or not alone:
                return answer
            await asyncio.sleep(APART_SECONDS)

    def _refusals(self, request: Request, piece: Range) -> int:
        return self._evidence.refusals(digest(request.piece(*piece)))


def _parts(first: int, last: int) -> list[Range]:
    """Split a range into at most 8 parts, or into more if these would be too large."""
    size = min(_LARGEST_PIECE, max(1, -(-(last - first) // _PARTS)))
    return [(at, min(at + size, last)) for at in range(first, last, size)]


def _is_known(known: Examined, piece: Range) -> bool:
    return piece in known.written or (piece[1] - piece[0] == 1 and piece[0] in known.bad)
