"""A finding as a program reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from findings.finding import Finding, Place
from findings.rule import Severity


@dataclass(frozen=True, slots=True)
class PlaceDocument:
    """A place in a file."""

    file: Annotated[str, "path"]
    line: Annotated[int, "counted from 1; 0 where there is none"]
    column: Annotated[int, "counted from 1; 0 where there is none"]


@dataclass(frozen=True, slots=True)
class FindingFields:
    """A broken rule, without figures."""

    rule: Annotated[str, "its id, as KIT044"]
    severity: Annotated[Severity, "how bad"]
    title: Annotated[str, "what holds where the rule is kept"]
    path: Annotated[str, "the key in the spec, with dots; empty where there is none"]
    found: Annotated[str, "what is there"]
    expected: Annotated[str, "what should be there; may be empty"]
    fix: Annotated[str, "the next step"]
    place: Annotated[PlaceDocument | None, "what causes it, in a file that a person edits"]
    shows_in: Annotated[PlaceDocument | None, "where it shows, in a rendered file"]


@dataclass(frozen=True, slots=True)
class FindingDocument(FindingFields):
    """A broken rule."""

    details: Annotated[
        dict[str, Annotated[Any, "by key"]] | None, "figures and names, by rule; see `kit explain`"
    ] = None


def document(finding: Finding) -> FindingDocument:
    """A finding with what its rule says of it."""
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
