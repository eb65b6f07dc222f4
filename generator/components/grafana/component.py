"""Grafana shows the dashboards. It has no native part, since no package registry has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.component import Address, Component
from generator.components.grafana.boards import dashboards
from generator.components.grafana.environment import settings
from generator.components.grafana.listeners import GRAFANA, GRAFANA_PORT, NAME
from generator.components.grafana.made_secrets import KEY, PASSWORD, STEP, made_secrets
from generator.components.grafana.plan import GrafanaPlan, plan_grafana
from generator.components.jaeger.listeners import JAEGER_QUERY
from generator.components.jaeger.plan import JaegerPlan
from generator.components.prepared_volume import USER
from generator.components.prometheus.listeners import PROMETHEUS
from generator.components.prometheus.plan import MonitoringPlan
from generator.deployment.model import Deployment
from generator.spec.quantities import Size
from generator.spec.sections.images import ImageKey
from generator.templates import render
from generator.workload import Mount, Volume, Workload, answers_to_wget

VERSION = "13.2.3"
SOURCES = "grafana/provisioning/datasources/kit.yaml"
PROVIDER = "grafana/provisioning/dashboards/kit.yaml"
DASHBOARDS = "grafana/dashboards"
HOME = f"{DASHBOARDS}/overview.json"
# Not the folder in the image: Docker would give an empty volume there to the user of the image, who is not ours.
_DATA = "/var/lib/kit-grafana"
_DISK = Size.parse("1GiB")


def files(deployment: Deployment, workloads: Sequence[Workload]) -> Iterator[tuple[str, str]]:
    """Yield the data sources, the dashboards, and the file that names their folder."""
    del workloads
    if not deployment[GrafanaPlan].runs:
        return
    network, layout = deployment.network, deployment.layout
    base = deployment[JaegerPlan].base_path.rstrip("/")
    yield (
        SOURCES,
        render(
            "grafana/datasources.yaml.j2",
            prometheus=f"http://{network.reach(PROMETHEUS)}",
            interval=deployment[MonitoringPlan].interval,
            jaeger=f"http://{network.reach(JAEGER_QUERY)}{base}",
            jaeger_page=f"{network.url(JAEGER_QUERY)}{base}",
        ),
    )
    folder = layout.rendered(DASHBOARDS)
    yield PROVIDER, render("grafana/provider.yaml.j2", deployment=deployment.name, folder=folder)
    for name, text in dashboards(deployment):
        yield f"{DASHBOARDS}/{name}", text


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """Yield one Grafana, and the step that makes its secrets."""
    plan, network, layout = deployment[GrafanaPlan], deployment.network, deployment.layout
    if not plan.runs:
        return
    data = layout.data(NAME, _DATA)
    rendered = [path for path, _ in files(deployment, ())]
    by_file = layout.secret(plan.password) if plan.password and plan.password.file else f"{data}/{PASSWORD}"
    by_variable = plan.password.env if plan.password else ""
    yield made_secrets(plan)
    yield Workload(
        name=NAME,
        title=f"Grafana {VERSION}",
        image=f"grafana/grafana:{VERSION}",
        program=NAME,
        command=(),
        environment={
            **settings(plan, port=network.port(GRAFANA), data=data, home=layout.rendered(HOME)),
            **({} if by_variable else {"GF_SECURITY_ADMIN_PASSWORD__FILE": by_file}),
            "GF_SECURITY_SECRET_KEY__FILE": f"{data}/{KEY}",
        },
        variables={"GF_SECURITY_ADMIN_PASSWORD": by_variable} if by_variable else {},
        secrets=(plan.password,) if plan.password and plan.password.file else (),
        mounts=tuple(Mount(path, layout.rendered(path)) for path in rendered),
        volumes=(Volume(NAME, data, _DISK),),
        listens=(GRAFANA,),
        memory=plan.memory,
        # Reported by users of Grafana 12 and 13. It could not be measured: no package registry has it.
        resident=180,
        read_only=True,
        scratch=("/tmp",),  # noqa: S108  # in its own container
        unprivileged=True,
        # The owner of its secrets, who has a folder in the kit's image. Grafana's image allows any user.
        runs_as=USER,
        health=answers_to_wget(GRAFANA, "/api/health"),
        after=(STEP,),
    )  # fmt: skip


def addresses(deployment: Deployment) -> Iterator[Address]:
    """Yield the address of the dashboards, with the way to the password."""
    plan = deployment[GrafanaPlan]
    if not plan.runs:
        return
    where = f"docker compose exec {NAME} cat {deployment.layout.data(NAME, _DATA)}/{PASSWORD}"
    if plan.anonymous:
        title = "Grafana"
    elif plan.password:
        title = "Grafana (user admin)"
    else:
        title = f"Grafana (user admin, password: {where})"
    yield Address(NAME, deployment.network.url(GRAFANA), title, 25)


COMPONENT = Component(
    name=NAME,
    ports=(GRAFANA_PORT,),
    images=(ImageKey(NAME, f"null is Grafana {VERSION}", 80),),
    plans=(plan_grafana,),
    listeners=(GRAFANA,),
    workloads=workloads,
    addresses=addresses,
    files=files,
)
