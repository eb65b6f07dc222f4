"""The dependency graph: calls between services, computed from stored traces and written to Jaeger's table.

On CQL storage Jaeger only reads the table `dependencies_v2`; upstream a Spark job fills it.
"""
