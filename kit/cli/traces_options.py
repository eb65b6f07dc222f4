"""The options that the verbs of `kit traces` share."""

from __future__ import annotations

from enum import StrEnum

import typer

from kit.terminal import Output

DEFAULT_SINCE = "1h"


class FailOn(StrEnum):
    """What makes the exit code 1, where it can be nothing but an objective."""

    OBJECTIVE = "objective"


JAEGER = typer.Option(
    "",
    "--jaeger",
    metavar="URL",
    envvar="KIT_JAEGER_URL",
    help="The Jaeger to ask, as http://host:16686; else that of the deployment in this folder.",
)
FROM = typer.Option(
    [],
    "--from",
    metavar="FILE",
    help="Read a file instead: OTLP JSON, JSON lines, Jaeger's download, any of them gzipped, "
    "or a snapshot. May be repeated.",
)
MORE_FILES = typer.Argument(None, hidden=True, metavar="[FILE]...")
SERVICE = typer.Option("", "--service", help="Only this service; else all.")
OPERATION = typer.Option("", "--operation", help="Only the endpoint, or the spans, of this name.")
ATTRIBUTE = typer.Option(
    [],
    "--attribute",
    metavar="KEY=VALUE",
    help="A span with this attribute. May be repeated: all must hold.",
)
SINCE = typer.Option(
    "",
    "--since",
    help=f"From when: 15m (ago), 14:05 or 2026-11-21T14:05:00Z, in UTC; {DEFAULT_SINCE} if not given, all of a file.",
)
UNTIL = typer.Option("", "--until", help="Until when, written alike; else until now.")
OBJECTIVE = typer.Option(
    [],
    "--objective",
    metavar="OBJECTIVE",
    help='What is expected, as "coupon-api:POST /coupons:p99<400ms", "coupon-api:success>99%" or '
    '"coupon-issuer:wait_p95<1s". May be repeated.',
)
REDIS = typer.Option(
    "",
    "--redis",
    metavar="URL",
    help="The Redis whose backlog to show, as redis://host:6379/0; else that of the deployment in this folder.",
)
MIN_CHANGE = typer.Option("1ms", "--min-change", help="A latency's change below this doesn't matter,")
MIN_CHANGE_PERCENT = typer.Option(5.0, "--min-change-percent", min=0.0, help="nor one below this part of it.")
FAIL_ON = typer.Option(
    None, "--fail-on", help="objective: exit 1 when one is missed, 5 when one cannot be judged."
)
ASCII = typer.Option(False, "--ascii", help="Draw with ASCII characters only.")
OUTPUT = typer.Option(Output.TEXT, "--output", help="text or json; `kit explain answers` tells its fields.")
