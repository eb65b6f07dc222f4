"""PostgreSQL, the database of the sample services in Compose. Natively they use SQLite."""

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
    "keep that release (postgres.version), migrate the data with pg_dumpall and psql, or remove the volume and lose "
    "the coupons",
)


@dataclass(frozen=True, slots=True)
class PostgresPlan:
    """The decisions for PostgreSQL.

    Attributes:
        runs: Whether the deployment runs PostgreSQL.
    """

    runs: bool
    version: str
    memory: Size


def plan_postgres(spec: Spec, platform: Platform) -> PostgresPlan:
    """Return the plan for PostgreSQL, which runs with the samples unless they use SQLite."""
    runs = platform.sql_store == "postgres" and spec[SERVICES] is None
    return PostgresPlan(runs, spec[KEY].version, spec[KEY].memory)


def workloads(deployment: Deployment) -> Iterator[Workload]:
    """Yield one PostgreSQL if the plan has it."""
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
            # Safe without a password: the port is not published, so only this deployment's network reaches it.
            "POSTGRES_HOST_AUTH_METHOD": "trust",
            "PGDATA": "/var/lib/postgresql/data/pgdata",
        },
        volumes=(Volume("postgres", deployment.layout.data("postgres", "/var/lib/postgresql/data"), _DISK),),
        listens=(POSTGRES,),
        memory=plan.memory,
        resident=40,
        read_only=True,
        scratch=("/tmp", "/run/postgresql"),  # noqa: S108  # in its own container
        # Over TCP: while the image initializes the database, a temporary server answers on the socket only.
        health=Health(
            "postgres", POSTGRES, inside=("pg_isready", "-h", "127.0.0.1", "-U", DATABASE, "-d", DATABASE)
        ),
        data_format=_FORMAT,
        stop_grace=30,
    )


COMPONENT = Component(
    name="postgres",
    keys=(KEY,),
    images=(ImageKey("postgres", "null: the image of postgres.version", 60),),
    plans=(plan_postgres,),
    listeners=(POSTGRES,),
    workloads=workloads,
)
