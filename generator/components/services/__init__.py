"""The services that send traces: the three samples, or a user's own."""
