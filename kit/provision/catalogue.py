"""The catalogue of native parts: those that the components name, and the tools that these need."""

from __future__ import annotations

from importlib import import_module

from generator.components import components
from kit.provision import go, java
from kit.provision.part import Part

_RUN: list[Part] = [import_module(component.part).PART for component in components() if component.part]
_ALL = sorted((*_RUN, java.PART, go.PART), key=lambda part: part.seconds)

PARTS = {part.name: part for part in _ALL}
"""Parts by name, the quickest first, so that a problem with the network or the disk shows early."""

PROGRAMS = tuple(part.name for part in _ALL if part in _RUN and part.by_default)
"""Names of the parts that every native deployment runs."""

OPTIONAL = tuple(part.name for part in _ALL if part in _RUN and not part.by_default)
"""Names of the parts that run if the spec enables them; the other parts are dependencies."""
