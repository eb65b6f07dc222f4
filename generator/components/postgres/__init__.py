"""PostgreSQL: the database of the sample services in Compose; natively they use SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from generator.deployment.network import POSTGRES
from generator.deployment.target import Target
from generator.workload import Health, Volume, Workload

if TYPE_CHECKING:
    from generator.deployment.model import Deployment

DATABASE = "coupons"


def files(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """None: its few settings are variables."""
    del deployment
    yield from ()


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """One PostgreSQL for the samples, where there are images."""
    if deployment.target is Target.NATIVE or not deployment.services.samples:
        return
    plan = deployment.postgres
    yield Workload(
        name="postgres",
        title=f"PostgreSQL {plan.version}",
        image=f"postgres:{plan.version}",
        program="postgres",
        command=(),
        environment={
            "POSTGRES_DB": DATABASE,
            "POSTGRES_USER": DATABASE,
            # Its port is not published: only this deployment's own network reaches it.
            "POSTGRES_HOST_AUTH_METHOD": "trust",
            "PGDATA": "/var/lib/postgresql/data/pgdata",
        },
        volumes=(Volume("postgres", deployment.layout.data("postgres", "/var/lib/postgresql/data")),),
        listens=(POSTGRES,),
        memory=plan.memory,
        resident=40,
        read_only=True,
        scratch=("/tmp", "/run/postgresql"),  # noqa: S108  # in a container of its own
        # Over TCP: while the image makes the database, a server answers on the socket alone.
        health=Health(
            "postgres", POSTGRES, inside=("pg_isready", "-h", "127.0.0.1", "-U", DATABASE, "-d", DATABASE)
        ),
        stop_grace=30,
    )
