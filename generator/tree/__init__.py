"""Rendered files on disk: find the changes, and write them."""
