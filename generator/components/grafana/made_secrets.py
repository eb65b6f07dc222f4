"""The step that makes Grafana's secrets, once, before its first start.

It runs in plain `docker compose up`, too, so no deployment ever has the login admin/admin. The files are in Grafana's
volume, with mode 0600 and Grafana's user: `kit down --volumes` removes them together with the accounts that they open.
"""

from __future__ import annotations

from generator.components.grafana.listeners import NAME
from generator.components.grafana.plan import GrafanaPlan
from generator.components.prepared_volume import FOLDER, USER
from generator.spec.quantities import Size
from generator.workload import OWN_IMAGE, Volume, Workload

STEP = "grafana-secrets"
PASSWORD = "admin-password"  # noqa: S105  # the name of a file
# Grafana encrypts credentials in its database with it. Its default is public.
KEY = "secret-key"


def made_secrets(plan: GrafanaPlan) -> Workload:
    """Return the step. It also gives the new volume to Grafana's user, as the image of the kit has that folder."""
    names = (KEY,) if plan.password else (PASSWORD, KEY)
    return Workload(
        name=STEP,
        title="the secrets of Grafana",
        image=OWN_IMAGE,
        program="python",
        command=("-m", "kit.operate.inside.made_secrets", FOLDER, *names),
        # Grafana counts the disk of this volume, so this step counts none.
        volumes=(Volume(NAME, FOLDER, Size(0)),),
        memory=Size(64 << 20),
        resident=0,
        processes=32,
        read_only=True,
        unprivileged=True,
        # The image's own user could not write into the folder.
        runs_as=USER,
        once=True,
    )
