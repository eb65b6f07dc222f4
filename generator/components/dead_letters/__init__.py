"""Where spans go that the storage never takes, so that they stop no others."""
