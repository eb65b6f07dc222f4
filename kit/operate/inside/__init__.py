"""Small programs that run in the kit's own image, where they reach other containers without published ports."""
