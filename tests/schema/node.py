"""A Cassandra of the tests' own, outside of any deployment: an existing cluster, as far as the kit can tell."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from generator.components.cassandra import component as cassandra
from generator.kit_yaml import parse_spec
from generator.resolve import resolve
from generator.targets import NATIVE
from kit.operate.native.home import HOME_VARIABLE
from kit.operate.schema import Cluster, Credentials, Encryption
from kit.provision import Program

_READY_SECONDS = 300


@dataclass(frozen=True)
class Node:
    """One node that answers.

    Attributes:
        cluster: it, as its superuser where roles are asked for.
        data: folder of its keyspaces.
    """

    port: int
    cluster: Cluster
    data: Path

    @property
    def contact_point(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def node(
    programs: Mapping[str, Program],
    folder: Path,
    port: int,
    more: str = "",
    encryption: Encryption | None = None,
    address: str = "127.0.0.1",
) -> Iterator[Node]:
    """Run a node with the kit's own native config and `more` behind it; CQL on `port`, the rest on the next ones.

    A second one with the same port and another address joins the first.
    """
    spec = f"spec: 1\nname: other\nports: {{cql: {port}}}\nnative: {{port_base: {port + 1}, heap: 256MiB}}\n"
    plan = resolve(parse_spec(spec), NATIVE, PurePosixPath(folder))
    (workload,) = cassandra.workloads(plan)
    for path, text in cassandra.files(plan, ()):
        file = Path(plan.layout.rendered(path))
        file.parent.mkdir(parents=True, exist_ok=True)
        own = text.replace("_address: 127.0.0.1", f"_address: {address}")
        file.write_text(own + (more if path == cassandra.CONFIG else ""))
    for volume in workload.volumes:
        Path(volume.path).mkdir(parents=True, exist_ok=True)
    command = programs["cassandra"].command("-Dcassandra.superuser_setup_delay_ms=0", *workload.command)
    log = folder / "cassandra.log"
    environment = {name: value for name, value in os.environ.items() if name != HOME_VARIABLE}
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=stream, env={**environment, **workload.environment}, cwd=folder
        )
    superuser = Credentials("cassandra", "cassandra") if "PasswordAuthenticator" in more else None
    cluster = Cluster([f"{address}:{port}"], "datacenter1", _READY_SECONDS, superuser, encryption)
    try:
        with cluster.session():
            pass
        yield Node(port, cluster, Path(workload.volumes[0].path) / "data")
    finally:
        process.terminate()
        try:
            process.wait(120)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
