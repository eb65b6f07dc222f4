"""Where spans are read from: a Jaeger's query API, or files."""
