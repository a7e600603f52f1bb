"""The service as it is run, for measuring it and for killing it."""
