"""Sources of spans: a Jaeger's query API, or files."""
