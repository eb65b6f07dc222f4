"""`kit traces lint`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kit.cli import traces_options as options
from kit.terminal import answer, data, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from findings.finding import Finding


class Form(StrEnum):
    """The forms of the findings."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


class FailOn(StrEnum):
    """From which severity on the exit code is 1."""

    ERROR = "error"
    WARNING = "warning"


def lint(
    service: str = typer.Option("", "--service", help="Only findings about this service."),
    operation: str = typer.Option("", "--operation", help="Only findings about this endpoint or queue."),
    attribute: list[str] = typer.Option(
        [],
        "--attribute",
        metavar="KEY=VALUE",
        help="Only what happened in traces with a span that has it. May be repeated: one span has all.",
    ),
    since: str = options.SINCE,
    until: str = options.UNTIL,
    fail_on: FailOn = typer.Option(
        FailOn.ERROR,
        "--fail-on",
        help="error: exit 1 when there is one; warning: also when there is one of those.",
    ),
    jaeger: str = options.JAEGER,
    from_: list[Path] = options.FROM,
    more_files: list[Path] | None = options.MORE_FILES,
    output: Form = typer.Option(Form.TEXT, "--output", help="text, json or github."),
) -> None:
    """What traces show to be wrong: N+1 queries, serial calls, waits, retries, broken traces, names.

    Each finding has its evidence, what it costs and how to mend it; `kit explain KIT201` tells a rule's story.
    A finding that costs a request 100 ms or more is an error, and so is a trace that falls apart.

    Example: kit traces lint --since 15m --fail-on warning
    """
    import dataclasses
    import time

    from analysis.lint.report import NEEDED
    from analysis.lint.report import lint as linted
    from analysis.question import query_of
    from analysis.selection import attribute_keys
    from kit.cli.traces_source import named_files, told
    from kit.cli.traces_whole import whole_table
    from kit.errors import NotEnoughDataError

    files = named_files(from_, more_files)
    with told():
        asked = query_of(
            service="",
            operation="",
            attributes=attribute,
            min_duration="",
            max_duration="",
            since=since or ("" if files else options.DEFAULT_SINCE),
            until=until,
            now_ns=time.time_ns(),
            limit=1,
        )
        # Everything is read, whatever is told: what a span links to may be another service's.
        everything = dataclasses.replace(asked, attributes={})
        window = whole_table(everything, files, jaeger, [*NEEDED, *attribute_keys(asked)])
        if service and window.traces:
            from analysis.search import require_service

            require_service(service, window.table.services(), window.where)
    if not window.traces:
        raise NotEnoughDataError(f"no trace in {window.where}", hint="--since looks further back")
    findings = linted(
        window.table,
        window_ns=(window.start_ns, window.end_ns),
        live=not files,
        service=service,
        endpoint=operation,
        attributes=asked.attributes,
    )
    _tell(findings, output, window.plain())
    from findings.finding import errors

    if errors(findings) or (findings and fail_on is FailOn.WARNING):
        raise typer.Exit(1)


def _tell(findings: Sequence[Finding], output: Form, coverage: dict[str, object]) -> None:
    from findings import formats

    if output is Form.JSON:
        answer("traces.lint", coverage=coverage, findings=[formats.document(finding) for finding in findings])
        return
    for finding in findings:
        if output is Form.GITHUB:
            data(formats.github(finding))
        else:
            for line in formats.text(finding):
                data(line)
    say(f"{formats.summary(findings)} in {coverage['traces']:,} traces")
