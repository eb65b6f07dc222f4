"""Exporters of the kit's own: programs that read a server's state whenever Prometheus asks for their metrics.

One process for each server: `up` of a job and the state of a component then have one meaning.
"""
