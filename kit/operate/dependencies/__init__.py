"""The dependency graph: which service calls which, computed from stored traces and written where Jaeger reads it.

On CQL storage Jaeger only reads the table `dependencies_v2`; upstream a Spark job fills it.
"""
