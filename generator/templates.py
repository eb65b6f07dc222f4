"""Templates of the components' configs."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from generator.compiled import CompiledTemplates
from generator.fileset import MARKER

_COMPONENTS = Path(__file__).parent / "components"


def render(template: str, **values: Any) -> str:
    """Render a component's template, for example `jaeger/config.yaml.j2`.

    Raises:
        jinja2.UndefinedError: The template uses a value that was not passed.
    """
    component, name = template.split("/", 1)
    return _environment().get_template(f"{component}/templates/{name}").render(marker=MARKER, **values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_COMPONENTS),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  # configs, not web pages
        bytecode_cache=CompiledTemplates(__file__),
    )
    # A JSON string is also a YAML string, so one quoting rule is safe for every value of the spec.
    environment.filters["quoted"] = lambda value: json.dumps(str(value), ensure_ascii=False)
    return environment
