"""Forward requests to Jaeger, and examine those that Jaeger refuses."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from kit.operate.inside.dead_letters.control import Control
from kit.operate.inside.dead_letters.counts import Counts
from kit.operate.inside.dead_letters.entrance import Body, Entrance, JaegerAnswer
from kit.operate.inside.dead_letters.evidence import ENOUGH, Evidence
from kit.operate.inside.dead_letters.examine import Examined, Examiner, UndecidedError, digest
from kit.operate.inside.dead_letters.letterbox import Letterbox, LetterHead
from kit.operate.inside.dead_letters.pace import Pace
from kit.operate.inside.dead_letters.reasons import OTHER, UNREADABLE, Blame, blame, fault, without_statement
from kit.operate.inside.dead_letters.wire import MalformedRequestError, Request, read

_LARGEST_TRIED_TWICE = 1 << 20
_TRIED_TWICE = 4
# Jaeger refuses a request with more spans than its queue can hold: 4,096.
_MOST_SPANS = 1024
_NAMES = 5
ACKNOWLEDGED = JaegerAnswer(200)


@dataclass(frozen=True, slots=True)
class Replay:
    """Result of sending a letter again: number of written spans, and the letter that holds the others."""

    written: int
    kept: LetterHead | None


class Forwarder:
    """Forwards requests. A request that arrives again while it is under way waits for the first one's answer."""

    def __init__(
        self,
        queue: Entrance,
        at_once: Entrance,
        evidence: Evidence,
        control: Control,
        letters: Letterbox,
        counts: Counts,
    ) -> None:
        self._queue, self._at_once, self._evidence = queue, at_once, evidence
        self._control, self._letters, self._counts = control, letters, counts
        self._examiner = Examiner(at_once, evidence, control)
        self._pace = Pace(control.is_written_again)
        self._tried_twice = asyncio.Semaphore(_TRIED_TWICE)
        self._under_way: dict[bytes, asyncio.Task[JaegerAnswer]] = {}

    async def take(self, body: bytes) -> JaegerAnswer:
        """Forward a request; return the answer for its sender."""
        key = digest(body)
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(self._taken(body, key))
            self._under_way[key] = task
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        # Continue if the sender disconnects: it will send the same request again, and finds the answer then.
        return await asyncio.shield(task)

    async def pass_on(self, body: Body, headers: Mapping[str, str]) -> JaegerAnswer:
        """Forward a body that can't be examined: JSON, or a body that is too large for memory."""
        return await self._queue.send(body, headers)

    async def replay(self, id_: str) -> Replay:
        """Send a letter's spans again.

        Raises:
            KeyError: There is no such letter.
            UndecidedError: The storage is down; the letter stays.
        """
        request = read(self._letters.data(id_))
        examined = await self._examiner.examine(request, digest(request.data))
        self._examiner.decided(digest(request.data))
        written = len(request.spans) - len(examined.bad)
        if written == 0:
            return Replay(0, next(head for head in self._letters.heads() if head.id == id_))
        kept = await self._put_aside(request, examined) if examined.bad else None
        self._letters.remove(id_)
        return Replay(written, kept)

    async def _taken(self, body: bytes, key: bytes) -> JaegerAnswer:
        try:
            request = read(body)
        except MalformedRequestError as error:
            return await self._unreadable(body, str(error))
        self._counts.under_way(len(request.spans), len(body))
        try:
            answer = await self._in_parts(request, key)
        finally:
            self._counts.under_way(-len(request.spans), -len(body))
        return answer

    async def _in_parts(self, request: Request, key: bytes) -> JaegerAnswer:
        if len(request.spans) <= _MOST_SPANS:
            return await self._answered(request, key)
        for first in range(0, len(request.spans), _MOST_SPANS):
            part = read(request.piece(first, first + _MOST_SPANS))
            answer = await self._answered(part, digest(part.data))
            if not answer.written:
                return answer
        return ACKNOWLEDGED

    async def _answered(self, request: Request, key: bytes) -> JaegerAnswer:
        certain = False
        if self._evidence.refusals(key) < ENOUGH:
            began = self._evidence.now()
            answer = await self._sent(request.data)
            if answer.written:
                self._written(request)
                self._evidence.forget(key)
                return answer
            self._counts.refused(answer.refused)
            self._evidence.refused(key)
            if not await self._may_be_its_own(answer, key, began):
                return _try_again(answer)
            certain = blame(answer.text) is Blame.SPAN
        try:
            examined = await self._examiner.examine(request, key, certain=certain)
        except UndecidedError as error:
            return _try_again(JaegerAnswer(503, str(error)))
        if examined.bad:
            await self._put_aside(request, examined)
        # Only now: a kill would lose spans that were acknowledged but are not on disk.
        self._examiner.decided(key)
        self._evidence.forget(key)
        self._counts.done(written=len(request.spans) - len(examined.bad))
        return ACKNOWLEDGED

    async def _may_be_its_own(self, answer: JaegerAnswer, key: bytes, began: float) -> bool:
        """Whether the request itself may be at fault for a refusal: then it is examined."""
        if not answer.refused:
            return False
        whose = blame(answer.text)
        if whose in (Blame.SPAN, Blame.GARBLED):
            return True
        if whose is Blame.UNKNOWN:
            return self._evidence.wrote_since(began) or await self._control.is_written()
        return self._evidence.refusals(key) >= ENOUGH and self._evidence.others_get_through

    async def _sent(self, body: bytes) -> JaegerAnswer:
        sent = asyncio.create_task(self._queue.send(body))
        tried = len(body) > _LARGEST_TRIED_TWICE
        began = self._evidence.now()
        while not tried and not (await asyncio.wait({sent}, timeout=self._pace.look_seconds))[0]:
            # Jaeger retries a refused request for a minute before it answers, and the sender would wait as long.
            if self._tried_twice.locked() or not await self._pace.waits_alone(began) or sent.done():
                continue
            tried = True
            async with self._tried_twice:
                answer = await self._at_once.send(body)
            if not sent.done() and (answer.written or blame(answer.text) in (Blame.SPAN, Blame.GARBLED)):
                sent.cancel()  # Jaeger then stops trying, too
                return answer
        answer = await sent
        if answer.written:
            self._pace.passed(began)
        return answer

    def _written(self, request: Request) -> None:
        self._evidence.written()
        self._counts.done(written=len(request.spans))
        if request.spans and self._control.is_wanted:
            self._control.remember(request.piece(0, 1))

    async def _put_aside(self, request: Request, examined: Examined) -> LetterHead:
        bad = sorted(examined.bad)
        first = examined.bad[bad[0]]
        refused = read(request.of([request.spans[index] for index in bad]))
        names = list(refused.names())
        dropped = self._letters.dropped
        head = await asyncio.to_thread(
            self._letters.put,
            refused.data,
            reason=fault(first.text) or OTHER,
            error=_readable(without_statement(first.text)),
            spans=len(bad),
            services=tuple(dict.fromkeys(one.service for one in names))[:_NAMES],
            names=tuple(dict.fromkeys(one.name[:200] for one in names))[:_NAMES],
        )
        self._counts.put_aside(head.reason, len(bad), self._letters.dropped - dropped)
        sys.stderr.write(
            f"{head.spans} spans became the dead letter {head.id} ({head.reason}): {head.error[:300]}\n"
        )
        return head

    async def _unreadable(self, body: bytes, why: str) -> JaegerAnswer:
        """Forward bytes that are no OTLP request. If Jaeger answers 400, it always will: store them as a letter."""
        answer = await self._queue.send(body)
        if answer.written or answer.status != 400:
            return answer if answer.written else _try_again(answer)
        await asyncio.to_thread(
            self._letters.put, body, reason=UNREADABLE, error=why, spans=0, services=(), names=()
        )
        self._counts.put_aside(UNREADABLE, 0, 0)
        return ACKNOWLEDGED


def _try_again(answer: JaegerAnswer) -> JaegerAnswer:
    # The collector drops a batch after an answer of 4xx or 500. After 503 it keeps the batch and retries.
    text = without_statement(answer.text)
    return JaegerAnswer(503, text, text[:1000].encode(), {"content-type": "text/plain"})


def _readable(text: str) -> str:
    """Return a text without control characters and without leftovers of its protobuf encoding."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()
