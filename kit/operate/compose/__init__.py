"""The Compose target: containers, run with the docker command."""
