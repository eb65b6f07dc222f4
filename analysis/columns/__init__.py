"""Spans as columns of numbers: what questions over hundreds of thousands of spans are answered from.

`reading.read_table` makes a table of files, `building.table_of` of spans; `table.SpanTable` says what is in one.
"""
