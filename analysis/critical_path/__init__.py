"""The critical path of a request: the parts of its spans that determine when it ends.

`by_rule.paths` computes it by one of three rules. `totals.totals` adds up many paths by service and operation.
"""
