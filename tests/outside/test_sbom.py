"""The list of what the kit's own image holds: the packages of its lock, for its Python, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from requirements.sbom import LOCK, SBOM, image_python

# https://cyclonedx.org/docs/1.6/json/: what a reader needs of each component.
COMPONENT = {
    "type": "object",
    "required": ["type", "name", "version", "purl", "bom-ref"],
    "properties": {"purl": {"pattern": "^pkg:pypi/[^@]+@[^@]+$"}},
}


@pytest.fixture(scope="module")
def sbom() -> Any:
    return json.loads(SBOM.read_text(encoding="utf-8"))


def locked(lock: Path, python: str) -> set[tuple[str, str]]:
    """Name and version of what the lock installs for a Python on Linux."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = (line.split(" --hash", 1)[0].strip() for line in text.splitlines())
    environment = {
        "python_version": python, "python_full_version": f"{python}.99", "sys_platform": "linux",
        "platform_system": "Linux", "platform_machine": "x86_64", "os_name": "posix", "extra": "",
        "implementation_name": "cpython", "platform_python_implementation": "CPython",
    }  # fmt: skip
    found: set[tuple[str, str]] = set()
    for line in filter(None, lines):
        one = Requirement(line)
        if one.marker is None or one.marker.evaluate(environment):
            found.add((canonicalize_name(one.name), str(one.specifier).removeprefix("==")))
    return found


def test_it_lists_what_the_lock_installs(sbom: Any) -> None:
    listed = {(canonicalize_name(it["name"]), it["version"]) for it in sbom["components"]}
    assert listed == locked(LOCK, image_python())
    assert len(listed) == len(sbom["components"])


def test_each_component_can_be_looked_up(sbom: Any) -> None:
    assert (sbom["bomFormat"], sbom["specVersion"]) == ("CycloneDX", "1.6")
    for component in sbom["components"]:
        jsonschema.validate(component, COMPONENT)
        # A scanner finds advisories by it.
        assert component["purl"].endswith(f"@{component['version']}")
    without = [it["name"] for it in sbom["components"] if not it.get("licenses")]
    # Its metadata has neither an SPDX expression nor a classifier.
    assert without == ["protobuf"]


def test_it_names_what_needs_what(sbom: Any) -> None:
    needs = {it["ref"]: it.get("dependsOn", []) for it in sbom["dependencies"]}
    refs = {it["bom-ref"] for it in sbom["components"]} | {sbom["metadata"]["component"]["bom-ref"]}
    assert {ref for every in needs.values() for ref in every} <= refs == set(needs)


def test_it_holds_no_address(sbom: Any) -> None:
    assert "externalReferences" not in json.dumps(sbom)
