"""Where the deployment in this folder can be reached."""

from __future__ import annotations

from pathlib import Path

from kit.errors import UserError


def jaeger_url(folder: Path | None = None) -> str:
    """The query address of the Jaeger that runs here, or would run as the spec says.

    Raises:
        UserError: there is no deployment in the folder.
        SpecError: its spec can't be used.
    """
    from kit.operate.native.home import Home
    from kit.operate.native.state import State, urls

    folder = folder or Path.cwd()
    state = State.load(Home.of(folder))
    if state is not None:
        return state.urls["jaeger"]
    spec = folder / "kit.yaml"
    if not spec.exists():
        raise UserError(
            "there is no kit.yaml in this folder, so no Jaeger is known",
            hint="name one: --jaeger http://127.0.0.1:16686, or go to a deployment's folder",
        )
    from generator.targets import COMPOSE, NATIVE
    from kit.operate.deployment import load

    return urls(load(spec, COMPOSE))["jaeger"]
