"""What `kit validate` leaves out."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import containers, kinds
from generator.spec.keys import option, required, section_key
from generator.spec.record import Record

_RULE = kinds.Text(r"KIT\d{3}", "a rule's id, as KIT044 (`kit explain` lists them)")
# Not `\w`: in JSON Schema it means ASCII letters alone.
_REASON = kinds.Text(
    r"[\s\S]*[^\s!-/:-@\[-`{-~]{3}[\s\S]*",
    "why it is right here, for whoever reads this next",
    max_length=500,
)


@dataclass(frozen=True)
class Silence:
    """A rule that is broken here on purpose."""

    rule: str = required(_RULE, "the rule's id")
    reason: str = required(_REASON, "why it is right here")


@dataclass(frozen=True)
class ValidateSpec:
    """What `kit validate` leaves out."""

    silence: tuple[Silence, ...] = option(
        containers.ListOf(Record(Silence), 100), (), "rules broken on purpose: `{rule: KIT044, reason: …}`"
    )


VALIDATE = section_key("validate", ValidateSpec, "what `kit validate` leaves out", 930)
