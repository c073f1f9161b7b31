"""nijigen over HTTP: an API and a studio in one process."""
