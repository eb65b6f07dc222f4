"""The campaign: faults and poison against real programs, by a sender and a counter of its own.

It shares nothing with the kit's clients, so that a mistake of theirs can't hide one of the pipeline.
"""
