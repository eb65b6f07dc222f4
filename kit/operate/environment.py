"""The environment that makes a service send its traces to the deployment in this folder."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from kit.errors import UserError

# No file and no shell reads anything else into these, so that every form is simply `NAME=value`.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,254}")


def environment(spec: Path, service: str, *, inside: bool) -> dict[str, str]:
    """The variables by which any OpenTelemetry SDK sends to this deployment's collector.

    Args:
        spec: the deployment's spec.
        service: its name in traces.
        inside: for a container in the deployment's network, not for a process on this machine.

    Raises:
        UserError: the name can't be one.
        SpecError: the spec can't be used.
    """
    if not _NAME.fullmatch(service):
        raise UserError(
            f"{service!r} can't be a service's name here",
            hint="letters, digits, `.`, `_`, `/` and `-`, as kit env shop-api",
        )
    from generator.components.services import telemetry
    from generator.targets import COMPOSE, NATIVE
    from kit.operate.deployment import load
    from kit.operate.running import target_in

    # Only Compose has a network of its own, and `ports.address`; the ports are the same.
    deployment = load(spec, COMPOSE if inside else target_in(spec.parent))
    endpoint = telemetry.inside(deployment) if inside else telemetry.outside(deployment)
    return telemetry.for_any_language(deployment, service, endpoint)


def lines(variables: Mapping[str, str], *, shell: bool) -> Iterator[str]:
    """One line a variable: for a shell's `eval`, or as `NAME=value`."""
    for name, value in variables.items():
        yield f"export {name}={shlex.quote(value)}" if shell else f"{name}={value}"
