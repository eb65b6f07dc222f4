"""The user's overrides, in files that the kit reads and never writes.

- `compose.override.yaml`, under any of its four names or the names in COMPOSE_FILE: merged by Compose.
- `overrides/collector.yaml`: merged by the collector, as a second `--config`.
- `overrides/jaeger-ui.json`: merged by the kit into the rendered `jaeger/ui.json`.
"""

from __future__ import annotations

from dataclasses import dataclass

COMPOSE_OVERRIDE = "compose.override.yaml"
# In Compose's search order: it uses the first that exists.
COMPOSE_OVERRIDES = (
    "compose.override.yml", COMPOSE_OVERRIDE, "docker-compose.override.yml", "docker-compose.override.yaml",
)  # fmt: skip
COLLECTOR_OVERRIDE = "overrides/collector.yaml"
UI_OVERRIDE = "overrides/jaeger-ui.json"


@dataclass(frozen=True, slots=True)
class Overrides:
    """The texts of the override files; a text is empty if its file does not exist.

    Attributes:
        compose: Override that Compose merges over the rendered Compose file.
        collector: Second config of the collector.
        jaeger_ui: Override of the config of Jaeger's UI.
        compose_file: Name of the file with `compose`.
        further: Name and text of the files that Compose merges after it, in order.
        profiles: Profiles that are enabled; `*` stands for all.
    """

    compose: str = ""
    collector: str = ""
    jaeger_ui: str = ""
    compose_file: str = COMPOSE_OVERRIDE
    further: tuple[tuple[str, str], ...] = ()
    profiles: tuple[str, ...] = ()

    def compose_texts(self) -> tuple[tuple[str, str], ...]:
        """Return name and text of each file that Compose merges over the rendered one, in order."""
        return tuple(
            (file, text) for file, text in ((self.compose_file, self.compose), *self.further) if text
        )

    def texts(self) -> dict[str, str]:
        """Return the texts of the existing files, by file name."""
        named = {COLLECTOR_OVERRIDE: self.collector, UI_OVERRIDE: self.jaeger_ui}
        return {**dict(self.compose_texts()), **{file: text for file, text in named.items() if text}}


NO_OVERRIDES = Overrides()
