"""`kit verify`: follow marked requests through a running deployment, and account for every span."""
