"""What differs from run to run, masked: ids, times, figures, bars."""

from __future__ import annotations

import re

_MASKS = (
    (re.compile(r"\x1b\[[0-9;]*m"), ""),
    (re.compile(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{7,16}\b…?"), "ID"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(:?…| ?UTC|Z|\+00:00)?"), "TIME"),
    (re.compile(r"\b\d\d:\d\d(:\d\d(\.\d+)?)?(:?…| UTC)?"), "TIME"),
    (re.compile(r"\b(\d+[dhm] ?)+(\d+s)?\b"), "N"),
    (re.compile(r"\(?[<~+-]?\d[\d,.]*( ?(ns|µs|us|ms|s|min|h|%|MiB|GiB|KiB|MB|kB|B))?\b%?\)?"), "N"),
    # A column that may be empty.
    (re.compile(r"[█▌▐░▏▎▍▋▊▉─│]+"), ""),
    (re.compile(r"(\bN\b[ ,/]*)+"), "N "),
    (re.compile(r"\s+"), " "),
)


def masked(line: str) -> str:
    """A line without what differs from run to run."""
    for pattern, instead in _MASKS:
        line = pattern.sub(instead, line)
    return line.strip()


def shape(output: str) -> set[str]:
    """The different lines of an output, masked; their order and number may differ."""
    return {text for line in output.splitlines() if (text := masked(line)) and text != "N"}
