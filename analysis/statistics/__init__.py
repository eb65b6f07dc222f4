"""Statistics of latencies: skewed, with long tails, and each like the one before it.

Everything here is a pure function over arrays; chance comes in as a seeded generator. numpy alone is needed: the
two distribution tails that are wanted take a line each, which does not pay for scipy's size and start-up time.
"""
