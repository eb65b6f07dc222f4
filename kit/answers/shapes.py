"""The shapes that several answers share."""

from __future__ import annotations

from analysis.objectives import Outcome
from findings.rule import Severity
from kit.answers.shape import (
    Schema,
    anything,
    by_key,
    flag,
    listing,
    number,
    or_null,
    record,
    shared,
    text,
    whole,
)

_PLACE = {
    "file": text("path"),
    "line": whole("counted from 1; 0 where there is none"),
    "column": whole("counted from 1; 0 where there is none"),
}

# What a Jaeger's search adds to what was read; files are read whole and have none of it.
OF_A_SEARCH = {
    "asked_since": text("what was asked for, RFC 3339"),
    "searches": whole("searches that a Jaeger was asked"),
    "stopped": or_null(text("why the reading stopped before `asked_since`; null when it did not")),
    "incomplete": listing(
        "slices of a millisecond that hold more traces than one search returns",
        record(
            "one of them",
            {
                "service": text("whose search"),
                "since": text("its beginning, RFC 3339"),
                "until": text("its end, RFC 3339"),
            },
        ),
    ),
}

SHAPES: dict[str, Schema] = {
    "percentiles": record(
        "of a number of durations",
        {
            "count": whole("durations"),
            "p50_ns": whole("the median, ns"),
            "p95_ns": whole("ns"),
            "p99_ns": whole("ns"),
            "p99_is_sound": flag("whether there are the 100 durations that p99 needs"),
            "mean_ns": whole("ns"),
            "max_ns": whole("ns"),
        },
    ),
    "objective": record(
        "an objective and what was measured",
        {
            "objective": text("as it is written on the command line"),
            "limit": number("ns; of a share 0 to 1"),
            "measured": or_null(number("ns; of a share 0 to 1; null where nothing was measured")),
            "samples": whole("of how many calls, messages or requests"),
            "outcome": text("what became of it", Outcome),
        },
    ),
    "coverage": record(
        "what was read; from a Jaeger also what could not be",
        {
            "complete": flag("whether all of the window was read"),
            "spans": whole("spans that were read"),
            "traces": whole("traces that they are of"),
            "since": or_null(text("from when on all was read, RFC 3339; null where a file has no bound")),
            "until": or_null(text("until when, RFC 3339; null where a file has no bound")),
            **OF_A_SEARCH,
        },
        optional=OF_A_SEARCH,
    ),
    "window": record(
        "whole traces that were read; from a Jaeger also what could not be",
        {
            "source": text("the file, the Jaeger or the snapshot"),
            "since": text("from when on, RFC 3339"),
            "until": text("until when, RFC 3339"),
            "traces": whole("traces that were read"),
            "complete": flag("whether all of the window was read"),
            **OF_A_SEARCH,
        },
        optional=OF_A_SEARCH,
    ),
    "place": record("a place in a file", _PLACE),
    "finding": record(
        "a broken rule",
        {
            "rule": text("its id, as KIT044"),
            "severity": text("how bad", Severity),
            "title": text("what holds where the rule is kept"),
            "path": text("the key in the spec, with dots; empty where there is none"),
            "found": text("what is there"),
            "expected": text("what should be there; may be empty"),
            "fix": text("the next step"),
            "place": or_null(shared("place", "what causes it, in a file that a person edits")),
            "shows_in": or_null(shared("place", "where it shows, in a rendered file")),
            "details": by_key("figures and names, by rule; see `kit explain`", anything("by key")),
        },
        optional=["details"],
    ),
    "figure": record(
        "a figure on both sides of a comparison, in its field's unit",
        {
            "before": number("in A"),
            "after": number("in B"),
            "change": number("after less before"),
            "percent": or_null(number("the change in percent of what was before; null of nothing")),
            "interval": listing(
                "95 % interval of the change: its lower and its upper bound", number("a bound")
            ),
            "sound": flag("of a p99: whether there are enough values for one"),
        },
        optional=["sound"],
    ),
    "attributes": by_key(
        "attributes by key: text, numbers, flags, lists, objects; bytes as base64, NaN and infinities as text",
        anything("the value"),
    ),
}
