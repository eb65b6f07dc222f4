"""Download the jars that a jgo lock file pins; a separate program, so that it can be killed.

    python jars.py LOCK REPOSITORY FOLDER

A jar that is already in REPOSITORY with the right hash is not downloaded again. FOLDER is filled only when
all jars are complete. No dependencies are resolved: the lock file names every artifact.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jgo.env import LockedDependency
    from jgo.maven import MavenContext

ATTEMPTS = 3
AT_ONCE = 6
TIMEOUT = 60
"""Timeout of a download without an answer or a new byte, in seconds."""


def main(lock: Path, repository: Path, folder: Path) -> None:
    """Download the jars that `lock` pins into `repository`, and link them into `folder`."""
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.env import LockFile
    from jgo.maven import MavenContext

    context = MavenContext(
        repo_cache=repository,
        # The user's own settings may name a mirror.
        remote_repos={"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories},
        timeout=TIMEOUT,
    )
    locked: list[LockedDependency] = LockFile.load(lock).dependencies
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jars = list(pool.map(lambda one: _fetch(context, one), locked))
    folder.mkdir()
    for jar in jars:
        _link(jar, folder / jar.name)


def _fetch(context: MavenContext, locked: LockedDependency) -> Path:
    if locked.sha256 is None:
        sys.exit(f"{locked}: the lock file has no hash for it")
    artifact = (
        context.project(locked.groupId, locked.artifactId)
        .at_version(locked.version)
        .artifact(locked.classifier or "", locked.packaging)
    )
    for attempt in range(1, ATTEMPTS + 1):
        jar = context.repo_cache / artifact.component.path_prefix / artifact.cached_filename
        try:
            # A killed run may have left a truncated file: jgo does not check the hash of existing files.
            artifact.resolve()
            found = hashlib.sha256(jar.read_bytes()).hexdigest()
        except (OSError, RuntimeError) as error:
            trouble = f"{type(error).__name__}: {error}"
        else:
            if found == locked.sha256:
                return jar
            trouble = f"expected SHA-256 {locked.sha256}, found {found}"
        print(f"{locked}, attempt {attempt} of {ATTEMPTS}: {trouble}", flush=True)  # noqa: T201
        jar.unlink(missing_ok=True)
        if attempt < ATTEMPTS:
            time.sleep(attempt)
    raise SystemExit(f"{locked} could not be downloaded")


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
