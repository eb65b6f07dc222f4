"""Dead letters of a deployment: spans that its storage refuses by themselves."""
