"""The spec: what a user can say, the default of each key, and why one would change it.

The sections' classes are the single source: the reader, the JSON Schema and the commented starter spec are all made
from them. Each component brings those of its own keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, make_dataclass
from typing import Any, TypeVar

from generator.spec import kinds
from generator.spec.keys import NAME, SpecKey, required

T = TypeVar("T")


@dataclass(frozen=True)
class Spec:
    """A whole deployment; `spec[KEY]` is the value of a key."""

    spec: int = required(kinds.Count(1, 1, "the version of this format"), "the version of this format")
    name: str = required(NAME, "of this deployment: Compose project, keyspace, resource attribute")

    def __getitem__(self, key: SpecKey[T]) -> T:
        value: T = getattr(self, key.name)
        return value


def spec_shape(keys: Iterable[SpecKey[Any]]) -> type[Spec]:
    """Make the class of a spec that has these keys, each as a field.

    Raises:
        TypeError: two keys have the same name.
    """
    fields = [(key.name, Any, key.declared) for key in sorted(keys, key=lambda key: key.order)]
    return make_dataclass("Spec", fields, bases=(Spec,), frozen=True)
