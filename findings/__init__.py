"""Rules, findings and their output formats, shared by every command that checks something."""
