"""All kinds of answers: the dataclass, the command that prints it, and the JSON Schema."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from kit.answers.json_schema import DIALECT, Schema, about, definitions, record
from kit.printing import version_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.printing import Answer


# The verbs of `kit traces` come first, in the order of their help.
_ANSWERS = {
    "analysis.summary:SearchAnswer": "kit traces search",
    "analysis.whole_trace:ShowAnswer": "kit traces show TRACE_ID",
    "analysis.endpoints:EndpointsAnswer": "kit traces endpoints",
    "analysis.operations:OperationsAnswer": "kit traces operations",
    "analysis.slowest_answer:SlowestAnswer": "kit traces slowest",
    "analysis.queues:QueuesAnswer": "kit traces queues",
    "analysis.critical_path.answers:PathsAnswer": "kit traces critical-path",
    "analysis.critical_path.answers:TracePathsAnswer": "kit traces critical-path TRACE_ID",
    "kit.operate.snapshots:SnapshotAnswer": "kit traces snapshot NAME",
    "analysis.compare.answer:CompareAnswer": "kit traces compare A B",
    "analysis.lint.answer:LintAnswer": "kit traces lint",
    "kit.cli.traces.report_answer:ReportAnswer": "kit traces report",
    "kit.cli.validate:ValidateAnswer": "kit validate",
    "kit.cli.generate:GenerateAnswer": "kit generate",
    "kit.cli.explain:ExplainAnswer": "kit explain [KIT044]",
    "kit.cli.explain:KindsAnswer": "kit explain answers, kit explain KIND",
    "kit.cli.env:EnvAnswer": "kit env SERVICE",
    "kit.operate.status_report:UpAnswer": "kit up",
    "kit.operate.status_report:StatusAnswer": "kit status",
    "kit.cli.versions:VersionsAnswer": "kit versions",
    "kit.operate.verify.verify_report:VerifyAnswer": "kit verify",
    "kit.operate.doctor.doctor_report:DoctorAnswer": "kit doctor",
    "kit.operate.dependencies.dependencies_report:DependenciesAnswer": "kit dependencies",
    "kit.operate.slo.answers:SloAnswer": "kit slo",
    "kit.operate.queues.look:QueuesAnswer": "kit queues",
    "kit.operate.queues.requeue:RequeueAnswer": "kit queues requeue STREAM",
    "kit.operate.deadletters.answers:LettersAnswer": "kit deadletters list",
    "kit.operate.deadletters.answers:LetterAnswer": "kit deadletters show LETTER",
    "kit.operate.deadletters.answers:LettersReplayedAnswer": "kit deadletters replay LETTER",
    "kit.operate.dashboards:DashboardsAnswer": "kit dashboards export DIR",
    "kit.operate.schema.answers:ShowAnswer": "kit schema show",
    "kit.operate.schema.answers:ApplyAnswer": "kit schema apply",
    "kit.operate.schema.answers:DiffAnswer": "kit schema diff",
    "kit.operate.schema.answers:StatusAnswer": "kit schema status",
}

# Shapes that several answers have, in the order of the documentation.
_SHARED = {
    "analysis.percentiles:Percentiles": "percentiles",
    "analysis.objectives:Verdict": "objective",
    "analysis.coverage:SpansRead": "coverage",
    "analysis.coverage:TracesRead": "window",
    "findings.document:PlaceDocument": "place",
    "findings.document:FindingDocument": "finding",
    "analysis.compare.judge:Figure": "figure",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of answer.

    Attributes:
        kind: Name of the kind, as in the answer.
        version: Version of the kind.
        command: Verb that prints it.
        about: Description of the answer, in a sentence.
        answer: Dataclass of the answer.
    """

    kind: str
    version: int
    command: str
    about: str
    answer: type[Answer]


def all_kinds() -> dict[str, Kind]:
    """Return every kind by its name, in the order of the documentation."""
    answers = {_named(path): command for path, command in _ANSWERS.items()}
    return {
        one.KIND: Kind(one.KIND, version_of(one), command, about(one), one)
        for one, command in answers.items()
    }


def schema_of(kind: Kind) -> Schema:
    """Return the JSON Schema of an answer. It includes its shared shapes and needs no other file."""
    schema = record(kind.answer, _shared())
    head: dict[str, Schema] = {
        "kind": {"const": kind.kind, "description": "kind of the answer"},
        "version": {"const": kind.version, "description": "version of the kind"},
    }
    schema |= {
        "description": kind.about,
        "properties": head | schema["properties"],
        "required": [*head, *schema["required"]],
    }
    shapes = definitions(schema, _shared())
    return {"$schema": DIALECT, "title": kind.kind, **schema, **({"$defs": shapes} if shapes else {})}


def shared_shapes() -> dict[str, Schema]:
    """Return the schemas of the shapes that several answers have, by name."""
    return {name: record(shape, _shared()) for shape, name in _shared().items()}


@cache
def _shared() -> Mapping[type[Any], str]:
    return {_named(path): name for path, name in _SHARED.items()}


def _named(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
