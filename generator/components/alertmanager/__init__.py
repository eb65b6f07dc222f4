"""Alertmanager: sends Prometheus's alerts to people."""
