"""JSON Schema of a spec, for editors."""

from __future__ import annotations

from typing import Any

from generator.spec.model import Spec
from generator.spec.record import Record


def json_schema(shape: type[Spec]) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a spec class."""
    schema = Record(shape).schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "kit.yaml", **schema}
