"""Whether what a deployment's components are told in secret is there, before one of them starts without it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from generator.components.collector.plan import CollectorPlan
from generator.deployment.model import Deployment
from generator.workload import Workload
from kit.errors import UserError


def refuse_missing_secrets(
    deployment: Deployment,
    workloads: Sequence[Workload],
    folder: Path,
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Refuse to start what is not told its secrets.

    Raises:
        UserError: a variable is not set, a file is not there, or no header can hold what is in it.
    """
    missing: dict[str, list[str]] = {}
    for workload in workloads:
        for what in dict.fromkeys(_missing(workload, folder, environment)):
            missing.setdefault(what, []).append(workload.name)
    if missing:
        lines = [f"{what}, and needed by {', '.join(names)}" for what, names in missing.items()]
        raise UserError("\n".join(lines), hint="kit.yaml names them; set or make them and run it again")
    for backend in deployment[CollectorPlan].further:
        for secret in backend.header_secrets:
            # The collector takes a file as it is, and a header that ends in a line's end is never sent.
            if secret.file and b"\n" in (folder / secret.file).read_bytes():
                raise UserError(
                    f"{secret.file}: there is a line's end in it, which no header of {backend.name} can hold",
                    hint=f"write it without one: printf %s 'the value' > {secret.file}",
                )


def _missing(workload: Workload, folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    names = [secret.env for secret in workload.secrets if secret.env] + list(workload.variables.values())
    for name in names:
        if not environment.get(name):
            yield f"the variable {name} is not set"
    for secret in workload.secrets:
        if secret.file and not (folder / secret.file).is_file():
            yield f"the file {secret.file} is not there"
