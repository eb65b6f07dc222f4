"""Works on a running deployment."""
