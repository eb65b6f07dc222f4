"""A page as a test reads it: its sections, their tables and the elements there are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Parsed:
    """Texts are as a person sees them, spaces in a row as one.

    Attributes:
        tags: how often each element is there.
        attributes: all names of attributes.
        tables: rows of cells by the section's id, heads first; of several tables one after the other.
        items: list items of each section.
        summaries: of each section's details.
        texts: all text outside of scripts and styles.
        data: the block of JSON.
    """

    tags: Counter[str] = field(default_factory=Counter)
    attributes: set[str] = field(default_factory=set)
    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    items: dict[str, list[str]] = field(default_factory=dict)
    summaries: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    data: str = ""


def parsed(page: str) -> Parsed:
    parser = _Parser()
    parser.feed(page)
    parser.close()
    return parser.found


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = Parsed()
        self._section = ""
        self._open: list[str] | None = None
        self._is_data = self._is_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found.tags[tag] += 1
        self.found.attributes |= set(given)
        if tag == "section":
            self._section = given["id"] or ""
        elif tag == "tr":
            self.found.tables.setdefault(self._section, []).append([])
        elif tag in ("th", "td", "li", "summary"):
            self._open = []
        self._is_code = tag in ("script", "style")
        self._is_data = tag == "script" and given.get("type") == "application/json"

    def handle_endtag(self, tag: str) -> None:
        self._is_code = self._is_data = False
        if tag not in ("th", "td", "li", "summary") or self._open is None:
            return
        text = " ".join("".join(self._open).split())
        if tag in ("th", "td"):
            self.found.tables[self._section][-1].append(text)
        else:
            kept = self.found.items if tag == "li" else self.found.summaries
            kept.setdefault(self._section, []).append(text)
        self._open = None

    def handle_data(self, data: str) -> None:
        if self._is_data:
            self.found.data += data
        elif not self._is_code:
            self.found.texts.append(data)
        if self._open is not None:
            self._open.append(data)
