"""The JSON Schema of a spec, for editors."""

from __future__ import annotations

from typing import Any

from generator.spec.model import Spec
from generator.spec.record import Record


def json_schema(shape: type[Spec]) -> dict[str, Any]:
    """Make the schema (draft 2020-12) of a spec of this shape."""
    schema = Record(shape).schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "kit.yaml", **schema}
