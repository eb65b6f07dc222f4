"""A Docker with the tests' images, once for all tests."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from kit.provision import Program
from tests.deselection import deselect_unless_asked_for
from tests.docker.daemon import docker_daemon
from tests.docker.images import build_images, pip_configuration
from tests.docker.plugin import compose_plugin


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """They need root, Debian's packages and minutes: only who says `-m docker` gets them."""
    deselect_unless_asked_for("docker", config, items)


@pytest.fixture(scope="session")
def docker(
    programs: Mapping[str, Program],
    monitoring_programs: Mapping[str, Program],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Mapping[str, str]]:
    """The variables by which docker and Compose find a Docker that has the images."""
    subprocess.run(["sh", str(Path(__file__).with_name("install.sh"))], check=True, timeout=900)
    plugin, scratch = compose_plugin(), tmp_path_factory.mktemp("images")
    with docker_daemon() as environment:
        plugins = Path(environment["DOCKER_CONFIG"]) / "cli-plugins"
        plugins.mkdir(parents=True)
        os.symlink(plugin, plugins / "docker-compose")  # noqa: PTH211
        build_images({**programs, **monitoring_programs}, environment, scratch)
        pip_configuration(scratch / "pip.conf")
        yield {**environment, "KIT_TEST_PIP_CONF": str(scratch / "pip.conf")}
