"""The section `validate`."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import containers, kinds
from generator.spec.keys import option, required, section_key
from generator.spec.record import Record

_RULE = kinds.Text(r"KIT\d{3}", "a rule's id, such as KIT044 (`kit explain` lists them)")
# Not `\w`: in JSON Schema it matches only ASCII letters.
_REASON = kinds.Text(
    r"[\s\S]*[^\s!-/:-@\[-`{-~]{3}[\s\S]*",
    "a reason why the finding is acceptable here, in words",
    max_length=500,
)


@dataclass(frozen=True)
class Silence:
    """A rule that this deployment breaks on purpose."""

    rule: str = required(_RULE, "id of the rule to silence")
    reason: str = required(_REASON, "reason why its findings are acceptable here")


@dataclass(frozen=True)
class ValidateSpec:
    """Settings of `kit validate`."""

    silence: tuple[Silence, ...] = option(
        containers.ListOf(Record(Silence), 100),
        (),
        "rules that may be broken here: `{rule: KIT044, reason: …}`",
    )


VALIDATE = section_key("validate", ValidateSpec, "settings of `kit validate`", 930)
