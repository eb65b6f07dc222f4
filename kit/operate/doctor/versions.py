"""Check the components' own versions, and whether the spec was changed since the start."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.components.storage.plan import StoragePlan
from generator.deployment.model import Deployment
from generator.render import workloads_of
from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import VERSIONS
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject


def versions(subject: Subject) -> Iterator[Line]:
    """Check the components' own versions, and whether the spec was changed since the start."""
    if subject.live is None:
        return
    deployment, replaced = subject.live.deployment, subject.live.replaced_images()
    for workload in reversed(workloads_of(deployment)):
        wanted = workload.version
        looked = Looked(f"version of {workload.name}", VERSIONS, wanted)
        metrics = subject.metrics.get(workload.name) if wanted else None
        found = metrics.version() if metrics else ""
        if not found:
            continue
        if workload.name in replaced:
            yield looked.well(f"{found}, from an image that an override sets")
        else:
            yield looked.well(found) if _numbers(found) == _numbers(wanted) else looked.warn(found)
    if deployment[StoragePlan].engine not in replaced:
        yield from _database_version(subject, deployment)
    looked = Looked("started spec", VERSIONS, "unchanged since the start")
    changed = subject.live.changed()
    if changed:
        yield looked.warn(f"kit up would now change {', '.join(changed)}")
    else:
        yield looked.well("unchanged")


def _database_version(subject: Subject, deployment: Deployment) -> Iterator[Line]:
    cluster = subject.cluster()
    if cluster is None:
        return
    wanted = deployment[StoragePlan].version
    looked = Looked("version of the database", VERSIONS, f"{deployment[StoragePlan].engine} {wanted}")
    query = (
        "SELECT version FROM system.versions"
        if deployment[StoragePlan].engine == "scylla"
        else "SELECT release_version FROM system.local"
    )
    with cluster.session() as session:
        found = str(next(iter(session.execute(query)))[0])
    yield looked.well(found) if _numbers(found) == _numbers(wanted) else looked.warn(found)


def _numbers(version: str) -> tuple[int, ...]:
    """Return the numbers at the front of a version; empty if it has none."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


CHECK = Check("versions", VERSIONS, versions)
