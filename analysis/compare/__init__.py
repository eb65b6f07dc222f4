"""Before and after: what two sets of traces say about a change, and what may be chance.

`values` takes latencies out of a table of spans as `series`, `judge` compares them; `requests` takes what is called how
often, `shape` compares that; `report` puts it together and `text` shows it. `otlp_lines` writes traces for later.
"""
