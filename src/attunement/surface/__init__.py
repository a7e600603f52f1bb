"""The surface of an answer: length, structure, jargon, sycophancy and vagueness, and more of each."""
