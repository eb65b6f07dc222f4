"""The native target: real programs under a process supervisor, without Docker."""
