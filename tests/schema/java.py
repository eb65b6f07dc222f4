"""Small Java programs on Cassandra's own jars: the runtime has no compiler, but Cassandra brings Eclipse's."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from kit.provision import Program

HERE = Path(__file__).parent
# A few jars bring packages of `java.*`, which the compiler refuses: it is given only what it needs.
_COMPILED_WITH = ("cassandra-all-*.jar", "antlr-runtime-*.jar")


class JavaProgram:
    """One class, compiled into a folder."""

    def __init__(self, programs: Mapping[str, Program], name: str, folder: Path) -> None:
        assert programs["cassandra"].folder is not None
        self._java = programs["java"].executable
        self._jars = programs["cassandra"].folder / "jars"
        self._name, self._folder = name, folder
        given = [str(jar) for pattern in _COMPILED_WITH for jar in self._jars.glob(pattern)]
        assert len(given) == len(_COMPILED_WITH)
        (compiler,) = self._jars.glob("ecj-*.jar")
        self._call(
            ["-cp", str(compiler), "org.eclipse.jdt.internal.compiler.batch.Main", "-17", "-proc:none", "-cp",
             ":".join(given), "-d", str(folder), str(HERE / f"{name}.java")],
        )  # fmt: skip
        # Without an appender nothing is logged.
        (folder / "logback.xml").write_text("<configuration/>")

    def run(self, *arguments: str, stdin: str = "") -> str:
        quiet = f"-Dlogback.configurationFile={self._folder / 'logback.xml'}"
        return self._call([quiet, "-cp", f"{self._folder}:{self._jars}/*", self._name, *arguments], stdin)

    def _call(self, arguments: list[str], stdin: str = "") -> str:
        result = subprocess.run(
            [str(self._java), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout
