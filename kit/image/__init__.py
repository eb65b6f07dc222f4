"""What the kit's own image is built from, where there is no checkout."""
