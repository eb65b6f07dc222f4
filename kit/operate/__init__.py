"""Operate a deployment: start and stop it, check it, read its state."""
