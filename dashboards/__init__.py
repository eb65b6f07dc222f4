"""The dashboards of Grafana, as code: `python -m dashboards` writes their JSON, which is committed.

Only development imports this package. Rendering a deployment reads the JSON.
"""
