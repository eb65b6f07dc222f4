"""ScyllaDB."""
