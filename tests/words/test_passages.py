"""Texts are found where people read them, and code is not taken for text."""

from __future__ import annotations

from pathlib import Path

import pytest

from words.passages import Kind, passages_of
from words.sentences import median, sentences_of, words_of

_PYTHON = '''"""Read the file of a user."""

# The first reason
# of two lines.
QUERY = "SELECT name FROM things WHERE id = 1"
KEY = "messaging.message.id"


def read(path, size):
    """Return the text of a file.

    Args:
        path: Path of the file to read.
        size: Limit of the text, in bytes.

    Raises:
        OSError: The file cannot be read.
    """
    x = 1  # the second reason is here
    raise ValueError(f"{path}: the file is too large, at most {size} bytes")  # noqa: EM102
'''

_MARKDOWN = """# A heading of the page

One paragraph with `some.code` and a [link to a page](page.md)
on two lines.

- first item of a list
- second item of a list

| key | meaning |
| --- | --- |
| `a` | the first of the keys |

```console
$ kit output that nobody wrote
```
"""

_TEMPLATE = """# {{ note }} keeps the queue small
{% if a %}
key: value  # not a line of its own
# The second reason
# of two lines.
{% endif %}
"""


def _texts(folder: Path, name: str, text: str) -> list[tuple[Kind, int, str]]:
    file = folder / name
    file.write_text(text)
    return sorted(((one.kind, one.line, one.text) for one in passages_of(file)), key=lambda it: it[1])


def test_texts_of_a_python_file(tmp_path: Path) -> None:
    assert _texts(tmp_path, "a.py", _PYTHON) == [
        (Kind.DOCSTRING, 1, "Read the file of a user."),
        (Kind.COMMENT, 3, "The first reason of two lines."),
        (Kind.DOCSTRING, 10, "Return the text of a file."),
        (Kind.DOCSTRING, 13, "Path of the file to read."),
        (Kind.DOCSTRING, 14, "Limit of the text, in bytes."),
        (Kind.DOCSTRING, 17, "The file cannot be read."),
        (Kind.COMMENT, 19, "the second reason is here"),
        (Kind.MESSAGE, 20, "X: the file is too large, at most X bytes"),
    ]


def test_texts_of_a_page(tmp_path: Path) -> None:
    assert _texts(tmp_path, "a.md", _MARKDOWN) == [
        (Kind.DOC, 3, "One paragraph with X and a link to a page on two lines."),
        (Kind.DOC, 6, "first item of a list"),
        (Kind.DOC, 7, "second item of a list"),
        (Kind.DOC, 11, "the first of the keys"),
    ]


def test_texts_of_a_template(tmp_path: Path) -> None:
    assert _texts(tmp_path, "config.yaml.j2", _TEMPLATE) == [
        (Kind.COMMENT, 1, "X keeps the queue small"),
        (Kind.COMMENT, 4, "The second reason of two lines."),
    ]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two.", ["One.", "Two."]),
        ("Use a port, e.g. Redis's. Then start.", ["Use a port, e.g. Redis's.", "Then start."]),
        ("It took 1.5 s. See X.", ["It took 1.5 s.", "See X."]),
        ("Is it up? If not, start it.", ["Is it up?", "If not, start it."]),
        ("See p99. self: its own time.", ["See p99.", "self: its own time."]),
        ("no end", ["no end"]),
        ("", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert sentences_of(text) == sentences


def test_lengths() -> None:
    assert words_of("At most 4 words, – and a dash") == 7
    assert median([3, 1, 2]) == 2
    assert median([]) == 0
