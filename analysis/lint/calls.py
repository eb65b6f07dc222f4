"""Calls to other processes: their kind, which of them are the same call, and which follow each other.

The attribute names of the stable conventions and the older names are both recognised.
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
"""Maximum gap between calls of a loop, if none of them takes longer. Calls further apart wait for something else, for
example in a poll. 5 ms is the value of Sentry's detector of API calls in a loop."""

SYSTEM = ("db.system.name", "db.system")
OPERATION = ("db.operation.name", "db.operation")
STATEMENT = ("db.query.text", "db.statement")
SUMMARY = ("db.query.summary",)
METHOD = ("http.request.method", "http.method")
RPC = ("rpc.system", "rpc.system.name")
ADDRESS = ("server.address",)
URL = ("url.full", "http.url")

NEEDED = (*SYSTEM, *OPERATION, *STATEMENT, *SUMMARY, *METHOD, *RPC, *ADDRESS, *URL)
"""The attributes that a table must hold to find calls."""


class CallKind(StrEnum):
    """Kind of the called system."""

    SQL = "sql"
    REDIS = "redis"
    HTTP = "http"


_REDIS = {"redis", "valkey"}
_NO_SQL = {"mongodb", "elasticsearch", "opensearch", "memcached", "dynamodb", "aws.dynamodb", "couchdb"}
_LITERALS = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b|[$:@]\w+|%\(\w+\)s|%s|\?")
_LISTS = re.compile(r"\(\s*\?(?:\s*,\s*\?)*\s*\)(?:\s*,\s*\(\s*\?(?:\s*,\s*\?)*\s*\))*")


class Calls:
    """The rows of a table that are calls, by kind.

    Attributes:
        of: Mask of the calls of each kind.
        any: Mask of the calls of any kind.
        same: Index into `texts` for each row; -1 if it is no call. Calls of one kind with equal indexes are the same
            call, apart from its values.
        texts: Texts of the calls without values: a Redis command's name, a statement without its values, or a
            request's name, method and server.
        statement: Code of the statement or command for each row; -1 if unknown.
    """

    def __init__(self, table: SpanTable, words: Words) -> None:
        """Find the calls of a table."""
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
        """Return the text of a call without its values."""
        return self.texts[int(self.same[row])]

    def fit(self, kind: CallKind, test: Callable[[str], object]) -> Mask:
        """Return the mask of calls of a kind whose text passes a test."""
        rows = np.flatnonzero(self.of[kind])
        passed = np.zeros(len(self._table), bool)
        known, index = np.unique(self.same[rows], return_inverse=True)
        fits = np.array([bool(test(self.texts[one])) for one in known.tolist()], bool)
        passed[rows] = fits[index.reshape(-1)]
        return passed

    def statement_of(self, row: int) -> str:
        """Return the text of a statement or command; empty if the span has none."""
        code = int(self.statement[row])
        return "" if code == NOWHERE else str(self._table.values[code])

    def _name_all(self, words: Words) -> None:
        table, values, texts = self._table, self._table.values, self._table.texts
        many = len(values)
        rows = np.flatnonzero(self.of[CallKind.REDIS])
        said = words.codes(*OPERATION, *STATEMENT)[rows].astype(np.int64)
        # Without a command, the span name counts; its codes are shifted by the number of values.
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
    """Return a statement with values, and lists of values, replaced by a question mark."""
    return " ".join(_LISTS.sub("(?)", _LITERALS.sub("?", statement)).split())


def in_a_row(table: SpanTable, calls: Rows) -> Iterator[Rows]:
    """Yield runs of sequential calls with small gaps.

    Args:
        table: The spans.
        calls: Calls of one parent, by start time; others may lie between them. Calls without a known end are left
            out, because it is unknown whether the next one waited for them.
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
    """Return the total time of calls, in milliseconds."""
    return int(table.duration_of(calls).sum()) / 1_000_000


def longest_ms(table: SpanTable, calls: Rows) -> float:
    """Return the time of the longest call, in milliseconds."""
    return int(table.duration_of(calls).max()) / 1_000_000


def _command(said: str) -> str:
    """Return a Redis command's name in capitals."""
    return said.split(maxsplit=1)[0].upper() if said.strip() else said


def _text(values: Sequence[object], code: int) -> str:
    return "" if code == NOWHERE else str(values[code])
