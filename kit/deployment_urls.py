"""Where the deployment in this folder can be reached."""

from __future__ import annotations

from pathlib import Path

from kit.errors import UserError


def jaeger_url(spec: Path) -> str:
    """The query address of the Jaeger that runs beside a spec, or would run as it says.

    Raises:
        UserError: there is no deployment in the folder.
        SpecError: its spec can't be used.
    """
    from kit.operate.native.home import Home
    from kit.operate.native.state import State, urls

    state = State.load(Home.of(spec.parent))
    if state is not None:
        return state.urls["jaeger"]
    if not spec.exists():
        raise UserError(
            f"there is no {spec} in this folder, so no Jaeger is known",
            hint="name one: --jaeger http://127.0.0.1:16686, or go to a deployment's folder",
        )
    from generator.deployment.target import Target
    from kit.operate.deployment import load

    return urls(load(spec, Target.COMPOSE))["jaeger"]
