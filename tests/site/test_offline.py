"""The site asks nothing of a network; `make docs` builds what the browser's tests open."""

from __future__ import annotations

import hashlib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
_SHIM = "e8e412dbcfea9b7e31b5ffa288d7b6035915e714c542f4176a0cdbe262fc9609"


def test_the_shim_for_search_in_files_is_the_published_one() -> None:
    assert hashlib.sha256((ROOT / "docs/assets/iframe-worker/shim.js").read_bytes()).hexdigest() == _SHIM


def test_nothing_of_the_config_is_loaded_from_a_network() -> None:
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    assert config["theme"]["font"] is False
    assert "offline" in config["plugins"]
    scripts = [
        *config["extra"]["polyfills"],
        *config.get("extra_javascript", []),
        *config.get("extra_css", []),
    ]
    assert [name for name in scripts if not (ROOT / "docs" / name).is_file()] == []
    assert config["strict"] is True


def test_every_page_has_a_line_in_the_navigation() -> None:
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = [it.relative_to(ROOT / "docs").as_posix() for it in (ROOT / "docs").rglob("*.md")]
    assert [page for page in sorted(pages) if page not in config] == []


def test_the_lock_has_no_host_and_a_hash_for_each_package() -> None:
    lock = (ROOT / "requirements" / "docs.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    packages = [line for line in lock.splitlines() if line and not line.startswith((" ", "#"))]
    assert packages
    assert all(package.endswith("\\") for package in packages)
