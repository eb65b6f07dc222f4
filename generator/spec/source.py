"""Read a spec file into YAML nodes with line and column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from generator.spec.problem import Problem, SpecError

# A spec has a page or two. A larger file is not a spec, and parsing it could take very long.
MAX_BYTES = 1 << 20
MAX_NODES = 20_000

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(path: Path) -> str:
    """Read the text of a spec file.

    Raises:
        SpecError: The file is missing, a directory, not readable, too large, not UTF-8, or empty.
    """
    name = str(path)

    def refuse(found: str, expected: str, fix: str, line: int = 0, column: int = 0) -> SpecError:
        return SpecError([Problem(name, line, column, "", found, expected, fix)])

    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise refuse("there is no such file", "a spec", "run `kit init` to write one") from None
    except IsADirectoryError:
        raise refuse("this is a directory", "a file", f"name the file in it: {path / 'kit.yaml'}") from None
    except PermissionError:
        raise refuse("not readable by this user", "a readable file", f"chmod u+r {name}") from None
    except OSError as error:
        raise refuse(
            f"can't be read: {error.strerror}", "a readable file", "check the disk and path"
        ) from None
    if len(data) > MAX_BYTES:
        raise refuse(f"{len(data):,} bytes", f"at most {MAX_BYTES:,} bytes", "is this the right file?")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise refuse(
            f"byte 0x{data[error.start]:02x} is not UTF-8", "UTF-8 text",
            f"iconv -f latin1 -t utf-8 {name}  (if it was Latin-1)", line, column,
        ) from None  # fmt: skip
    if not text.strip():
        raise refuse(
            "the file is empty",
            "at least `spec: 1` and `name: …`",
            "`kit init --stdout` shows a complete spec",
        )
    return text


def parse(text: str, file: str) -> yaml.MappingNode:
    """Parse a spec's text and return its top mapping.

    Raises:
        SpecError: The text is not YAML, has several documents or endless aliases, or its top is not a mapping.
    """
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        raise SpecError([syntax_problem(error, text, file)]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - (text.rfind("\n", 0, error.position) + 1) + 1
        code = ord(text[error.position]) if error.position < len(text) else 0
        found = f"the character U+{code:04X} is not allowed in YAML"
        raise SpecError([Problem(file, line, column, "", found, "printable text", "remove it")]) from None
    if node is None:
        problem = Problem(
            file, 0, 0, "", "nothing but comments", "`spec: 1` and `name: …`", "see `kit init --stdout`"
        )
        raise SpecError([problem])
    _refuse_alias_bomb(node, file)
    if not isinstance(node, yaml.MappingNode):
        kind = "a list" if isinstance(node, yaml.SequenceNode) else "a single value"
        raise SpecError(
            [Problem(file, *position(node), "", f"{kind} at the top", "keys and values, such as `name: coupons`",
                     "remove the leading `-`" if kind == "a list" else "write `spec: 1` and `name: …`")]
        )  # fmt: skip
    return node


def position(node: yaml.Node) -> tuple[int, int]:
    """Return line and column of a node, counted from 1."""
    return node.start_mark.line + 1, node.start_mark.column + 1


def syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    """Describe in plain words why a text is not valid YAML."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    lines = text.splitlines()
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    problem = error.problem or "not YAML"
    if "\t" in here[: max(column, len(here) - len(here.lstrip()))]:
        column = here.index("\t") + 1
        return Problem(
            file, line, column, "", "a tab in the indentation", "spaces", "replace the tab with spaces"
        )
    if "expected a single document" in str(error.context):
        return Problem(
            file, line, column, "", "a second document (`---`)", "one document", "keep one, remove the others"
        )
    if "undefined alias" in problem:
        return Problem(
            file,
            line,
            column,
            "",
            problem,
            "an anchor (`&name`) above it",
            "define the anchor, or write the value out",
        )
    fix = "check indentation, quotes and brackets here and on the line above"
    return Problem(file, line, column, "", f"not valid YAML: {problem}", "", fix)


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _refuse_alias_bomb(root: yaml.Node, file: str) -> None:
    """Raise `SpecError` if the text would have too many nodes with every alias written out; visit each node once."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()
    stack: list[tuple[yaml.Node, bool]] = [(root, False)]
    while stack:
        node, done = stack.pop()
        key = id(node)
        if done:
            open_nodes.discard(key)
            sizes[key] = 1 + sum(sizes.get(id(child), 1) for child in _children(node))
            continue
        if key in sizes:
            continue
        open_nodes.add(key)
        stack.append((node, True))
        for child in _children(node):
            if id(child) in open_nodes:
                found = "an alias that contains itself"
                raise SpecError([Problem(file, *position(child), "", found, "plain values", "write it out")])
            stack.append((child, False))
    if sizes[id(root)] > MAX_NODES:
        found = f"aliases that expand to {sizes[id(root)]:,} values"
        raise SpecError(
            [Problem(file, *position(root), "", found, f"at most {MAX_NODES:,}", "write them out")]
        )
