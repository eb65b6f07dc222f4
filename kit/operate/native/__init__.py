"""The native target: real programs under a process supervisor, no Docker."""
