"""Statistics for latencies, which are skewed, have long tails and are autocorrelated.

All functions are pure functions over arrays; randomness comes from a seeded generator. Only numpy is needed: the two
tail probabilities take a line each, so scipy's size and start-up time would not pay.
"""
