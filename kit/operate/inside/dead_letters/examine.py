"""Takes a refused request apart, until each span is written or known to be refused by itself.

It uses Jaeger's entrance without a queue: there a request is tried once, by itself, and answered at once. In the other
one Jaeger puts spans of several requests into one batch, so that an innocent one is refused together with a bad one.
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
# What is tried at once, so that no try is longer than a few hundred milliseconds.
_LARGEST_PIECE = 256
_LATELY_SECONDS = 1.0
_REMEMBERED = 128

Range = tuple[int, int]


class UndecidedError(Exception):
    """The storage is away, or too slow, to say whose fault a refusal is; what was found out is remembered."""


@dataclass(slots=True)
class Examined:
    """What is known of a request.

    Attributes:
        written: Ranges of its spans that are written.
        refused: Last refusal of each range that may be the storage's fault.
        bad: Refusal of each span that is refused by itself.
    """

    written: set[Range] = field(default_factory=set)
    refused: dict[Range, JaegerAnswer] = field(default_factory=dict)
    bad: dict[int, JaegerAnswer] = field(default_factory=dict)


def digest(data: bytes) -> bytes:
    """What some bytes are recognized by when they come again."""
    return hashlib.blake2b(data, digest_size=16).digest()


class Examiner:
    """Examinations, some at a time."""

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
        """Take a request apart.

        Args:
            request: What was refused.
            key: Its digest.
            certain: Whether the refusal's words can't be of an outage.

        Raises:
            UndecidedError: not now.
        """
        known = self._known.setdefault(key, Examined())
        self._known.move_to_end(key)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        try:
            # Bounded, because the sender waits: what is found out until then counts at its next try.
            async with asyncio.timeout(self._seconds), self._slots:
                lately = self._evidence.wrote_since(self._evidence.now() - _LATELY_SECONDS)
                if not (certain or lately) and not await self._control.is_written():
                    raise UndecidedError("the storage takes nothing")
                await self._pieces(request, known, _parts(0, len(request.spans)))
        except TimeoutError:
            raise UndecidedError("it takes longer than the sender waits") from None
        return known

    def decided(self, key: bytes) -> None:
        """Forget a request: it is acknowledged."""
        self._known.pop(key, None)

    async def _pieces(self, request: Request, known: Examined, pieces: Iterable[Range]) -> None:
        left = [piece for piece in pieces if not _is_known(known, piece)]
        # What was refused before comes last: should it stop the storage, the others are written by then.
        for piece in sorted(left, key=lambda one: self._refusals(request, one)):
            await self._piece(request, known, piece)

    async def _piece(self, request: Request, known: Examined, piece: Range) -> None:
        first, last = piece
        alone = last - first == 1
        # Refused before, while others were written: there is no need to try it as a whole again.
        if not alone and self._refusals(request, piece):
            await self._pieces(request, known, _parts(first, last))
            return
        answer = await self._tried(request, known, piece)
        if answer is None:
            known.written.add(piece)
        elif alone:
            if self._evidence.blown:
                raise UndecidedError("too many are refused, and nothing is written")
            self._evidence.put_aside()
            known.bad[first] = answer
        else:
            await self._pieces(request, known, _parts(first, last))

    async def _tried(self, request: Request, known: Examined, piece: Range) -> JaegerAnswer | None:
        """Why a piece is refused; None when it is written.

        Raises:
            UndecidedError: it may be the storage's fault.
        """
        body = request.piece(*piece)
        key, alone = digest(body), piece[1] - piece[0] == 1
        while True:
            # Before it is tried again: a span that stops the storage each time leaves nothing to compare it with then.
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
    """A range in at most 8 parts, or in more when they would be large."""
    size = min(_LARGEST_PIECE, max(1, -(-(last - first) // _PARTS)))
    return [(at, min(at + size, last)) for at in range(first, last, size)]


def _is_known(known: Examined, piece: Range) -> bool:
    return piece in known.written or (piece[1] - piece[0] == 1 and piece[0] in known.bad)
