"""`kit traces lint`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kit.cli.option_groups import takes_groups
from kit.cli.traces import options
from kit.terminal import FindingsOutput, say

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class FailOn(StrEnum):
    """Lowest severity that makes the exit code 1."""

    ERROR = "error"
    WARNING = "warning"


@app.command()
@takes_groups
def lint(
    *,
    service: Annotated[str, typer.Option("--service", help="Only findings about this service.")] = "",
    operation: Annotated[
        str, typer.Option("--operation", help="Only findings about this endpoint or queue.")
    ] = "",
    attribute: Annotated[
        list[str] | None,
        typer.Option(
            "--attribute",
            metavar="KEY=VALUE",
            help="Only findings in traces with a span that has it. If repeated, one span must have all.",
        ),
    ] = None,
    since: options.Since = "",
    until: options.Until = "",
    fail_on: Annotated[
        FailOn,
        typer.Option(
            "--fail-on",
            help="error: exit with 1 on errors. warning: exit with 1 on warnings too.",
        ),
    ] = FailOn.ERROR,
    source: options.Source,
    output: Annotated[
        FindingsOutput,
        typer.Option("--output", help="text, json, or github (workflow commands of GitHub Actions)."),
    ] = FindingsOutput.TEXT,
) -> None:
    """Find problems in traces: N+1 queries, serial calls, waits, retries, broken traces, names.

    Each finding has its evidence, its cost and a fix; `kit explain KIT201` explains a rule.
    A finding that costs a request 100 ms or more is an error, and so is a broken trace.

    Example: kit traces lint --since 15m --fail-on warning
    """
    from dataclasses import replace

    from analysis.lint.answer import LintAnswer, lint_finding
    from analysis.lint.linting import NEEDED
    from analysis.lint.linting import lint as linted
    from analysis.selection import attribute_keys
    from findings import formats
    from findings.finding import errors
    from kit.cli.traces.scope import query_of_window
    from kit.cli.traces.source import told
    from kit.cli.traces.whole import whole_table
    from kit.errors import NotEnoughDataError
    from kit.printing import show_findings

    with told():
        asked = query_of_window(attribute, since, until, is_file=bool(source.files))
        # Read all services, even if only one is reported: a span may link to another service's span.
        window = whole_table(replace(asked, attributes={}), source, [*NEEDED, *attribute_keys(asked)])
        if service and window.traces:
            from analysis.search import require_service

            require_service(service, window.table.services(), window.where)
    if not window.traces:
        raise NotEnoughDataError(f"no trace in {window.where}", hint="--since looks further back")
    findings = linted(
        window.table,
        window_ns=(window.start_ns, window.end_ns),
        live=not source.files,
        service=service,
        endpoint=operation,
        attributes=asked.attributes,
    )
    answer = LintAnswer(window.answer(), [lint_finding(one) for one in findings])
    show_findings(answer, output, findings, (line for one in findings for line in formats.text(one)))
    if output is not FindingsOutput.JSON:
        say(f"{formats.summary(findings)} in {window.traces:,} traces")
    if errors(findings) or (findings and fail_on is FailOn.WARNING):
        raise typer.Exit(1)
