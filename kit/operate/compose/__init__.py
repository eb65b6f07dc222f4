"""The Compose target: containers, by way of the docker command."""
