"""Prometheus: metrics of every component, and alerts."""
