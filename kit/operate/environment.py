"""The environment that makes a service send its traces to the deployment in this folder."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from kit.errors import UserError

# These characters need no quoting in any file or shell, so every form is plain `NAME=value`.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,254}")


def environment(spec: Path, service: str, *, inside: bool) -> dict[str, str]:
    """Return the variables that make any OpenTelemetry SDK send to this deployment's collector.

    Args:
        spec: the deployment's spec.
        service: the service's name in traces.
        inside: whether the service is a container in the deployment's network, not a process on this machine.

    Raises:
        UserError: the name is not a valid service name.
        SpecError: the spec is invalid.
    """
    if not _NAME.fullmatch(service):
        raise UserError(
            f"{service!r} is not a valid service name",
            hint="use letters, digits, `.`, `_`, `/` and `-`, for example: kit env shop-api",
        )
    from generator.components.services import telemetry
    from kit.operate.runtimes import in_containers, runtime_for

    deployment = in_containers(spec) if inside else runtime_for(spec).deployment
    endpoint = telemetry.inside(deployment) if inside else telemetry.outside(deployment)
    return telemetry.for_any_language(deployment, service, endpoint)


def lines(variables: Mapping[str, str], *, shell: bool) -> Iterator[str]:
    """Yield one line for each variable: `export NAME=value` for a shell's `eval`, or `NAME=value`."""
    for name, value in variables.items():
        yield f"export {name}={shlex.quote(value)}" if shell else f"{name}={value}"
