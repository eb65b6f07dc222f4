"""Dead letters of a deployment: spans that its storage refuses even when they are sent alone."""
