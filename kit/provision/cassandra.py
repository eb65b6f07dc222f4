"""Apache Cassandra, from its Maven artifact and all dependencies; it runs on Java 17."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kit.provision.part import LOCKS, Part, Program

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.provision.part import Bench

VERSION = "5.0.9"
_JAMM = "jamm-0.4.0.jar"

ACCESS = (
    "-Djdk.attach.allowAttachSelf=true",
    *(
        f"--add-exports={package}=ALL-UNNAMED"
        for package in (
            "java.base/jdk.internal.misc",
            "java.management.rmi/com.sun.jmx.remote.internal.rmi",
            "java.rmi/sun.rmi.registry",
            "java.rmi/sun.rmi.server",
            "java.sql/java.sql",
            "java.base/java.lang.ref",
            "jdk.unsupported/sun.misc",
            "jdk.attach/sun.tools.attach",
        )
    ),
    *(
        f"--add-opens={package}=ALL-UNNAMED"
        for package in (
            "java.base/java.lang.module",
            "java.base/jdk.internal.loader",
            "java.base/jdk.internal.ref",
            "java.base/jdk.internal.reflect",
            "java.base/jdk.internal.math",
            "java.base/jdk.internal.module",
            "java.base/jdk.internal.util.jar",
            "jdk.management/com.sun.management.internal",
            "java.base/sun.nio.ch",
            "java.base/java.io",
            "java.base/java.lang.reflect",
            "java.base/java.lang",
            "java.base/java.util",
        )
    ),
    "-Dio.netty.tryReflectionSetAccessible=true",
)
"""JVM access flags, from Cassandra's own conf/jvm17-server.options. The two lines for `jdk.compiler` are left
out: the runtime lacks this module and would print a warning."""


def _make(bench: Bench) -> None:
    bench.run(
        "download the jars",
        [
            *(
                sys.executable,
                str(Path(__file__).with_name("jars.py")),
                str(LOCKS / "cassandra" / "jgo.lock.toml"),
            ),
            *(str(bench.downloads / "maven"), str(bench.folder / "jars")),
        ],
        timeout=1200,
    )
    program = _program(bench.folder, bench.programs)
    bench.expect("check its version", program.command("org.apache.cassandra.tools.GetVersion"), VERSION)


def _program(folder: Path, programs: Mapping[str, Program]) -> Program:
    agent, class_path = folder / "jars" / _JAMM, folder / "jars" / "*"
    return Program(
        "cassandra",
        VERSION,
        programs["java"].executable,
        (*ACCESS, f"-javaagent:{agent}", "-cp", str(class_path)),
        folder,
    )


PART = Part(
    name="cassandra",
    version=VERSION,
    title=f"Cassandra {VERSION}",
    locks=("cassandra",),
    recipe=("jars/",),
    seconds=40,
    disk=160,
    make=_make,
    program=_program,
    runs_on=("java",),
)
