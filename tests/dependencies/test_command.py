"""`kit dependencies` where nothing runs: what a person is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_first_minutes import kit


@pytest.mark.parametrize(
    ("spec", "arguments", "code", "text"),
    [
        ("", ["--since", "yesterday"], 2, "--since yesterday: neither a duration nor a date and time"),
        ("", ["--every", "5"], 2, "--every 5: not a duration of at least 1 s"),
        ("native: {storage: memory}", [], 1, "Jaeger computes the graph itself from its storage, memory"),
        ("ports: {cql: 25999}", ["--wait", "10ms"], 3, "no database answers at 127.0.0.1:25999"),
    ],
)
def test_a_mistake(tmp_path: Path, spec: str, arguments: list[str], code: int, text: str) -> None:
    (tmp_path / "kit.yaml").write_text(f"spec: 1\nname: x\n{spec}\n")
    result = kit(tmp_path, "dependencies", *arguments)
    assert text in result.stderr
    assert "Traceback" not in result.stderr
    assert result.returncode == code
