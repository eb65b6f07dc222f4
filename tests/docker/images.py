"""The images of the tests, made on this machine: no registry of images is asked.

Their base is made by debootstrap, once, and kept in the cache of native parts; the programs in them are Debian's,
or those of the native target. Cassandra stands in ScyllaDB's place, and a small program in Grafana's: both say so.
"""

from __future__ import annotations

import configparser
import hashlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from generator.templates import render
from kit.provision import Program
from kit.provision.cassandra import ACCESS
from kit.provision.store import Store

_HERE = Path(__file__).parent / "images"
_SUITE = "bookworm"
_PACKAGES = "ca-certificates,python3,python3-venv,python-is-python3,redis-server,postgresql,wget"
# Raise it when the recipe changes.
_RECIPE = "1"
_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
_BASE = "kit-test/base:local"
_OF_PROGRAMS = ("jaeger", "otelcol", "prometheus", "node-exporter")
# Programs that are in no package registry.
_STAND_INS = ("redis-exporter", "postgres-exporter")
_IMAGES = ("redis", "postgres", "cassandra", "grafana", *_OF_PROGRAMS, *_STAND_INS)


def build_images(programs: Mapping[str, Program], environment: Mapping[str, str], scratch: Path) -> None:
    """Build all of them into a Docker.

    Args:
        programs: the native parts.
        environment: the variables by which the docker command finds it.
        scratch: a folder for the contexts.
    """
    env = {**os.environ, **environment, "DOCKER_BUILDKIT": "0"}
    base = _base_archive()
    _run(["docker", "import", str(base), _BASE], env)
    for name in _IMAGES:
        context = scratch / name
        shutil.copytree(_HERE / name, context)
        if name in _OF_PROGRAMS:
            program = programs[name.replace("-", "_")]
            shutil.copy2(program.executable, context / program.name)
        if name in _STAND_INS:
            shutil.copy2(_HERE / "stand_in.py", context)
        if name == "cassandra":
            _add_cassandra(context, programs)
        _run(["docker", "build", "--quiet", "--tag", f"kit-test/{name}:local", str(context)], env)


def pip_configuration(target: Path) -> None:
    """Write a pip.conf that makes a build use the package index that pip uses here."""
    known = subprocess.run(
        ["python3", "-m", "pip", "config", "list"], check=True, capture_output=True, text=True
    ).stdout
    found = configparser.ConfigParser()
    found["global"] = {"cert": str(_AUTHORITIES)}
    for line in known.splitlines():
        name, _, value = line.partition("=")
        key = name.rpartition(".")[2]
        if key in ("index-url", "extra-index-url", "proxy", "trusted-host"):
            found["global"][key] = shlex.split(value)[0].replace("%", "%%")
    with target.open("w") as stream:
        found.write(stream)


def _base_archive() -> Path:
    """The base's files as a tar archive, from the cache or made anew."""
    told = f"{_RECIPE} {_SUITE} {_PACKAGES} ".encode() + _AUTHORITIES.read_bytes()
    key = hashlib.sha256(told).hexdigest()[:12]
    folder = Store.open().root / "test-images"
    archive = folder / f"base-{key}.tar"
    if archive.exists():
        return archive
    folder.mkdir(parents=True, exist_ok=True)
    tree, partial = folder / f"base-{key}.partial", folder / f"base-{key}.tar.partial"
    shutil.rmtree(tree, ignore_errors=True)
    try:
        _run(["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", _SUITE, str(tree)], os.environ)
        # Who stands between this machine and its package index may have an authority of its own.
        shutil.copyfile(_AUTHORITIES, tree / _AUTHORITIES.relative_to("/"))
        for rest in (
            "var/cache/apt",
            "var/lib/apt/lists",
            "usr/share/doc",
            "usr/share/locale",
            "usr/share/man",
        ):
            shutil.rmtree(tree / rest, ignore_errors=True)
        _run(["tar", "-C", str(tree), "-cf", str(partial), "."], os.environ)
        partial.replace(archive)
    finally:
        shutil.rmtree(tree, ignore_errors=True)
        partial.unlink(missing_ok=True)
    return archive


def _add_cassandra(context: Path, programs: Mapping[str, Program]) -> None:
    java, cassandra = programs["java"].folder, programs["cassandra"].folder
    assert java is not None
    assert cassandra is not None
    shutil.copytree(java / "jre", context / "jre", symlinks=True)
    shutil.copytree(cassandra / "jars", context / "jars")
    agent = next((cassandra / "jars").glob("jamm-*.jar")).name
    jars = "/opt/cassandra/jars"
    (context / "java.args").write_text(
        "\n".join([*ACCESS, f"-javaagent:{jars}/{agent}", "-cp", f"{jars}/*"]) + "\n"
    )
    config = render(
        "cassandra/cassandra.yaml.j2", version=programs["cassandra"].version, name="@CLUSTER@",
        data="/var/lib/cassandra", host="@ADDRESS@", internode_port=7000, cql_port=9042,
        concurrent_writes=32,
    )  # fmt: skip
    (context / "cassandra.yaml").write_text(config)
    (context / "cassandra-rackdc.properties").write_text(
        render("cassandra/cassandra-rackdc.properties.j2", datacenter="@DATACENTER@")
    )
    (context / "logback.xml").write_text(render("cassandra/logback.xml.j2"))


def _run(command: list[str], env: Mapping[str, str]) -> None:
    done = subprocess.run(
        command,
        env=dict(env),
        check=False,
        capture_output=True,
        text=True,
        timeout=900,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{(done.stdout + done.stderr)[-4000:]}"
