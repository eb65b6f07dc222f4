"""Spans as columns of numbers, for questions over hundreds of thousands of spans.

`reading.read_table` builds a table from files, and `building.table_of` from spans. `table.SpanTable` documents the
columns.
"""
