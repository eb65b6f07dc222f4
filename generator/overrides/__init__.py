"""A user's own additions, in files that the kit reads and never writes.

`compose.override.yaml` is merged by Compose, `overrides/collector.yaml` by the collector (a second `--config`),
`overrides/jaeger-ui.json` by the kit, into the rendered `jaeger/ui.json`.
"""

from __future__ import annotations

from dataclasses import dataclass

COMPOSE_OVERRIDE = "compose.override.yaml"
COLLECTOR_OVERRIDE = "overrides/collector.yaml"
UI_OVERRIDE = "overrides/jaeger-ui.json"


@dataclass(frozen=True, slots=True)
class Overrides:
    """The texts of the override layer; an empty one stands for a file that is not there."""

    compose: str = ""
    collector: str = ""
    jaeger_ui: str = ""

    def texts(self) -> dict[str, str]:
        """The texts that are there, by file."""
        named = {
            COMPOSE_OVERRIDE: self.compose,
            COLLECTOR_OVERRIDE: self.collector,
            UI_OVERRIDE: self.jaeger_ui,
        }
        return {file: text for file, text in named.items() if text}


NO_OVERRIDES = Overrides()
