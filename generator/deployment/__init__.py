"""Spec and target ⇒ `Deployment`: addresses, paths, versions, sizes."""
