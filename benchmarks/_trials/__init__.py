"""Trials of the gap's statistics on simulated corpora, and what they count up to."""
