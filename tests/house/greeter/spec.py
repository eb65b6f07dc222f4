"""The key of the greeter."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import kinds
from generator.spec.keys import option, section_key
from generator.spec.sections.ports import Port


@dataclass(frozen=True)
class GreeterSpec:
    """A page that greets."""

    greeting: str = option(kinds.Text(r"[a-z ]{1,40}", "some words"), "good morning", "what the page says")


GREETER = section_key("greeter", GreeterSpec, "a page that greets", 95)
GREETER_PORT = Port("greeter", 9999, "the page that greets", 95)
