"""A user's own additions, in files that the kit reads and never writes.

`compose.override.yaml` is merged by Compose, under any of its four names or as COMPOSE_FILE says;
`overrides/collector.yaml` by the collector (a second `--config`),
`overrides/jaeger-ui.json` by the kit, into the rendered `jaeger/ui.json`.
"""

from __future__ import annotations

from dataclasses import dataclass

COMPOSE_OVERRIDE = "compose.override.yaml"
# In the order in which Compose looks for them: it takes the first that is there.
COMPOSE_OVERRIDES = (
    "compose.override.yml", COMPOSE_OVERRIDE, "docker-compose.override.yml", "docker-compose.override.yaml",
)  # fmt: skip
COLLECTOR_OVERRIDE = "overrides/collector.yaml"
UI_OVERRIDE = "overrides/jaeger-ui.json"


@dataclass(frozen=True, slots=True)
class Overrides:
    """The texts of the override layer; an empty one stands for a file that is not there.

    Attributes:
        compose: what Compose merges over its rendered file.
        collector: the collector's second config.
        jaeger_ui: what is merged into the config of Jaeger's UI.
        compose_file: the name of the file that holds `compose`.
        further: name and text of the files that Compose merges after it, in order.
        profiles: those that are switched on; `*` stands for all.
    """

    compose: str = ""
    collector: str = ""
    jaeger_ui: str = ""
    compose_file: str = COMPOSE_OVERRIDE
    further: tuple[tuple[str, str], ...] = ()
    profiles: tuple[str, ...] = ()

    def compose_texts(self) -> tuple[tuple[str, str], ...]:
        """Name and text of each file that Compose merges over the rendered one, in order."""
        return tuple(
            (file, text) for file, text in ((self.compose_file, self.compose), *self.further) if text
        )

    def texts(self) -> dict[str, str]:
        """The texts that are there, by file."""
        named = {COLLECTOR_OVERRIDE: self.collector, UI_OVERRIDE: self.jaeger_ui}
        return {**dict(self.compose_texts()), **{file: text for file, text in named.items() if text}}


NO_OVERRIDES = Overrides()
