"""Make the data of `generator/config_keys` from the Go sources of the collector and of Jaeger.

`walk.go` is compiled into the program's main package, in place of its main function, with the modules that the native
parts are locked to.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from generator.rules.component_names import RENAMED
from kit.provision import jaeger, otelcol
from kit.provision.part import LOCKS

HERE = Path(__file__).parent
DATA = Path(__file__).parents[2] / "generator" / "config_keys"
VERSIONS = {"otelcol": otelcol.VERSION, "jaeger": jaeger.VERSION}
_JAEGER = "github.com/jaegertracing/jaeger"
_SECONDS = 3600


def described(program: str, folder: Path) -> str:
    """The data of one program.

    Args:
        program: `otelcol` or `jaeger`.
        folder: where it may build.
    """
    module, package = _otelcol(folder) if program == "otelcol" else _jaeger(folder)
    binary = folder / "describe"
    _go("build", "-trimpath", "-o", str(binary), package, module=module)
    listed = _go("list", "-deps", "-f", "{{.ImportPath}} {{.Dir}}", package, module=module)
    folders = dict(line.split(" ", 1) for line in listed.splitlines() if " " in line)
    samples = yaml.safe_load((HERE / "samples.yaml").read_text())[program]
    done = subprocess.run(
        [binary], input=json.dumps({"samples": samples, "folders": folders}),
        capture_output=True, text=True, check=True, timeout=_SECONDS,
    )  # fmt: skip
    return written(program, json.loads(done.stdout))


def written(program: str, data: dict[str, Any]) -> str:
    """The data as a file: one component in each line, so that a change of one is one line."""
    old = {(row.kind, row.old) for row in RENAMED if row.new in data["components"].get(row.kind, {})}
    kinds = []
    for kind, types in sorted(data["components"].items()):
        lines = [
            f"{json.dumps(type_)}: {_plain(key)}"
            for type_, key in sorted(types.items())
            if (kind, type_) not in old
        ]
        kinds.append(f"{json.dumps(kind)}: {{\n" + ",\n".join(lines) + "\n}")
    functions = ",\n".join(
        f"{json.dumps(name)}: {_plain(of)}" for name, of in sorted(data["functions"].items())
    )
    return (
        f'{{\n"source": {json.dumps(f"the Go modules of kit/provision/locks/{program}")},\n'
        f'"version": {json.dumps(VERSIONS[program])},\n"components": {{\n'
        + ",\n".join(kinds) + f'\n}},\n"functions": {{\n{functions}\n}}\n}}\n'
    )  # fmt: skip


def _plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _otelcol(folder: Path) -> tuple[Path, str]:
    builder = folder / "builder"
    _go(
        "build",
        "-trimpath",
        "-o",
        str(builder),
        "go.opentelemetry.io/collector/cmd/builder",
        module=LOCKS / "builder",
    )
    manifest = LOCKS / "otelcol" / "manifest.yaml"
    subprocess.run(
        [builder, "--config", manifest, "--skip-compilation", "--skip-get-modules"],
        cwd=folder, check=True, capture_output=True, timeout=_SECONDS,
    )  # fmt: skip
    sources = folder / "src"
    for name in ("go.mod", "go.sum"):
        shutil.copyfile(LOCKS / "otelcol" / name, sources / name)
    for main in sources.glob("main*.go"):
        main.unlink()
    for name in ("walk.go", "program_otelcol.go"):
        shutil.copyfile(HERE / name, sources / name)
    return sources, "."


def _jaeger(folder: Path) -> tuple[Path, str]:
    found = json.loads(_go("list", "-m", "-json", _JAEGER, module=LOCKS / "jaeger"))
    # A copy: its components are internal, and the module cache can't be written.
    sources, module = folder / "jaeger", folder / "module"
    shutil.copytree(found["Dir"], sources, copy_function=shutil.copyfile)
    for path in (sources, *sources.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    (sources / "cmd" / "jaeger" / "main.go").unlink()
    for name in ("walk.go", "program_jaeger.go"):
        shutil.copyfile(HERE / name, sources / "cmd" / "jaeger" / name)
    module.mkdir()
    shutil.copyfile(LOCKS / "jaeger" / "go.sum", module / "go.sum")
    mod = (LOCKS / "jaeger" / "go.mod").read_text()
    (module / "go.mod").write_text(f"{mod}\nreplace {_JAEGER} => {sources}\n")
    return module, f"{_JAEGER}/cmd/jaeger"


def _go(*arguments: str, module: Path) -> str:
    settings = {
        "GOWORK": "off",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
        "GOFLAGS": "-mod=mod -buildvcs=false",
    }
    if module.parent == LOCKS:
        settings["GOFLAGS"] = "-mod=readonly -buildvcs=false"
    return subprocess.run(
        [shutil.which("go") or "go", *arguments], cwd=module, env={**os.environ, **settings},
        check=True, stdout=subprocess.PIPE, text=True, timeout=_SECONDS,
    ).stdout  # fmt: skip
