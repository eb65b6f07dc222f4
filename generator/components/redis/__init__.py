"""Redis: queues."""
