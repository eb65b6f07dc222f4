"""Calls that leave a process: what they do, whether two do the same, and which follow each other.

Both spellings of the database attributes are understood: those of the stable conventions and those before them.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.table import NOWHERE
from analysis.model import SpanKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from analysis.columns.table import Mask, Rows, SpanTable
    from analysis.lint.words import Words

CLOSE_GAP_NS = 5_000_000
"""Calls in a loop follow each other at most so far apart, or as far as the longest of them takes: what lies further
apart waits for something else, as a poll does. 5 ms as Sentry's detector of API calls in a loop has it."""

SYSTEM = ("db.system.name", "db.system")
OPERATION = ("db.operation.name", "db.operation")
STATEMENT = ("db.query.text", "db.statement")
SUMMARY = ("db.query.summary",)
METHOD = ("http.request.method", "http.method")
RPC = ("rpc.system", "rpc.system.name")
ADDRESS = ("server.address",)
URL = ("url.full", "http.url")

NEEDED = (*SYSTEM, *OPERATION, *STATEMENT, *SUMMARY, *METHOD, *RPC, *ADDRESS, *URL)
"""The attributes that a table must hold for these questions."""


class CallKind(StrEnum):
    """What is called."""

    SQL = "sql"
    REDIS = "redis"
    HTTP = "http"


_REDIS = {"redis", "valkey"}
_NO_SQL = {"mongodb", "elasticsearch", "opensearch", "memcached", "dynamodb", "aws.dynamodb", "couchdb"}
_LITERALS = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b|[$:@]\w+|%\(\w+\)s|%s|\?")
_LISTS = re.compile(r"\(\s*\?(?:\s*,\s*\?)*\s*\)(?:\s*,\s*\(\s*\?(?:\s*,\s*\?)*\s*\))*")


class Calls:
    """Which rows of a table are calls, and of what.

    Attributes:
        of: the rows that call each kind of thing.
        any: those that call one of them.
        same: one entry a row: index into `texts`; -1 for what is no call. Calls of one kind that share it do the
            same, whatever values they are given: a Redis command's name, a statement without its values, or a
            request's name, method and server.
        texts: what `same` points to.
        statement: one entry a row: the code of its statement or command; -1 where it does not say.
    """

    def __init__(self, table: SpanTable, words: Words) -> None:
        """Look at all spans of a table."""
        self._table = table
        self.statement = words.codes(*STATEMENT)
        system = words.codes(*SYSTEM)
        called = (system != NOWHERE) & ~table.is_kind(SpanKind.SERVER, SpanKind.CONSUMER, SpanKind.PRODUCER)
        redis = words.fits(system, _REDIS.__contains__)
        request = table.is_kind(SpanKind.CLIENT) & (words.codes(*METHOD, *RPC) != NOWHERE)
        self.of: dict[CallKind, Mask] = {
            CallKind.SQL: called & ~redis & ~words.fits(system, _NO_SQL.__contains__),
            CallKind.REDIS: called & redis,
            CallKind.HTTP: request & (system == NOWHERE),
        }
        self.any: Mask = np.logical_or.reduce(list(self.of.values()))
        self.texts: list[str] = []
        self.same = np.full(len(table), NOWHERE, np.int64)
        self._known: dict[str, int] = {}
        self._name_all(words)

    def text(self, row: int) -> str:
        """What a call shares with those that do the same."""
        return self.texts[int(self.same[row])]

    def fit(self, kind: CallKind, test: Callable[[str], object]) -> Mask:
        """Which calls of a kind have a text that passes a test."""
        rows = np.flatnonzero(self.of[kind])
        passed = np.zeros(len(self._table), bool)
        known, index = np.unique(self.same[rows], return_inverse=True)
        fits = np.array([bool(test(self.texts[one])) for one in known.tolist()], bool)
        passed[rows] = fits[index.reshape(-1)]
        return passed

    def statement_of(self, row: int) -> str:
        """The text of a statement or command; empty where the span doesn't say."""
        code = int(self.statement[row])
        return "" if code == NOWHERE else str(self._table.values[code])

    def _name_all(self, words: Words) -> None:
        table, values, texts = self._table, self._table.values, self._table.texts
        many = len(values)
        rows = np.flatnonzero(self.of[CallKind.REDIS])
        said = words.codes(*OPERATION, *STATEMENT)[rows].astype(np.int64)
        # One that says nothing is known by its name, whose numbers begin where those of the values end.
        key = np.where(said == NOWHERE, many + table.name[rows], said)
        self._name(rows, key, lambda one: _command(str(values[one]) if one < many else texts[one - many]))
        rows = np.flatnonzero(self.of[CallKind.SQL])
        said, summary = self.statement[rows].astype(np.int64), words.codes(*SUMMARY)[rows]
        short = np.where(summary == NOWHERE, 2 * many + table.name[rows], many + summary)
        key = np.where(said == NOWHERE, short, said)
        self._name(
            rows,
            key,
            lambda one: (
                without_values(str(values[one]))
                if one < many
                else str(values[one - many])
                if one < 2 * many
                else texts[one - 2 * many]
            ),
        )
        rows = np.flatnonzero(self.of[CallKind.HTTP])
        method, address = words.codes(*METHOD)[rows], words.codes(*ADDRESS)[rows]
        unique, index = np.unique(np.stack([table.name[rows], method, address]), axis=1, return_inverse=True)
        found = [
            " ".join(part for part in (texts[name], *(_text(values, one) for one in codes)) if part)
            for name, *codes in unique.T.tolist()
        ]
        self._name(rows, index.reshape(-1), found.__getitem__)

    def _name(self, rows: Rows, key: Rows, text: Callable[[int], str]) -> None:
        known, index = np.unique(key, return_inverse=True)
        numbers = [self._number(text(one)) for one in known.tolist()]
        self.same[rows] = np.array(numbers, np.int64)[index.reshape(-1)]

    def _number(self, text: str) -> int:
        number = self._known.setdefault(text, len(self.texts))
        if number == len(self.texts):
            self.texts.append(text)
        return number


def without_values(statement: str) -> str:
    """A statement with its values, and lists of them, replaced by a question mark."""
    return " ".join(_LISTS.sub("(?)", _LITERALS.sub("?", statement)).split())


def in_a_row(table: SpanTable, calls: Rows) -> Iterator[Rows]:
    """Runs of calls that follow each other closely, one after the other.

    Args:
        table: the spans.
        calls: of one parent, by start time; others may lie between them. Those without a known end are in no run:
            whether the next one waited for them can't be seen.
    """
    if table.unfinished[calls].any():
        calls = calls[~table.unfinished[calls]]
    begin, longest, before = 0, 0, 0
    times = zip(table.start_ns[calls].tolist(), table.end_ns[calls].tolist(), strict=True)
    for place, (start, end) in enumerate(times):
        longest = max(longest, end - start)
        if place > begin and not 0 <= start - before <= max(CLOSE_GAP_NS, longest):
            yield calls[begin:place]
            begin, longest = place, end - start
        before = end
    if len(calls):
        yield calls[begin:]


def total_ms(table: SpanTable, calls: Rows) -> float:
    """The time of all of them, in milliseconds."""
    return int(table.duration_of(calls).sum()) / 1_000_000


def longest_ms(table: SpanTable, calls: Rows) -> float:
    """The time of the longest, in milliseconds."""
    return int(table.duration_of(calls).max()) / 1_000_000


def _command(said: str) -> str:
    """A Redis command's name in capitals."""
    return said.split(maxsplit=1)[0].upper() if said.strip() else said


def _text(values: Sequence[object], code: int) -> str:
    return "" if code == NOWHERE else str(values[code])
