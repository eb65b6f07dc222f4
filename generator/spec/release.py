"""Versions as numbers that can be compared."""

from __future__ import annotations


def line(version: str) -> tuple[int, int]:
    """Return a version's release line: (2026, 1) for 2026.1.11 and 2026.1.0-rc2."""
    numbers = [int(part) for part in version.replace("-", ".").split(".")[:2] if part.isdigit()]
    return (numbers[0] if numbers else 0, numbers[1] if len(numbers) > 1 else 0)
