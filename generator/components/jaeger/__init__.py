"""Jaeger v2."""
