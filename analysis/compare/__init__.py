"""Comparison of two sets of traces, before and after a change, with significance tests.

`values` extracts latencies from spans as `series`, and `judge` compares them. `requests` counts the calls of each
request, and `shape` compares the counts. `comparing` combines both and `text` prints the result. `otlp_lines` writes
snapshots.
"""
