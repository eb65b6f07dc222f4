"""Rules of monitoring: scrape targets, disk, exemplars, labels."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.components.prometheus import span_metrics_rules
from generator.components.prometheus.disk import estimate
from generator.components.prometheus.listeners import NAME
from generator.components.prometheus.plan import MonitoringPlan
from generator.components.prometheus.rule_files import RULES
from generator.rules.check import Breach, rule
from generator.rules.scene import Scene
from generator.rules.text import ConfigText, KeyPath, dig, mapping
from generator.rules.units import host_port
from generator.spec.quantities import Duration

# Components whose ports an override of their config may change.
_CONFIGURED = ("collector", "jaeger")
# Attributes with as many values as there are requests, users or texts.
_UNBOUNDED = re.compile(
    r"(?i)(.*[._])?((trace|span|request|session|user|enduser|customer|account|order|coupon|campaign|message|entry"
    r"|idempotency|correlation)[._]?(id|key)|email|url[._](full|path|query)|http[._](url|target)"
    r"|db[._](statement|query[._]text)|exception[._](message|stacktrace)|client[._](address|port|ip)"
    r"|(net|network)[._]peer[._](ip|address|port)|user_agent[._]original)"
)
_GROUPED = re.compile(r"\b(?:by|on|group_left|group_right)\s*\(([^()]*)\)")
_FEATURE = "exemplar-storage"


@rule("KIT160")
def targets_have_a_listener(scene: Scene) -> Iterator[Breach]:
    """Compare the port of each scrape target with the ports that its component opens."""
    jobs = scene.prometheus.get("scrape_configs")
    for place, job in enumerate(jobs if isinstance(jobs, list) else []):
        name = str(dig(job, "job_name"))
        target = dig(job, "static_configs", 0, "targets", 0)
        path: KeyPath = ("scrape_configs", place, "static_configs", 0, "targets", 0)
        _, port = host_port(target)
        if port is None or name not in scene.workloads:
            continue
        if scene.containers and name not in scene.containers:
            yield Breach(
                f"Prometheus reads {target}, but there is no container {name}",
                "a container for each scrape target",
                (scene.prometheus, path),
            )
            continue
        known = _opened(scene, name)
        if port not in known:
            reader = next(
                (it for it in scene.listening if it.component == name and "metrics" in it.what), None
            )
            yield Breach(
                f"Prometheus reads {target}, but nothing of {name} listens there",
                f"port {' or '.join(map(str, sorted(known)))}",
                (scene.prometheus, path),
                also=(reader.layered, reader.path) if reader else None,
            )


def _opened(scene: Scene, name: str) -> set[int]:
    if name in _CONFIGURED:
        return {it.port for it in scene.listening if it.component == name}
    return {scene.deployment.network.port(listener) for listener in scene.workloads[name].listens}


@rule("KIT162")
def labels_are_bounded(scene: Scene) -> Iterator[Breach]:
    """Find attributes with unbounded values among the labels of span metrics, and in rules."""
    for id_, settings in mapping(scene.collector.get("connectors")).items():
        for key in ("dimensions", "calls_dimensions"):
            for place, one in enumerate(_list(dig(settings, key))):
                found = str(dig(one, "name") if isinstance(one, dict) else one)
                if _UNBOUNDED.fullmatch(found):
                    yield Breach(
                        f"connector {id_} makes a series for each `{found}`",
                        "attributes with few values, such as http.route",
                        (scene.collector, ("connectors", id_, key, place)),
                    )
    for file in RULES:
        yield from _in_rules(scene.text(file))


def _in_rules(text: ConfigText) -> Iterator[Breach]:
    for group in _list(dig(text.data, "groups")):
        for one in _list(dig(group, "rules")):
            expression = str(dig(one, "expr"))
            named = [label.strip() for it in _GROUPED.findall(expression) for label in it.split(",")]
            for label in dict.fromkeys((*named, *mapping(dig(one, "labels")))):
                if _UNBOUNDED.fullmatch(str(label)):
                    name = dig(one, "record") or dig(one, "alert")
                    yield Breach(
                        f"rule {name} has a series for each `{label}`",
                        "labels with few values, such as service_name",
                        text.line_of(str(name)),
                    )


@rule("KIT163")
def metrics_fit_their_disk(scene: Scene) -> Iterator[Breach]:
    """Compare the disk for metrics with the estimated need of the retention."""
    plan = scene.deployment[MonitoringPlan]
    if not plan.runs:
        return
    needed = estimate(scene.workloads.values(), plan)
    if needed.bytes > plan.size.bytes:
        kept = Duration(plan.retention.milliseconds * plan.size.bytes // needed.bytes)
        hours = max(1, kept.milliseconds // 3_600_000)
        told = f"{hours // 24} days" if hours >= 48 else f"{hours} hours"
        gib = needed.bytes / (1 << 30)
        yield Breach(
            f"about {needed.series:,} series for {plan.retention}, one value each {plan.interval}, need {gib:.1f} GiB: "
            f"{plan.size} hold about {told}",
            f"{-(-needed.bytes >> 30)}GiB, or a shorter retention",
            key="monitoring.size",
        )


@rule("KIT164")
def exemplars_are_kept(scene: Scene) -> Iterator[Breach]:
    """Check the flag of Prometheus, and the setting of the collector."""
    if not scene.deployment[MonitoringPlan].runs:
        return
    container = scene.containers.get(NAME)
    if (
        container is not None
        and container.command
        and not any(_FEATURE in word for word in container.command)
    ):
        yield Breach(
            f"Prometheus runs without {_FEATURE}", f"--enable-feature={_FEATURE}", container.at("command")
        )
    for id_ in span_metrics_rules.connectors(scene):
        path: KeyPath = ("connectors", id_, "exemplars", "enabled")
        if scene.collector.get(*path) is not True:
            yield Breach(f"connector {id_} sends no exemplars", "true", (scene.collector, path))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


CHECKS = (
    targets_have_a_listener, labels_are_bounded, metrics_fit_their_disk, exemplars_are_kept,
    *span_metrics_rules.CHECKS,
)  # fmt: skip
