"""Redis streams as queues: what waits in them, for whom, and what ended as a dead letter."""
