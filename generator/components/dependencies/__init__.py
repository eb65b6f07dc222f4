"""The service that fills Jaeger's dependency graph."""
