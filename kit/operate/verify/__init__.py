"""`kit verify`: marked requests followed through a running deployment, and every span accounted for."""
