"""Metrics of Cassandra, read over CQL from its virtual tables: no agent in its JVM, and no JMX port."""
