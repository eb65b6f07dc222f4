"""PostgreSQL: the database of the sample services in Compose; natively they use SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.component import Component
from generator.components.postgres.spec import POSTGRES as KEY
from generator.components.services.spec import SERVICES
from generator.deployment.model import Deployment
from generator.deployment.network import Listener
from generator.deployment.platform import Platform
from generator.spec.model import Spec
from generator.spec.quantities import Size
from generator.spec.sections.images import ImageKey
from generator.workload import DataFormat, Health, Volume, Workload

DATABASE = "coupons"
POSTGRES = Listener("postgres", "postgres", 5432)
_DISK = Size.parse("10GiB")
_FORMAT = DataFormat(
    "pgdata/PG_VERSION",
    r"(\d+)",
    "keep that release (postgres.version), move the data with pg_dumpall and psql, or remove the volume and with it "
    "the coupons",
)


@dataclass(frozen=True, slots=True)
class PostgresPlan:
    """PostgreSQL's decisions.

    Attributes:
        runs: Whether there is one.
    """

    runs: bool
    version: str
    memory: Size


def plan_postgres(spec: Spec, platform: Platform) -> PostgresPlan:
    """Decide for PostgreSQL: it runs with the samples, where their database is not SQLite."""
    runs = platform.sql_store == "postgres" and spec[SERVICES] is None
    return PostgresPlan(runs, spec[KEY].version, spec[KEY].memory)


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """One PostgreSQL for the samples."""
    plan = deployment[PostgresPlan]
    if not plan.runs:
        return
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
        volumes=(Volume("postgres", deployment.layout.data("postgres", "/var/lib/postgresql/data"), _DISK),),
        listens=(POSTGRES,),
        memory=plan.memory,
        resident=40,
        read_only=True,
        scratch=("/tmp", "/run/postgresql"),  # noqa: S108  # in a container of its own
        # Over TCP: while the image makes the database, a server answers on the socket alone.
        health=Health(
            "postgres", POSTGRES, inside=("pg_isready", "-h", "127.0.0.1", "-U", DATABASE, "-d", DATABASE)
        ),
        data_format=_FORMAT,
        stop_grace=30,
    )


COMPONENT = Component(
    name="postgres",
    keys=(KEY,),
    images=(ImageKey("postgres", "null is that of postgres.version", 60),),
    plans=(plan_postgres,),
    listeners=(POSTGRES,),
    workloads=workloads,
)
