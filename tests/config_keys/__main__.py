"""`python -m tests.config_keys`: write the data of `generator/config_keys` anew. It needs Go."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.config_keys.describe import DATA, VERSIONS, described

for program in VERSIONS:
    with tempfile.TemporaryDirectory(prefix="config-keys-") as folder:
        (DATA / f"{program}.json").write_text(described(program, Path(folder)), encoding="utf-8")
