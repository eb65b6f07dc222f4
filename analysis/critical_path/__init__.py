"""The critical path of a request: the time that would have to shrink for the request to be done earlier.

`rules.paths` computes it by one of three rules, `totals.totals` adds many up by service and operation.
"""
