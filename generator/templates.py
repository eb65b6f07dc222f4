"""The templates of the components' own configs."""

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
    """Render a component's template, as `jaeger/config.yaml.j2`.

    Raises:
        jinja2.UndefinedError: the template names a value that was not given.
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
    # A JSON string is a YAML string: quoting by one rule keeps any value of the spec what it is.
    environment.filters["quoted"] = lambda value: json.dumps(str(value), ensure_ascii=False)
    return environment
