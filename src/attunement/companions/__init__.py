"""Attunement inside the tools that builders of companions test with."""
