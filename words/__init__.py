"""Checks the words of docs, docstrings, comments and messages: `make lint` runs `python -m words`."""
