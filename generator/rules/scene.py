"""What the rules look at: the rendered files as they take effect, and where each value comes from.

Rules read the texts, not the plan: so they see what an override or a hand edit changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any

from generator.components.collector.component import CONFIG as COLLECTOR_CONFIG
from generator.components.jaeger.component import CONFIG as JAEGER_CONFIG
from generator.components.jaeger.component import UI
from generator.components.storage.component import SCHEMA
from generator.deployment.model import Deployment
from generator.fileset import FileSet
from generator.overrides import COLLECTOR_OVERRIDE, UI_OVERRIDE
from generator.overrides.merge import merge_collector, merge_compose
from generator.render import workloads_of
from generator.rules.containers import ContainerView, missing
from generator.rules.cql import Schema, read_schema
from generator.rules.listeners import Listening, listening
from generator.rules.text import ConfigText, KeyPath, Layered, mapping, stacked
from generator.spec.model import Spec
from generator.targets import target_named
from generator.targets.compose import COMPOSE_FILE
from generator.workload import Workload

SAMPLE = "coupon_api"


@dataclass(frozen=True)
class Scene:
    """One deployment to be checked.

    Attributes:
        spec: the user's wishes.
        spec_text: the file that says them.
        deployment: the decisions.
        files: what was rendered.
        on_disk: rendered files that were edited by hand, as they stand there; they count instead.
        folder: put before file names in findings, as the user named the spec's folder; empty for this one.
    """

    spec: Spec
    spec_text: ConfigText
    deployment: Deployment
    files: FileSet
    on_disk: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""

    def named(self, file: str) -> str:
        """A file's name in findings."""
        return f"{self.folder}/{file}" if self.folder else file

    def text(self, file: str) -> ConfigText:
        """A rendered file, as it stands on disk where it was edited."""
        rendered = self.files[file] if file in self.files else ""  # noqa: SIM401  # not a dict
        return ConfigText(self.named(file), self.on_disk.get(file, rendered))

    def _layered(self, file: str, texts: Iterable[tuple[str, str]], merge: Any) -> Layered:
        rendered = self.text(file)
        over = [ConfigText(self.named(name), text) for name, text in texts]
        data = rendered.data
        for one in over:
            if one.data is not None and data is not None and merge is not None:
                data = merge(data, one.data)
        return Layered(rendered, stacked(over), data, edited=file in self.on_disk)

    @cached_property
    def compose(self) -> Layered:
        """Compose's file with the overrides; without data natively."""
        return self._layered(COMPOSE_FILE, self.deployment.overrides.compose_texts(), merge_compose)

    @cached_property
    def collector(self) -> Layered:
        """The collector's config with the override."""
        over = self.deployment.overrides.collector
        return self._layered(COLLECTOR_CONFIG, [(COLLECTOR_OVERRIDE, over)], merge_collector)

    @cached_property
    def jaeger(self) -> Layered:
        """Jaeger's config."""
        return self._layered(JAEGER_CONFIG, (), None)

    @cached_property
    def ui(self) -> Layered:
        """Jaeger UI's config; the override is merged when it is rendered."""
        return self._layered(UI, [(UI_OVERRIDE, self.deployment.overrides.jaeger_ui)], None)

    @cached_property
    def schema_text(self) -> ConfigText:
        """The schema's script."""
        return self.text(SCHEMA)

    @cached_property
    def schema(self) -> Schema:
        """The schema; empty where the storage has none."""
        return read_schema(self.schema_text.text)

    @cached_property
    def containers(self) -> dict[str, ContainerView]:
        """What runs in containers, by name, as the target's files say it; nothing where there are none."""
        module = target_named(self.deployment.platform.target).containers
        found: dict[str, ContainerView] = import_module(module).containers_of(self) if module else {}
        return found

    def container(self, name: str) -> ContainerView:
        """One of them; one of which nothing is known where it is not there."""
        return self.containers.get(name) or missing(name)

    @cached_property
    def listening(self) -> tuple[Listening, ...]:
        """Every port that the configs of the collector and of Jaeger open."""
        return tuple(listening({"collector": self.collector, "jaeger": self.jaeger}))

    @cached_property
    def workloads(self) -> dict[str, Workload]:
        """What the kit runs, by name; a user's additions are among the containers alone."""
        return {workload.name: workload for workload in workloads_of(self.deployment)}

    @property
    def runs_samples(self) -> bool:
        """Whether the sample services are part of it."""
        return any(f"-m sample_services.{SAMPLE}" in " ".join(one.command) for one in self.workloads.values())

    @property
    def shares_host(self) -> bool:
        """Whether all components share one host."""
        return self.deployment.platform.shares_host

    @cached_property
    def backend(self) -> tuple[KeyPath, str, Mapping[str, Any]]:
        """KeyPath, kind and settings of the storage that Jaeger writes to."""
        name = self.jaeger.get("exporters", "jaeger_storage_exporter", "trace_storage")
        path: KeyPath = ("extensions", "jaeger_storage", "backends", name)
        kind, settings = next(iter(mapping(self.jaeger.get(*path)).items()), ("", {}))
        return (*path, kind), str(kind), mapping(settings)
