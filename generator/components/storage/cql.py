"""CQL definitions as plain data, from the rendered schema or from `DESCRIBE` of ScyllaDB and Cassandra.

    definition("CREATE TABLE k.t (a int PRIMARY KEY) WITH gc_grace_seconds = 1")

It parses CREATE and ALTER of keyspaces, types and tables, not the whole of CQL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# A property's value: a word, number or text as written, or a map or list of such values.
Value = str | dict[str, "Value"] | list["Value"]

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|//[^\n]*|/\*.*?\*/)
      | (?P<text>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")*")
      | (?P<number>-?\d+(?:\.\d+)?(?![A-Za-z_\d]))
      | (?P<word>[A-Za-z_\d]+)
      | (?P<mark>[(){}\[\]<>,.:=;])""",
    re.DOTALL | re.VERBOSE,
)


class CqlError(ValueError):
    """Raised for a statement that this module can't parse; the message names the expected text."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One statement.

    Attributes:
        action: CREATE or ALTER.
        kind: KEYSPACE, TYPE or TABLE.
        keyspace: The keyspace, or the one that holds the type or table; empty if the statement names none.
        name: Name of the type or table; empty for a keyspace.
        columns: Type by name, for a table's columns, a type's fields, or the ones that ALTER adds. Types are written
            without spaces and without the keyspace.
        partition_key: Column names, in order.
        clustering_key: Column names, in order.
        order: ASC or DESC by clustering column, for the columns in CLUSTERING ORDER BY.
        properties: Properties after WITH, by name.
        repeated: Names of properties that occur more than once.
    """

    action: str
    kind: str
    keyspace: str
    name: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    partition_key: tuple[str, ...] = ()
    clustering_key: tuple[str, ...] = ()
    order: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, Value] = field(default_factory=dict)
    repeated: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Kind and name for messages, such as `table traces`."""
        return f"{self.kind.lower()} {self.name or self.keyspace}"

    def mapping(self, name: str) -> dict[str, Value]:
        """Return a property that is a map; empty if it is absent or not a map."""
        value = self.properties.get(name)
        return value if isinstance(value, dict) else {}


def definition(statement: str) -> Definition:
    """Parse one statement.

    Raises:
        CqlError: The statement is not a CREATE or ALTER that this module can parse.
    """
    return _Reader(_tokens(statement)).statement()


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise CqlError(f"`{text[place : place + 20]}` is not CQL")
        if match.lastgroup and match.lastgroup != "space":
            tokens.append((match.lastgroup, match[0]))
        place = match.end()
    return tokens


class _Reader:
    """A statement's tokens, read from left to right."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = [*tokens, ("end", "")]
        self._at = 0

    def statement(self) -> Definition:
        action = self._word("CREATE", "ALTER")
        kind = self._word("KEYSPACE", "TYPE", "TABLE")
        self._words("IF", "NOT", "EXISTS")
        keyspace, name = self._name(kind)
        read = _Parts()
        if action == "CREATE" and kind != "KEYSPACE":
            self._columns(read)
        elif self._is("ADD"):
            self._added(read)
        if self._is("WITH"):
            self._properties(read)
        self._is(";")
        if self._tokens[self._at][0] != "end":
            raise CqlError(f"`{self._tokens[self._at][1]}` after the end of the statement")
        return Definition(
            action=action, kind=kind, keyspace=keyspace, name=name, columns=read.columns,
            partition_key=tuple(read.partition), clustering_key=tuple(read.clustering), order=read.order,
            properties=read.properties, repeated=tuple(read.repeated),
        )  # fmt: skip

    def _columns(self, read: _Parts) -> None:
        self._expect("(")
        while True:
            if self._words("PRIMARY", "KEY"):
                self._primary_key(read)
            else:
                name = self._identifier()
                read.columns[name] = self._type()
                self._is("STATIC")
                if self._words("PRIMARY", "KEY"):
                    read.partition = [name]
            if not self._is(","):
                break
        self._expect(")")

    def _primary_key(self, read: _Parts) -> None:
        self._expect("(")
        read.partition = self._identifiers() if self._is("(") else [self._identifier()]
        while self._is(","):
            read.clustering.append(self._identifier())
        self._expect(")")

    def _added(self, read: _Parts) -> None:
        bracketed = self._is("(")
        while True:
            name = self._identifier()
            read.columns[name] = self._type()
            if not self._is(","):
                break
        if bracketed:
            self._expect(")")

    def _properties(self, read: _Parts) -> None:
        while True:
            if self._words("CLUSTERING", "ORDER", "BY"):
                self._order(read)
            else:
                name = self._identifier()
                self._expect("=")
                if name in read.properties:
                    read.repeated.append(name)
                read.properties[name] = self._value()
            if not self._is("AND"):
                return

    def _order(self, read: _Parts) -> None:
        self._expect("(")
        while True:
            column = self._identifier()
            read.order[column] = "DESC" if self._is("DESC") else "ASC"
            self._is("ASC")
            if not self._is(","):
                break
        self._expect(")")

    def _value(self) -> Value:
        if self._is("{"):
            entries: dict[str, Value] = {}
            while not self._is("}"):
                key = self._scalar()
                self._expect(":")
                entries[key] = self._value()
                self._is(",")
            return entries
        if self._is("["):
            items: list[Value] = []
            while not self._is("]"):
                items.append(self._value())
                self._is(",")
            return items
        return self._scalar()

    def _scalar(self) -> str:
        kind, text = self._tokens[self._at]
        if kind not in ("text", "number", "word"):
            raise CqlError(f"`{text}` instead of a value")
        self._at += 1
        return text[1:-1].replace("''", "'") if kind == "text" else text

    def _type(self) -> str:
        name = self._identifier()
        while self._is("."):
            name = self._identifier()
        if not self._is("<"):
            return name
        inner = [self._type()]
        while self._is(","):
            inner.append(self._type())
        self._expect(">")
        return f"{name}<{','.join(inner)}>"

    def _name(self, kind: str) -> tuple[str, str]:
        first = self._identifier()
        if kind == "KEYSPACE":
            return first, ""
        return (first, self._identifier()) if self._is(".") else ("", first)

    def _identifiers(self) -> list[str]:
        names = [self._identifier()]
        while self._is(","):
            names.append(self._identifier())
        self._expect(")")
        return names

    def _identifier(self) -> str:
        kind, text = self._tokens[self._at]
        if kind not in ("word", "quoted"):
            raise CqlError(f"`{text}` instead of a name")
        self._at += 1
        return text[1:-1].replace('""', '"') if kind == "quoted" else text.lower()

    def _word(self, *words: str) -> str:
        kind, text = self._tokens[self._at]
        if kind != "word" or text.upper() not in words:
            raise CqlError(f"`{text}` instead of {' or '.join(words)}")
        self._at += 1
        return text.upper()

    def _words(self, *words: str) -> bool:
        """Skip several words, if they come next; return whether they did."""
        ahead = self._tokens[self._at : self._at + len(words)]
        found = tuple(text.upper() for kind, text in ahead if kind == "word") == words
        self._at += len(words) if found else 0
        return found

    def _is(self, text: str) -> bool:
        """Skip a word or mark, if it comes next; return whether it did."""
        kind, found = self._tokens[self._at]
        there = kind in ("word", "mark") and found.upper() == text
        self._at += there
        return there

    def _expect(self, mark: str) -> None:
        if not self._is(mark):
            raise CqlError(f"`{self._tokens[self._at][1]}` instead of `{mark}`")


@dataclass(slots=True)
class _Parts:
    """The parts of a statement that have been parsed so far."""

    columns: dict[str, str] = field(default_factory=dict)
    partition: list[str] = field(default_factory=list)
    clustering: list[str] = field(default_factory=list)
    order: dict[str, str] = field(default_factory=dict)
    properties: dict[str, Value] = field(default_factory=dict)
    repeated: list[str] = field(default_factory=list)
