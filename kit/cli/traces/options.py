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
    """What makes the exit code 1, where it can be nothing but an objective."""

    OBJECTIVE = "objective"


Attribute = Annotated[
    list[str] | None,
    typer.Option(
        "--attribute",
        metavar="KEY=VALUE",
        help="A span with this attribute. May be repeated: all must hold.",
    ),
]
Since = Annotated[
    str,
    typer.Option(
        "--since",
        help="From when: 15m (ago), 14:05 or 2026-11-21T14:05:00Z, in UTC; "
        f"{DEFAULT_SINCE} if not given, all of a file.",
    ),
]
Until = Annotated[str, typer.Option("--until", help="Until when, written alike; else until now.")]
Objectives = Annotated[
    list[str] | None,
    typer.Option(
        "--objective",
        metavar="OBJECTIVE",
        help='What is expected, as "coupon-api:POST /coupons:p99<400ms", "coupon-api:success>99%" or '
        '"coupon-issuer:wait_p95<1s". May be repeated.',
    ),
]
FailOnObjective = Annotated[
    FailOn | None,
    typer.Option("--fail-on", help="objective: exit 1 when one is missed, 5 when one cannot be judged."),
]
Redis = Annotated[
    str,
    typer.Option(
        "--redis",
        metavar="URL",
        help="The Redis whose backlog to show, as redis://host:6379/0; else that of the deployment in this folder.",
    ),
]
Ascii = Annotated[bool, typer.Option("--ascii", help="Draw with ASCII characters only.")]
OutputForm = Annotated[
    Output, typer.Option("--output", help="text or json; `kit explain answers` tells its fields.")
]


@dataclass(frozen=True)
class Filters:
    """Which spans are meant."""

    service: Annotated[str, typer.Option("--service", help="Only this service; else all.")] = ""
    operation: Annotated[
        str, typer.Option("--operation", help="Only the endpoint, or the spans, of this name.")
    ] = ""
    attribute: Attribute = None
    since: Since = ""
    until: Until = ""


@dataclass(frozen=True)
class TraceFilters:
    """Which traces are meant, of the verbs that keep and compare them."""

    service: Annotated[str, typer.Option("--service", help="Traces with a span of this service.")] = ""
    operation: Annotated[str, typer.Option("--operation", help="Traces with a span of this name.")] = ""
    attribute: Attribute = None


@dataclass(frozen=True)
class Threshold:
    """Which changes are too small to matter."""

    min_change: Annotated[
        str, typer.Option("--min-change", help="A latency's change below this doesn't matter,")
    ] = "1ms"
    min_change_percent: Annotated[
        float, typer.Option("--min-change-percent", min=0.0, help="nor one below this part of it.")
    ] = 5.0


@dataclass(frozen=True)
class JaegerSource:
    """The Jaeger to read from."""

    spec: Annotated[
        Path,
        typer.Option("--spec", help="The spec; its deployment's Jaeger, objectives and queues are meant."),
    ] = DEFAULT_SPEC
    jaeger: Annotated[
        str,
        typer.Option(
            "--jaeger",
            metavar="URL",
            envvar="KIT_JAEGER_URL",
            help="The Jaeger to ask, as http://host:16686; else that of the deployment in this folder.",
        ),
    ] = ""
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Refuse traces of which something cannot be read; else that is left out and counted.",
        ),
    ] = False
    timeout: Annotated[
        str,
        typer.Option(
            "--timeout",
            help="Give up when reading takes longer, as 30s. If not given, each answer of Jaeger may take 30 s.",
        ),
    ] = ""

    @cached_property
    def timeout_s(self) -> float:
        """How long all reading may take, in seconds; 0 without a limit. Raises UsageError."""
        from kit.cli.waiting import seconds_of

        return seconds_of("--timeout", self.timeout) if self.timeout else 0.0

    @property
    def answer_s(self) -> float:
        """How long one answer of Jaeger may take, in seconds."""
        return self.timeout_s or _ANSWER_SECONDS

    @property
    def files(self) -> list[Path]:
        """The files to read instead: none."""
        return []

    @cached_property
    def url(self) -> str:
        """The Jaeger that is named, else that of the spec's deployment."""
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
            help="Read a file instead: OTLP JSON, JSON lines, Jaeger's download, Tempo's or Zipkin's JSON, any of "
            "them gzipped, or a snapshot. May be repeated.",
        ),
    ] = field(default_factory=list)
    more_files: Annotated[list[Path] | None, typer.Argument(hidden=True, metavar="[FILE]...")] = None

    @cached_property
    def files(self) -> list[Path]:
        """All named files, of snapshots too: a shell turns `--from *.json` into one option and further arguments."""
        if self.more_files and not self.from_:
            raise typer.BadParameter(
                f"unexpected argument {str(self.more_files[0])!r}: files are named with --from"
            )
        from kit.operate.snapshots import file_of

        return [file_of(Path.cwd(), path) for path in (*self.from_, *(self.more_files or ()))]
