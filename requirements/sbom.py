"""Write what Python packages the kit's own image holds, as CycloneDX: `requirements/image.cdx.json`.

The packages of the lock are downloaded as the image does it, for its Python on Linux, and their metadata is read by
cyclonedx-py. Needs uv, and an environment with cyclonedx-bom (`make sbom`).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements/image.lock"
SBOM = ROOT / "requirements/image.cdx.json"


def image_python() -> str:
    """The release of Python in the image, such as `3.12`."""
    found = re.search(r"^ARG BASE_IMAGE=python:(\d+\.\d+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    if found is None:
        raise SystemExit("Dockerfile: ARG BASE_IMAGE names no release of Python")
    return found[1]


def document() -> dict[str, Any]:
    """The document, without addresses: those of package indexes differ from site to site."""
    with tempfile.TemporaryDirectory() as folder:
        packages, empty = f"{folder}/packages", f"{folder}/empty"
        install = ["uv", "pip", "install", "--quiet", "--target", packages, "--require-hashes", "--no-deps"]
        install += ["--python-version", image_python(), "--python-platform", "x86_64-manylinux_2_28"]
        subprocess.run([*install, "--only-binary", ":all:", "-r", LOCK], check=True)
        venv.create(empty)
        made = subprocess.run(
            [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--validate",
             "--pyproject", ROOT / "pyproject.toml", f"{empty}/bin/python"],
            env={**os.environ, "PYTHONPATH": packages}, check=True, capture_output=True, text=True,
        )  # fmt: skip
    found: dict[str, Any] = _without_addresses(json.loads(made.stdout))
    return found


def _without_addresses(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_addresses(one) for key, one in value.items() if key != "externalReferences"}
    return [_without_addresses(one) for one in value] if isinstance(value, list) else value


if __name__ == "__main__":
    SBOM.write_text(json.dumps(document(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
