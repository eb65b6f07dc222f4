"""The spec: its keys, their defaults and descriptions.

The sections' classes are the single source of the reader, the JSON Schema and the commented starter spec. Each
component has classes for its own keys.
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
    """Spec of a whole deployment; `spec[KEY]` is the value of a key."""

    spec: int = required(
        kinds.Count(1, 1, "the version of the spec's format"), "the version of the spec's format"
    )
    name: str = required(
        NAME, "the deployment's name, used for the Compose project, the keyspace and a resource attribute"
    )

    def __getitem__(self, key: SpecKey[T]) -> T:
        value: T = getattr(self, key.name)
        return value


def spec_shape(keys: Iterable[SpecKey[Any]]) -> type[Spec]:
    """Create the class of a spec with these keys, each as a field.

    Raises:
        TypeError: two keys have the same name.
    """
    fields = [(key.name, Any, key.declared) for key in sorted(keys, key=lambda key: key.order)]
    return make_dataclass("Spec", fields, bases=(Spec,), frozen=True)
