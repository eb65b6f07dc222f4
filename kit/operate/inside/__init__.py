"""Small programs that the kit's own image runs, where its neighbours can be reached and no port is published."""
