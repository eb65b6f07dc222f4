"""What a check found: rules, findings and their output formats, shared by every command that checks."""
