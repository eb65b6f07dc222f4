"""`kit validate`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import typer

from generator.targets import COMPOSE, NATIVE

app = typer.Typer(rich_markup_mode=None)


class Form(StrEnum):
    """The forms of the findings."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


@app.command()
def validate(
    spec: Path = typer.Option(
        Path("kit.yaml"), "--spec", help="The spec; the override layer lies beside it."
    ),
    target: Target = typer.Option(COMPOSE, "--target", help="What is rendered to be checked."),
    strict: bool = typer.Option(False, "--strict", help="Exit 1 on warnings, too."),
    output: Form = typer.Option(Form.TEXT, "--output", help="text, json, or github (workflow commands)."),
) -> None:
    """Check the spec, the rendered files against each other, and the override layer. Needs no network.

    Each finding names the line that causes it. `kit explain KIT044` tells a rule's reason, source and fix.
    A rule that is broken on purpose is silenced in kit.yaml: validate: {silence: [{rule: KIT044, reason: …}]}.

    Example: kit validate --strict --output github
    """
    from findings import formats
    from generator.rules import RULES
    from kit.operate.rules import check, failed, told
    from kit.terminal import answer, data, say

    found = check(spec, target)
    fails = failed(found, strict=strict)
    if output is Form.JSON:
        answer("validate", ok=not fails, rules=len(RULES), findings=[formats.document(one) for one in found])
    else:
        lines = told(found) if output is Form.TEXT else [formats.github(one) for one in found]
        for line in lines:
            data(line)
        why = f"; `kit explain {found[0].rule.id}` tells why" if found else ""
        say(f"{formats.summary(found)} ({len(RULES)} rules){why}")
    if fails:
        raise typer.Exit(1)
