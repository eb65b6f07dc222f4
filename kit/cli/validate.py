"""`kit validate`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from findings.document import FindingDocument, document
from kit.operate.target_name import TargetName
from kit.terminal import FindingsOutput

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@dataclass(frozen=True, slots=True)
class ValidateAnswer:
    """Findings about the spec, the files rendered from it and the overrides."""

    KIND: ClassVar = "validate"

    ok: Annotated[bool, "whether the exit code is 0"]
    rules: Annotated[int, "rules that were checked"]
    findings: Annotated[list[FindingDocument], "findings, errors first"]
    not_checked: Annotated[
        list[Annotated[str, "a line of text"]],
        "parts that no rule covers, and programs that did not check their config",
    ]


@app.command()
def validate(
    spec: Path = typer.Option(Path("kit.yaml"), "--spec", help="The spec; overrides are in its folder."),
    target: TargetName = typer.Option(
        "compose", "--target", help="Target whose files are rendered and checked."
    ),
    strict: bool = typer.Option(False, "--strict", help="Exit with 1 on warnings too."),
    output: FindingsOutput = typer.Option(
        FindingsOutput.TEXT, "--output", help="text, json, or github (workflow commands of GitHub Actions)."
    ),
) -> None:
    """Check the spec, the rendered files against each other, and your overrides. Needs no network.

    If the collector and Jaeger are on this machine, as images or native programs, they check their configs too.
    Each finding names the line that causes it. `kit explain KIT044` shows a rule's reason, source and fix.
    To break a rule on purpose, silence it in kit.yaml: validate: {silence: [{rule: KIT044, reason: …}]}.

    Example: kit validate --strict --output github
    """
    from findings import formats
    from generator.rules import rule_count
    from kit.operate import validation
    from kit.operate.validation import failed, told
    from kit.printing import show_findings
    from kit.terminal import say

    checked = validation.validate(spec, target)
    found = checked.findings
    fails = failed(found, strict=strict)
    answer = ValidateAnswer(not fails, rule_count(), [document(one) for one in found], checked.not_checked)
    show_findings(answer, output, found, told(found))
    if output is not FindingsOutput.JSON:
        for line in checked.not_checked:
            say(line)
        why = f"; `kit explain {found[0].rule.id}` shows the reason" if found else ""
        say(f"{formats.summary(found)} ({rule_count()} rules){why}")
    if fails:
        raise typer.Exit(1)
