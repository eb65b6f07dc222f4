"""Download the jars that a jgo lock file pins; run as a program of its own, so that it can be ended.

    python jars.py LOCK REPOSITORY FOLDER

What is in REPOSITORY already, with the right hash, is not downloaded again. FOLDER is filled only when
everything is there. Nothing is resolved: the lock file names every artifact.
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
"""Seconds without an answer or a byte until a download has failed."""


def main(lock: Path, repository: Path, folder: Path) -> None:
    """Fill `folder` with the jars that `lock` pins, by way of `repository`."""
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.env import LockFile
    from jgo.maven import MavenContext

    context = MavenContext(
        repo_cache=repository,
        # A user's own settings may name a mirror.
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
            # A file from a run that was killed may be cut short: jgo itself checks no hash of what is there.
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
