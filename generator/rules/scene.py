"""Input of the rules: the rendered files with overrides and edits, and the place of each value.

Rules read the texts, not the plan, so that they see changes by an override or by hand.
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
from generator.components.prometheus.component import CONFIG as PROMETHEUS_CONFIG
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
    """One deployment to check.

    Attributes:
        spec: The user's spec.
        spec_text: Text of the spec's file.
        deployment: The resolved deployment.
        files: Rendered files.
        on_disk: Rendered files that were edited by hand, as they are on disk; rules read these instead.
        folder: Folder of the spec as the user named it, a prefix of file names in findings; empty for the current one.
    """

    spec: Spec
    spec_text: ConfigText
    deployment: Deployment
    files: FileSet
    on_disk: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""

    def named(self, file: str) -> str:
        """Return a file's name in findings."""
        return f"{self.folder}/{file}" if self.folder else file

    def text(self, file: str) -> ConfigText:
        """Return a rendered file, as it is on disk if it was edited."""
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
        """Compose file with the overrides; natively without data."""
        return self._layered(COMPOSE_FILE, self.deployment.overrides.compose_texts(), merge_compose)

    @cached_property
    def collector(self) -> Layered:
        """Config of the collector with the override."""
        over = self.deployment.overrides.collector
        return self._layered(COLLECTOR_CONFIG, [(COLLECTOR_OVERRIDE, over)], merge_collector)

    @cached_property
    def jaeger(self) -> Layered:
        """Config of Jaeger."""
        return self._layered(JAEGER_CONFIG, (), None)

    @cached_property
    def prometheus(self) -> Layered:
        """Config of Prometheus; without data if it does not run."""
        return self._layered(PROMETHEUS_CONFIG, (), None)

    @cached_property
    def ui(self) -> Layered:
        """Config of Jaeger's UI; rendering has already merged the override."""
        return self._layered(UI, [(UI_OVERRIDE, self.deployment.overrides.jaeger_ui)], None)

    @cached_property
    def schema_text(self) -> ConfigText:
        """Text of the schema's script."""
        return self.text(SCHEMA)

    @cached_property
    def schema(self) -> Schema:
        """Parsed schema; empty if the storage has none."""
        return read_schema(self.schema_text.text)

    @cached_property
    def containers(self) -> dict[str, ContainerView]:
        """Containers in the target's files, by name; empty for a target without containers."""
        module = target_named(self.deployment.platform.target).containers
        found: dict[str, ContainerView] = import_module(module).containers_of(self) if module else {}
        return found

    def container(self, name: str) -> ContainerView:
        """Return a container by name; an empty view if there is none."""
        return self.containers.get(name) or missing(name)

    @cached_property
    def listening(self) -> tuple[Listening, ...]:
        """Ports that the configs of the collector and of Jaeger open."""
        return tuple(listening({"collector": self.collector, "jaeger": self.jaeger}))

    @cached_property
    def workloads(self) -> dict[str, Workload]:
        """Workloads of the kit, by name; the user's additions are only in `containers`."""
        return {workload.name: workload for workload in workloads_of(self.deployment)}

    @property
    def runs_samples(self) -> bool:
        """Whether the sample services are part of the deployment."""
        return any(f"-m sample_services.{SAMPLE}" in " ".join(one.command) for one in self.workloads.values())

    @property
    def shares_host(self) -> bool:
        """Whether all components share one host."""
        return self.deployment.platform.shares_host

    @cached_property
    def backend(self) -> tuple[KeyPath, str, Mapping[str, Any]]:
        """Path, kind and settings of the storage that Jaeger writes to."""
        name = self.jaeger.get("exporters", "jaeger_storage_exporter", "trace_storage")
        path: KeyPath = ("extensions", "jaeger_storage", "backends", name)
        kind, settings = next(iter(mapping(self.jaeger.get(*path)).items()), ("", {}))
        return (*path, kind), str(kind), mapping(settings)
