"""What a deployment becomes: files for Compose, or files and processes for this machine."""
