"""The state of objectives: from Prometheus, with the traces that spent the budget from Jaeger."""
