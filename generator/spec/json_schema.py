"""The JSON Schema of a spec, for editors."""

from __future__ import annotations

from typing import Any

from generator.spec.model import Spec
from generator.spec.record import Record


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of `kit.yaml`."""
    schema = Record(Spec).schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "kit.yaml", **schema}
