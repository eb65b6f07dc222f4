"""The texts that a person reads, taken out of source files.

Code in a text (a Markdown code span, a placeholder of an f-string) becomes the word `X`, so that a sentence keeps its
length and its form.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

# Words for a program, not for a person.
_DIRECTIVE = re.compile(r"#\s*(noqa|type:|pragma|!|fmt:|ruff:|-\*-)")
_CODE = re.compile(r"``[^`]+``|`[^`]+`")
_URL = re.compile(r"<?https?://\S+")
_ADMONITION = re.compile(r"^(!!!|\?\?\?\+?) \w+ ?")
# Three plain words in a row: a key, a query or a format has none.
_PROSE = re.compile(r"(?:^|[\s(])[A-Za-z]?[a-z'\u2019-]+,? [a-z'\u2019-]+,? [a-z'\u2019-]+")
_CQL = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|BEGIN|PRAGMA|WITH)\b")
_SECTION = re.compile(r"^(Args|Arguments|Attributes|Returns|Yields|Raises|Example|Examples|Source|Note):$")
_ENTRY = re.compile(r"^(\*{0,2}[\w.`|, ]{1,60}?|\w+ \([^)]*\)):\s+(?=\S)")


class Kind(StrEnum):
    """Where a text stands."""

    DOC = "doc"
    DOCSTRING = "docstring"
    COMMENT = "comment"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph, list item, table cell or message, on one line.

    Attributes:
        file: Path of the source file.
        line: Line where the text begins, counted from 1.
        text: The words, with single spaces.
    """

    file: Path
    line: int
    kind: Kind
    text: str


def passages_of(file: Path) -> Iterator[Passage]:
    """The passages of a Python, Markdown or template file, in no particular order."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        yield from _of_python(file, text)
    elif file.suffix == ".md":
        yield from _of_markdown(file, text)
    else:
        yield from _of_comments(file, text)


def plain(text: str) -> str:
    """Text with code and addresses replaced, on one line."""
    text = _URL.sub("X", _CODE.sub("X", text))
    return " ".join(text.replace("**", "").replace("__", "_").split())


def _of_python(file: Path, text: str) -> Iterator[Passage]:
    tree = ast.parse(text)
    docstrings = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                value = first.value
                if isinstance(value.value, str):
                    docstrings.add(id(value))
                    yield from _paragraphs(file, value.lineno, value.value, Kind.DOCSTRING)
    yield from _of_strings(file, tree, docstrings)
    yield from _of_python_comments(file, text)


def _of_strings(file: Path, tree: ast.AST, docstrings: set[int]) -> Iterator[Passage]:
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            said = "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) in docstrings or id(node) in inner:
                continue
            said = node.value
        else:
            continue
        if _PROSE.search(said) and not _CQL.match(said):
            yield from _paragraphs(file, node.lineno, said, Kind.MESSAGE)


def _of_python_comments(file: Path, text: str) -> Iterator[Passage]:
    lines: list[tuple[int, str, bool]] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and not _DIRECTIVE.match(token.string):
            own_line = not token.line[: token.start[1]].strip()
            said = token.string.lstrip("#").split("# noqa")[0].strip()
            lines.append((token.start[0], said, own_line))
    yield from _joined(file, lines)


def _of_comments(file: Path, text: str) -> Iterator[Passage]:
    mark = "--" if ".cql" in file.name else "#"
    lines = []
    for number, line in enumerate(text.splitlines(), start=1):
        found = re.match(rf"\s*(?:\{{#|{re.escape(mark)})\s?(.*?)\s*(?:#\}})?$", line)
        if found and not re.match(r"\s*\{%", line):
            said = re.sub(r"\{\{.*?\}\}", "X", re.sub(r"\{%.*?%\}", "", found[1]))
            lines.append((number, said, True))
    yield from _joined(file, lines)


def _joined(file: Path, lines: list[tuple[int, str, bool]]) -> Iterator[Passage]:
    """Comments on lines that follow each other are one text."""
    at, words, last = 0, "", -1
    for number, said, own_line in [*lines, (-9, "", False)]:
        if own_line and number == last + 1 and words and said:
            words += " " + said
        else:
            if words and _PROSE.search(words):
                yield Passage(file, at, Kind.COMMENT, plain(words))
            at, words = number, said
        last = number if own_line else -1


def _paragraphs(file: Path, first: int, text: str, kind: Kind) -> Iterator[Passage]:
    """Paragraphs of a docstring or a message; each entry of its sections and lists is one."""
    at, words = first, ""
    for number, line in enumerate([*text.splitlines(), ""], start=first):
        stripped = line.strip()
        entry = _ENTRY.match(stripped) if kind is Kind.DOCSTRING else None
        if not stripped or entry or _SECTION.match(stripped) or re.match(r"[-*] |\d+\. |\| ", stripped):
            if _PROSE.search(words):
                yield Passage(file, at, kind, plain(words))
            at, words = number, ""
            stripped = re.sub(r"^[-*] |^\d+\. ", "", stripped)
            if entry and line.startswith(" "):
                stripped = stripped[entry.end() :]
            elif _SECTION.match(stripped):
                stripped = ""
        words += " " + stripped
        if not words.strip():
            at = number + 1


def _of_markdown(file: Path, text: str) -> Iterator[Passage]:
    """Paragraphs, list items and table cells; no headings, no code blocks."""
    heading = False
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        heading = token.type == "heading_open" or (heading and token.type != "heading_close")
        if token.type != "inline" or heading or token.map is None:
            continue
        words = "".join(_word_of(child) for child in token.children or ())
        words = _ADMONITION.sub("", words)
        if _PROSE.search(words):
            yield Passage(file, token.map[0] + 1, Kind.DOC, plain(words))


def _word_of(token: Token) -> str:
    if token.type == "code_inline":
        return "X"
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content if token.type == "text" else ""
