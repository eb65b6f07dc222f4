"""The options that the verbs of `kit traces` share."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated

import typer

from kit.terminal import Output

DEFAULT_SINCE = "1h"
_ANSWER_SECONDS = 30.0
DEFAULT_SPEC = Path("kit.yaml")


class FailOn(StrEnum):
    """Results that make the exit code 1, for verbs that judge only objectives."""

    OBJECTIVE = "objective"


Attribute = Annotated[
    list[str] | None,
    typer.Option(
        "--attribute",
        metavar="KEY=VALUE",
        help="A span with this attribute. If repeated, one span must have all.",
    ),
]
Since = Annotated[
    str,
    typer.Option(
        "--since",
        help="Start: 15m (ago), 14:05 or 2026-11-21T14:05:00Z, in UTC "
        f"(default: {DEFAULT_SINCE}, or all of a file).",
    ),
]
Until = Annotated[str, typer.Option("--until", help="End, in the same forms (default: now).")]
Objectives = Annotated[
    list[str] | None,
    typer.Option(
        "--objective",
        metavar="OBJECTIVE",
        help='Expected limit, such as "coupon-api:POST /coupons:p99<400ms", "coupon-api:success>99%" or '
        '"coupon-issuer:wait_p95<1s". May be repeated.',
    ),
]
FailOnObjective = Annotated[
    FailOn | None,
    typer.Option("--fail-on", help="objective: exit with 1 if one is missed, 5 if one cannot be judged."),
]
Redis = Annotated[
    str,
    typer.Option(
        "--redis",
        metavar="URL",
        help="URL of the Redis for the backlog, such as redis://host:6379/0 (default: this folder's deployment).",
    ),
]
Ascii = Annotated[bool, typer.Option("--ascii", help="Draw with ASCII characters only.")]
OutputForm = Annotated[
    Output, typer.Option("--output", help="text or json; `kit explain answers` lists the JSON answers.")
]


@dataclass(frozen=True)
class Filters:
    """Options that select spans."""

    service: Annotated[str, typer.Option("--service", help="Only this service (default: all).")] = ""
    operation: Annotated[
        str, typer.Option("--operation", help="Only the endpoint or the spans of this name.")
    ] = ""
    attribute: Attribute = None
    since: Since = ""
    until: Until = ""


@dataclass(frozen=True)
class TraceFilters:
    """Options that select traces, for the verbs that keep and compare them."""

    service: Annotated[str, typer.Option("--service", help="Traces with a span of this service.")] = ""
    operation: Annotated[str, typer.Option("--operation", help="Traces with a span of this name.")] = ""
    attribute: Attribute = None


@dataclass(frozen=True)
class Threshold:
    """Thresholds below which a change does not matter."""

    min_change: Annotated[
        str, typer.Option("--min-change", help="Ignore a latency change smaller than this.")
    ] = "1ms"
    min_change_percent: Annotated[
        float,
        typer.Option(
            "--min-change-percent", min=0.0, help="Ignore a latency change smaller than this percentage."
        ),
    ] = 5.0


@dataclass(frozen=True)
class JaegerSource:
    """The Jaeger to read from."""

    spec: Annotated[
        Path,
        typer.Option("--spec", help="The spec, which defines Jaeger, objectives and queues."),
    ] = DEFAULT_SPEC
    jaeger: Annotated[
        str,
        typer.Option(
            "--jaeger",
            metavar="URL",
            envvar="KIT_JAEGER_URL",
            help="URL of Jaeger, such as http://host:16686 (default: this folder's deployment).",
        ),
    ] = ""
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Fail if something cannot be read (default: leave it out and count it).",
        ),
    ] = False
    timeout: Annotated[
        str,
        typer.Option(
            "--timeout",
            help="Maximum time for all reading, such as 30s (default: 30 s for each answer of Jaeger).",
        ),
    ] = ""

    @cached_property
    def timeout_s(self) -> float:
        """Maximum time for all reading, in seconds; 0 without a limit. Raises UsageError."""
        from kit.cli.waiting import seconds_of

        return seconds_of("--timeout", self.timeout) if self.timeout else 0.0

    @property
    def answer_s(self) -> float:
        """Maximum time for one answer of Jaeger, in seconds."""
        return self.timeout_s or _ANSWER_SECONDS

    @property
    def files(self) -> list[Path]:
        """Files to read instead of Jaeger: none."""
        return []

    @cached_property
    def url(self) -> str:
        """URL of Jaeger: the given one, else that of the spec's deployment."""
        if self.jaeger:
            return self.jaeger
        from kit.operate.runtimes import urls_in

        return urls_in(self.spec)["jaeger"]


@dataclass(frozen=True)
class Source(JaegerSource):
    """The Jaeger, or the files, to read from."""

    from_: Annotated[
        list[Path],
        typer.Option(
            "--from",
            metavar="FILE",
            help="Read a file instead: OTLP JSON, JSON lines, Jaeger's download, Tempo's or Zipkin's JSON (each "
            "also gzipped), or a snapshot. May be repeated.",
        ),
    ] = field(default_factory=list)
    more_files: Annotated[list[Path] | None, typer.Argument(hidden=True, metavar="[FILE]...")] = None

    @cached_property
    def files(self) -> list[Path]:
        """All given files, also of snapshots. A shell expands `--from *.json` to one option and further arguments."""
        if self.more_files and not self.from_:
            raise typer.BadParameter(
                f"unexpected argument {str(self.more_files[0])!r}: pass files with --from"
            )
        from kit.operate.snapshots import file_of

        return [file_of(Path.cwd(), path) for path in (*self.from_, *(self.more_files or ()))]
