"""Dead letters: spans that the storage never accepts, set aside so that they hold up no others."""
