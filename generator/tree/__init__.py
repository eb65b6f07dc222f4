"""Rendered files on disk: what would change, and changing it."""
