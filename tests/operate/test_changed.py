"""What a native start would do differently now: nothing, right after one, whatever the deployment has of its own."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from generator.kit_yaml import parse_spec
from generator.resolve import resolve
from generator.targets import NATIVE
from kit.operate.native.home import Home
from kit.operate.native.plan import plan
from kit.operate.native.runtime import NativeRuntime
from kit.operate.overrides import load_overrides

OVERRIDE = b"exporters: {debug: null}\n"
OWN = "services: [{name: shop, image: shop, run: [python, shop.py], port: 9000}]\n"


def runtime(folder: Path, spec: str) -> NativeRuntime:
    read = parse_spec(f"spec: 1\nname: coupons\n{spec}")
    return NativeRuntime(
        folder, lambda: resolve(read, NATIVE, PurePosixPath(folder), load_overrides(folder), ".")
    )


def start(folder: Path, spec: str) -> None:
    """Lay out what `up` would start, with programs of any name."""
    planned = plan(runtime(folder, spec).deployment, Home.of(folder))
    planned.write(planned.commands({part: [f"/parts/{part}", "--its-own"] for part in planned.parts}))


@pytest.mark.parametrize(
    ("spec", "file", "content"),
    [
        ("", "", b""),
        (OWN, "", b""),
        ("", "overrides/collector.yaml", OVERRIDE),
        ("", "overrides/collector.yaml", OVERRIDE.replace(b"\n", b"\r\n")),
        ("", "overrides/collector.yaml", b"\xef\xbb\xbf" + OVERRIDE),
        ("", "overrides/jaeger-ui.json", b'{"menu": []}'),
        ("", "compose.override.yaml", b"services: {coupon-api: {environment: {A: b}}}\n"),
    ],
    ids=["nothing", "own service", "collector", "CRLF", "byte order mark", "user interface", "Compose"],
)
def test_nothing_right_after_a_start(tmp_path: Path, spec: str, file: str, content: bytes) -> None:
    if file:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes(content)
    start(tmp_path, spec)
    assert runtime(tmp_path, spec).changed() == []


def test_what_was_changed_since(tmp_path: Path) -> None:
    start(tmp_path, OWN)
    assert runtime(tmp_path, OWN.replace("shop.py", "other.py")).changed() == ["shop"]
    (tmp_path / "overrides").mkdir()
    (tmp_path / "overrides" / "collector.yaml").write_bytes(OVERRIDE)
    assert runtime(tmp_path, OWN).changed() == ["overrides/collector.yaml", "collector"]
