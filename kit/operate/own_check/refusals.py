"""Parse the messages of `otelcol validate` and `jaeger validate`, with the key that each is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_KINDS = "receivers|processors|exporters|connectors|extensions|service"
_COMPONENT = re.compile(rf"'({_KINDS})' error reading configuration for \"([^\"]+)\": ?(.*)")
_UNKNOWN = re.compile(rf"'({_KINDS})' unknown type: \"[^\"]*\" for id: \"([^\"]+)\"(.*)")
_DECODED = re.compile(r"'([^']*)' (.*)")
_CHECKED = re.compile(rf"((?:{_KINDS})(?:::[^\s:]+)*): (.*)")
_CREATED = re.compile(
    r"failed to (?:create|build) \"([^\"]+)\" (receiver|processor|exporter|connector|extension)"
)
_SOURCE = re.compile(r"(?:invalid uri: |scheme |environment variable )\"([^\"]+)\"")
_LEADS = ("failed to get config: ", "cannot unmarshal the configuration: ", "cannot resolve the configuration: ",
          "invalid configuration: ", "failed to build pipelines: ")  # fmt: skip
_FOLLOWS = re.compile(r"^decoding failed due to the following error\(s\):\s*")
UNKNOWN_TYPE = "unknown type"
PANIC = "panic: "
_LOG_LINE = re.compile(r"^\d{4}[/-]\d\d[/-]\d\d[T ]")


class Refusal(NamedTuple):
    """One reason why a program does not start.

    Attributes:
        path: Path of the key, as far as it exists in the config; empty when the message names no key.
        text: Text in the config that the message quotes, such as `${NAME`; empty without one.
        message: The program's own message.
    """

    path: tuple[Any, ...]
    text: str
    message: str


def refusals(output: str, config: Mapping[str, Any]) -> list[Refusal]:
    """Return the reasons that a program printed; empty without an error.

    Args:
        output: its stderr.
        config: the merged config, to find the keys in.
    """
    # It breaks off as it would at its start; the lines behind are of Go's stack.
    if crash := next((line for line in output.splitlines() if line.startswith(PANIC)), ""):
        return [Refusal((), "", crash)]
    _, sign, said = output.partition("Error: ")
    if not sign:
        return []
    found: list[Refusal] = []
    above: tuple[Any, ...] = ()
    for raw in said.splitlines():
        if _LOG_LINE.match(raw):
            break
        line = raw.strip()
        for lead in _LEADS:
            line = line.removeprefix(lead)
        line = _FOLLOWS.sub("", line)
        if not line:
            continue
        if match := _COMPONENT.match(line):
            above = (match[1], match[2])
            line = _FOLLOWS.sub("", match[3])
            if not line:
                continue
        found += _read(line, above, config)
    return list(dict.fromkeys(found))


def _read(line: str, above: tuple[Any, ...], config: Mapping[str, Any]) -> Iterator[Refusal]:
    if match := _UNKNOWN.match(line):
        yield Refusal((match[1], match[2]), "", f"{UNKNOWN_TYPE} `{match[2].partition('/')[0]}`")
    elif match := _CHECKED.match(line):
        yield Refusal(_within(config, match[1].split("::")), "", match[2])
    elif match := _DECODED.match(line):
        path = _within(config, [*above, *_steps(match[1])])
        _, sign, keys = match[2].partition("has invalid keys: ")
        for key in keys.split(", ") if sign else ():
            yield Refusal((*path, key), "", f"has invalid keys: {key}")
        if not sign:
            yield Refusal(path, "", match[2])
    elif match := _CREATED.search(line):
        yield Refusal(_within(config, [f"{match[2]}s", match[1]]), "", line)
    else:
        source = _SOURCE.search(line)
        yield Refusal(above, source[1] if source else "", line)


def _steps(name: str) -> list[str]:
    """Split a path as the decoder writes it: `pipelines[traces].receivers[0]`."""
    return [step for step in re.split(r"[.\[\]]+", name) if step]


def _within(data: Any, steps: list[str]) -> tuple[Any, ...]:
    """Return the steps that are keys of the config: messages also name Go structs, and lower-case the keys."""
    path: list[Any] = []
    rest = list(steps)
    while rest:
        step = rest.pop(0)
        if isinstance(data, Mapping):
            # Names of components may contain dots, where the path was split.
            for joined in range(len(rest), -1, -1):
                whole = ".".join([step, *rest[:joined]])
                key = next(
                    (key for key in data if str(key) == whole or str(key).lower() == whole.lower()), None
                )
                if key is not None:
                    path.append(key)
                    data, rest = data[key], rest[joined:]
                    break
        elif isinstance(data, list) and step.isdigit() and int(step) < len(data):
            path.append(int(step))
            data = data[int(step)]
    return tuple(path)
