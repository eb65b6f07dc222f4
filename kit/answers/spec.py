"""The answers of the verbs that look at the spec alone: `validate`, `generate`, `explain`, `env`."""

from __future__ import annotations

from findings.rule import Severity
from generator.tree.changes import State
from kit.answers.shape import Answer, anything, by_key, flag, listing, record, shared, text, whole

_RULE = {
    "id": text("as KIT044"),
    "title": text("what holds where the rule is kept"),
    "severity": text("of a finding, unless it says otherwise", Severity),
    "reason": text("what happens to whoever breaks it"),
    "source": text("where this is known from"),
    "fix": text("what to do"),
    "bad": text("an example that breaks it; may be empty"),
    "good": text("the same, mended; may be empty"),
}
_ANSWER = {
    "kind": text("its name"),
    "version": whole("of the kind"),
    "command": text("what prints it with --output json"),
    "about": text("what it answers"),
    "schema": by_key("its JSON Schema, draft 2020-12", anything("by keyword")),
}

ANSWERS = (
    Answer(
        "validate",
        "kit validate",
        "Whether the spec, what is rendered from it and the overrides keep the rules.",
        {
            "ok": flag("whether the exit code is 0"),
            "rules": whole("rules that were asked"),
            "findings": listing("errors first", shared("finding", "one of them")),
        },
    ),
    Answer(
        "generate",
        "kit generate",
        "How the files on disk stand to their render.",
        {
            "ok": flag("whether nothing differs, or all was written"),
            "written": flag("false with --check, --diff and --dry-run"),
            "files": listing(
                "all of them",
                record(
                    "a file",
                    {
                        "path": text("in the deployment's folder"),
                        "state": text(
                            "`edited` holds what the kit never wrote; `stale` is rendered no more", State
                        ),
                    },
                ),
            ),
            "diff": text("with --check or --diff: a unified diff of what differs"),
        },
        optional=["diff"],
    ),
    Answer(
        "explain",
        "kit explain [KIT044]",
        "Rules, all or one.",
        {"rules": listing("by id", record("a rule", _RULE))},
    ),
    Answer(
        "explain.answers",
        "kit explain answers, kit explain KIND",
        "Kinds of JSON answers, all or one.",
        {"answers": listing("by kind", record("a kind", _ANSWER))},
    ),
    Answer(
        "env",
        "kit env SERVICE",
        "The environment that makes a service send its traces here.",
        {
            "service": text("its name"),
            "environment": by_key("by the variable's name", text("its value")),
        },
    ),
)
