"""Before and after: what two sets of traces say about a change, and what may be chance.

`series` takes latencies out of traces, `judge` compares them, `shape` compares what is called how often, and
`report` puts it together. `snapshots` keeps traces for later.
"""
