"""Plan a `Deployment` from spec and target: addresses, paths, versions, sizes."""
