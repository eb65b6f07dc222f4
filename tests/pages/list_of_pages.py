"""The pages whose blocks are run."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "docs/tutorials/first-trace.md",
    "docs/tutorials/slow-endpoint.md",
    "docs/tutorials/own-service.md",
)
