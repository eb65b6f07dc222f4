"""Parser for OTTL, the collector's language of statements and conditions: finds texts with invalid syntax.

Source: `grammar.go` of contrib's pkg/ottl 0.159, rule by rule. Whether a path such as `span.name` exists depends on the
context, and is not checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from generator.config_keys.catalogue import Function
from generator.spec.problems import nearest

# The order matters: the first pattern that matches wins.
_TOKENS = re.compile(
    "|".join(
        f"(?P<{name}>{pattern})"
        for name, pattern in (
            ("bytes", r"0x[a-fA-F0-9]+"),
            ("float", r"(?:\d+\.\d*|\d*\.\d+)(?:[eE][-+]?\d+)?"),
            ("int", r"\d+"),
            ("string", r'"(?:\\.|[^\\"])*"'),
            ("nil", r"\bnil\b"),
            ("not", r"\bnot\b"),
            ("or", r"\bor\b"),
            ("and", r"\band\b"),
            ("comparison", r"==|!=|>=|<=|>|<"),
            ("arrow", r"=>"),
            ("sum", r"[+-]"),
            ("product", r"[/*]"),
            ("boolean", r"\b(?:true|false)\b"),
            ("equal", r"="),
            ("mark", r"[(){}:,.\[\]]"),
            ("upper", r"[A-Z][A-Z0-9_]*"),
            ("lower", r"[a-z][a-z0-9_]*"),
            ("space", r"\s+"),
            ("blank", r"\b_\b"),
        )
    ),
    re.DOTALL,
)


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Reason why a text can't be parsed, with its column, counted from 1."""

    column: int
    found: str


def refused(text: str, functions: Mapping[str, Function], *, statement: bool) -> Refusal | None:
    """Return the reason why the collector refuses a statement or condition; None if it can be parsed.

    Args:
        text: text as written in the config.
        functions: functions that may be called, by name; empty if unknown.
        statement: whether the text is a statement (an editor with an optional `where`); otherwise a condition.
    """
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        match = _TOKENS.match(text, at)
        if match is None:
            return Refusal(at + 1, f"{text[at : at + 10]!r} is not valid OTTL")
        if match.lastgroup != "space":
            tokens.append(_Token(str(match.lastgroup), match.group(), at))
        at = match.end()
    parser = _Parser(tokens)
    end = parser.statement(0) if statement else parser.either(0)
    if end != len(tokens):
        return _unexpected(tokens, max(parser.farthest, end or 0), len(text))
    return next(_wrong_calls(tokens, functions, statement=statement), None)


def _unexpected(tokens: list[_Token], index: int, length: int) -> Refusal:
    if index >= len(tokens):
        return Refusal(length + 1, "the text ends too early")
    token = tokens[index]
    hint = "; to compare, write `==`" if token.kind == "equal" else ""
    return Refusal(token.at + 1, f"unexpected `{token.text}`{hint}")


def _wrong_calls(
    tokens: list[_Token], functions: Mapping[str, Function], *, statement: bool
) -> Iterator[Refusal]:
    for index, token in enumerate(tokens):
        if token.text != "(" or not index or tokens[index - 1].kind not in ("upper", "lower"):
            continue
        first = index - 1
        while (
            first
            and tokens[first - 1].kind in ("upper", "lower")
            and (tokens[first - 1].at + len(tokens[first - 1].text) == tokens[first].at)
        ):
            first -= 1
        name = "".join(one.text for one in tokens[first:index])
        editor = statement and first == 0
        at = tokens[first].at + 1
        if not editor and name[0].islower() and name != "where":
            yield Refusal(at, f"`{name}` is not a converter: converters begin with a capital letter")
        elif name == "where":
            continue
        elif functions and name not in functions:
            near = nearest(name, sorted(functions))
            yield Refusal(
                at, f"there is no function `{name}`" + (f": did you mean `{near}`?" if near else "")
            )
        elif functions:
            count, known = _arguments(tokens, index), functions[name]
            if not known.least <= count <= known.most:
                span = str(known.least) if known.least == known.most else f"{known.least} to {known.most}"
                yield Refusal(at, f"`{name}` has {count} arguments, but takes {span}")


def _arguments(tokens: list[_Token], opening: int) -> int:
    depth, count = 0, 0
    for token in tokens[opening:]:
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        if not depth:
            return count
        if not count and depth and token is not tokens[opening]:
            count = 1
        count += depth == 1 and token.text == ","
    return count


class _Parser:
    """Recursive-descent parser; each rule maps the index of its first token to the index after its last, or to None."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.farthest = 0
        self._known: dict[tuple[str, int], int | None] = {}

    def statement(self, at: int) -> int | None:
        end = self._call(at, "lower")
        if end is not None and self._is(end, "where"):
            return self.either(end + 1)
        return end

    def either(self, at: int) -> int | None:
        return self._joined(at, self._all, "or")

    def _all(self, at: int) -> int | None:
        return self._joined(at, self._truth, "and")

    def _truth(self, at: int) -> int | None:
        if self._kind(at) == "not":
            at += 1
        return self._once("truth", at, self._any_truth)

    def _any_truth(self, at: int) -> int | None:
        left = self.value(at)
        if left is not None and self._kind(left) == "comparison":
            right = self.value(left + 1)
            if right is not None:
                return right
        elif left is not None:
            self._fail(left)
        if self._kind(at) == "boolean":
            return at + 1
        called = self._call(at, "upper")
        if called is not None:
            return called
        return self._within(at, "(", self.either, ")")

    def value(self, at: int) -> int | None:
        return self._once("value", at, self._any_value)

    def _any_value(self, at: int) -> int | None:
        kind = self._kind(at)
        if kind in ("nil", "bytes", "string", "boolean"):
            return at + 1
        literal = self._literal(at)
        if literal is not None and self._kind(literal) not in ("sum", "product"):
            return literal
        for rule in (self._lambda, self._sum, self._map, self._list):
            end = rule(at)
            if end is not None:
                return end
        if kind == "upper" and self._kind(at + 1) != "lower":
            return at + 1
        return self._fail(at)

    def _literal(self, at: int) -> int | None:
        if self._kind(at) in ("float", "int"):
            return at + 1
        for first in ("lower", "upper"):
            end = self._call(at, first)
            if end is not None:
                return end
        return self._path(at)

    def _path(self, at: int) -> int | None:
        if self._kind(at) != "lower":
            return self._fail(at)
        at = self._keys(at + 1)
        while self._is(at, "."):
            if self._kind(at + 1) != "lower":
                return self._fail(at + 1)
            at = self._keys(at + 2)
        return at

    def _keys(self, at: int) -> int:
        while self._is(at, "["):
            inner = at + 2 if self._kind(at + 1) == "string" else self._sum(at + 1)
            if inner is None or not self._is(inner, "]"):
                self._fail(inner or at + 1)
                return at
            at = inner + 1
        return at

    def _call(self, at: int, first: str) -> int | None:
        if self._kind(at) != first:
            return self._fail(at)
        at += 1
        while self._kind(at) in ("upper", "lower"):
            at += 1
        if not self._is(at, "("):
            return self._fail(at)
        end = self._listed(at, "(", self._argument, ")")
        return None if end is None else self._keys(end)

    def _argument(self, at: int) -> int | None:
        named = at
        if self._kind(named) == "lower":
            while self._kind(named) in ("upper", "lower"):
                named += 1
            if self._kind(named) == "equal":
                at = named + 1
        end = self.value(at)
        if end is not None and (self._is(end, ",") or self._is(end, ")")):
            return end
        if self._kind(at) == "upper":
            name = at
            while self._kind(name) in ("upper", "lower"):
                name += 1
            if self._is(name, ",") or self._is(name, ")"):
                return name
        return end

    def _lambda(self, at: int) -> int | None:
        end = self._listed(at, "(", self._parameter, ")")
        if end is None or self._kind(end) != "arrow":
            return None
        whole = self.either(end + 1)
        return whole if whole is not None else self.value(end + 1)

    def _parameter(self, at: int) -> int | None:
        return at + 1 if self._kind(at) in ("lower", "blank") else self._fail(at)

    def _sum(self, at: int) -> int | None:
        return self._once("sum", at, lambda place: self._joined(place, self._product, "sum"))

    def _product(self, at: int) -> int | None:
        return self._joined(at, self._operand, "product")

    def _operand(self, at: int) -> int | None:
        if self._kind(at) == "sum":
            at += 1
        literal = self._literal(at)
        return literal if literal is not None else self._within(at, "(", self._sum, ")")

    def _map(self, at: int) -> int | None:
        if not self._is(at, "{"):
            return None
        at += 1
        while self._kind(at) == "string" and self._is(at + 1, ":"):
            end = self.value(at + 2)
            if end is None:
                return None
            at = end + 1 if self._is(end, ",") else end
        return at + 1 if self._is(at, "}") else self._fail(at)

    def _list(self, at: int) -> int | None:
        return self._listed(at, "[", self.value, "]")

    def _listed(self, at: int, opening: str, rule: Callable[[int], int | None], closing: str) -> int | None:
        if not self._is(at, opening):
            return self._fail(at)
        if self._is(at + 1, closing):
            return at + 2
        end = rule(at + 1)
        while end is not None and self._is(end, ","):
            end = rule(end + 1)
        if end is None or not self._is(end, closing):
            return self._fail(end) if end is not None else None
        return end + 1

    def _within(self, at: int, opening: str, rule: Callable[[int], int | None], closing: str) -> int | None:
        if not self._is(at, opening):
            return self._fail(at)
        end = rule(at + 1)
        if end is None:
            return None
        return end + 1 if self._is(end, closing) else self._fail(end)

    def _joined(self, at: int, rule: Callable[[int], int | None], by: str) -> int | None:
        end = rule(at)
        while end is not None and self._kind(end) == by:
            end = rule(end + 1)
        return end

    def _once(self, name: str, at: int, rule: Callable[[int], int | None]) -> int | None:
        """Apply a rule to each index once: otherwise nested parentheses would double the work at each level."""
        if (name, at) not in self._known:
            self._known[name, at] = rule(at)
        return self._known[name, at]

    def _kind(self, at: int) -> str:
        return self.tokens[at].kind if at < len(self.tokens) else ""

    def _is(self, at: int, text: str) -> bool:
        return at < len(self.tokens) and self.tokens[at].text == text

    def _fail(self, at: int) -> int | None:
        self.farthest = max(self.farthest, at)
        return None
