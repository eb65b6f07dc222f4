"""Redis streams as queues: waiting entries, consumer groups and dead letters."""
