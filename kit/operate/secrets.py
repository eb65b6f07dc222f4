"""Check that the secrets of a deployment exist before a component starts without them."""

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
    """Refuse a start if a secret is missing or invalid.

    Raises:
        UserError: a variable is not set, a file is missing, or its content is not a valid header value.
    """
    missing: dict[str, list[str]] = {}
    for workload in workloads:
        for what in dict.fromkeys(_missing(workload, folder, environment)):
            missing.setdefault(what, []).append(workload.name)
    if missing:
        lines = [f"{what}; needed by {', '.join(names)}" for what, names in missing.items()]
        raise UserError(
            "\n".join(lines),
            hint="kit.yaml names them: set the variables, create the files, and run it again",
        )
    for backend in deployment[CollectorPlan].further:
        for secret in backend.header_secrets:
            # The header is the file's exact content, and HTTP refuses a header value with a newline.
            if secret.file and b"\n" in (folder / secret.file).read_bytes():
                raise UserError(
                    f"{secret.file}: it contains a newline, which is not valid in a header of {backend.name}",
                    hint=f"write it without a newline: printf %s 'the value' > {secret.file}",
                )


def _missing(workload: Workload, folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    names = [secret.env for secret in workload.secrets if secret.env] + list(workload.variables.values())
    for name in names:
        if not environment.get(name):
            yield f"the variable {name} is not set"
    for secret in workload.secrets:
        if secret.file and not (folder / secret.file).is_file():
            yield f"the file {secret.file} is not there"
