"""Inferring the alliance from embeddings: the estimators, their standard, their evidence."""

from attunement.alliance._axis import axis_between, project
from attunement.alliance._compass import Compass
from attunement.alliance._contract import COLUMNS, Estimator, Form, Vectors
from attunement.alliance._contrast import Contrast
from attunement.alliance._embedded import (
    CHUNK_TURNS,
    EmbeddedChunk,
    chunks,
    embed,
    those_spoken,
    words_of,
)
from attunement.alliance._evidence import Evidence, item_similarities
from attunement.alliance._reference import (
    ReferenceTurns,
    Standard,
    load_reference,
    reference_standard,
)
from attunement.alliance._scoring import ScoredChunk, Scorer

__all__ = [
    "CHUNK_TURNS",
    "COLUMNS",
    "Compass",
    "Contrast",
    "EmbeddedChunk",
    "Estimator",
    "Evidence",
    "Form",
    "ReferenceTurns",
    "ScoredChunk",
    "Scorer",
    "Standard",
    "Vectors",
    "axis_between",
    "chunks",
    "embed",
    "item_similarities",
    "load_reference",
    "project",
    "reference_standard",
    "those_spoken",
    "words_of",
]
