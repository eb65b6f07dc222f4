"""The kit's own image: its build context, and the wheel of the running kit in it."""

FOLDER = "image"
