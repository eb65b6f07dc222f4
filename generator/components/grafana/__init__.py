"""Grafana: dashboards over the metrics, and from a slow request to its trace. Only with images: it is licensed AGPL."""
