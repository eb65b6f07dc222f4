"""Exporter of Cassandra, a program of the kit's own. ScyllaDB serves its metrics itself."""
