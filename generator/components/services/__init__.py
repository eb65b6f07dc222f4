"""The services that send traces: the three samples, or the user's own."""
