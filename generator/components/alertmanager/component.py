"""Alertmanager groups Prometheus's alerts, and sends them to the receivers of the spec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.component import Address, Component
from generator.components.alertmanager.listeners import ALERTMANAGER, ALERTMANAGER_PORT, NAME
from generator.components.alertmanager.plan import AlertsPlan, plan_alerts, relations_of_alerts
from generator.deployment.memory import go_memory_limit
from generator.deployment.model import Deployment
from generator.spec.quantities import Size
from generator.spec.secret import Secret
from generator.spec.sections.images import ImageKey
from generator.templates import render
from generator.workload import MetricsEndpoint, Mount, Volume, Workload, answers_to_wget

CONFIG = "alertmanager/alertmanager.yml"
VERSION = "0.35.0"
_DATA = "/alertmanager"
# The image runs as this user.
_USER = 65534
# Measured: 30 MiB when idle.
_MEMORY = Size(96 << 20)
# Silences and the log of notifications, kept for five days.
_DISK = Size(64 << 20)


def files(deployment: Deployment, workloads: Sequence[Workload]) -> Iterator[tuple[str, str]]:
    """Render its config."""
    del workloads
    plan, layout = deployment[AlertsPlan], deployment.layout
    if not plan.runs:
        return
    url = plan.wish.webhook.url if plan.wish.webhook else ""
    yield (
        CONFIG,
        render(
            "alertmanager/alertmanager.yml.j2",
            wish=plan.wish,
            webhook="" if isinstance(url, Secret) else url,
            webhook_file=layout.secret(url) if isinstance(url, Secret) else "",
            slack_file=layout.secret(plan.wish.slack.url) if plan.wish.slack else "",
            password_file=layout.secret(plan.wish.email.password)
            if plan.wish.email and plan.wish.email.password
            else "",
        ),
    )


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """One Alertmanager, if the spec names a receiver."""
    plan, layout, network = deployment[AlertsPlan], deployment.layout, deployment.network
    if not plan.runs:
        return
    data = layout.data(NAME, _DATA)
    yield Workload(
        name=NAME,
        title=f"Alertmanager {VERSION}",
        image=f"prom/alertmanager:v{VERSION}",
        program=NAME,
        command=(
            f"--config.file={layout.rendered(CONFIG)}",
            f"--storage.path={data}",
            f"--web.listen-address={network.bind(ALERTMANAGER)}",
            # The address in messages.
            f"--web.external-url={network.url(ALERTMANAGER)}",
            # One instance needs no cluster, and no second port.
            "--cluster.listen-address=",
        ),
        mounts=(Mount(CONFIG, layout.rendered(CONFIG)),),
        volumes=(Volume(NAME, data, _DISK),),
        secrets=plan.secrets,
        listens=(ALERTMANAGER,),
        memory=_MEMORY,
        environment={"GOMEMLIMIT": go_memory_limit(_MEMORY)},
        resident=30,
        read_only=True,
        unprivileged=True,
        user=_USER,
        health=answers_to_wget(ALERTMANAGER, "/-/ready"),
        metrics=MetricsEndpoint(ALERTMANAGER),
        keeps={"silences": NAME},
    )


def addresses(deployment: Deployment) -> Iterator[Address]:
    """Its page and API."""
    if deployment[AlertsPlan].runs:
        yield Address(NAME, deployment.network.url(ALERTMANAGER), "Alertmanager", 31)


COMPONENT = Component(
    name=NAME,
    ports=(ALERTMANAGER_PORT,),
    images=(ImageKey(NAME, f"null is Alertmanager {VERSION}", 71),),
    relations=relations_of_alerts,
    plans=(plan_alerts,),
    listeners=(ALERTMANAGER,),
    workloads=workloads,
    addresses=addresses,
    files=files,
    part="kit.provision.alertmanager",
)
