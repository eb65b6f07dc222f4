"""Check that every table and type that Jaeger uses exists."""

from __future__ import annotations

from collections.abc import Iterator

from generator.components.storage.plan import StoragePlan
from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import SCHEMA
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject


def tables(subject: Subject) -> Iterator[Line]:
    """Check that no table or type is missing."""
    from kit.operate.schema import missing

    cluster = subject.cluster()
    if cluster is None or subject.live is None:
        return
    keyspace = subject.live.deployment[StoragePlan].keyspace
    looked = Looked("tables", SCHEMA, f"all of Jaeger's tables and types in {keyspace}")
    absent = missing(keyspace, cluster)
    if absent:
        yield looked.fail(f"missing: {', '.join(absent)}", details={"missing": absent})
    else:
        yield looked.well("complete")


CHECK = Check("tables", SCHEMA, tables)
