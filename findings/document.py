"""The JSON form of a finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from findings.finding import Finding, Place
from findings.rule import Severity


@dataclass(frozen=True, slots=True)
class PlaceDocument:
    """A place in a file."""

    file: Annotated[str, "path"]
    line: Annotated[int, "line number from 1; 0 if unknown"]
    column: Annotated[int, "column number from 1; 0 if unknown"]


@dataclass(frozen=True, slots=True)
class FindingFields:
    """A broken rule, without figures."""

    rule: Annotated[str, "rule id, such as KIT044"]
    severity: Annotated[Severity, "severity of this finding"]
    title: Annotated[str, "the rule's requirement, in one line"]
    path: Annotated[str, "key in the spec, with dots; empty if there is none"]
    found: Annotated[str, "the value or state found"]
    expected: Annotated[str, "the value or state expected; may be empty"]
    fix: Annotated[str, "the next step"]
    place: Annotated[PlaceDocument | None, "the cause, in a hand-written file"]
    shows_in: Annotated[PlaceDocument | None, "the effect, in a rendered file"]


@dataclass(frozen=True, slots=True)
class FindingDocument(FindingFields):
    """A broken rule."""

    details: Annotated[
        dict[str, Annotated[Any, "the value"]] | None, "figures and names; the keys depend on the rule"
    ] = None


def document(finding: Finding) -> FindingDocument:
    """Return the JSON form of a finding, with its rule's title and fix."""
    return FindingDocument(
        rule=finding.rule.id,
        severity=finding.how_bad,
        title=finding.rule.title,
        path=finding.path,
        found=finding.found,
        expected=finding.expected,
        fix=finding.next_step,
        place=_place(finding.place),
        shows_in=_place(finding.shows),
        details=dict(finding.details) or None,
    )


def _place(place: Place | None) -> PlaceDocument | None:
    return PlaceDocument(place.file, place.line, place.column) if place else None
