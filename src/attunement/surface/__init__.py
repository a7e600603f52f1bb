"""The surface of an answer: length, structure, jargon, sycophancy, vagueness; and more of each."""

from attunement.surface._definitions import SurfaceDefinition, definitions
from attunement.surface._features import features
from attunement.surface._magnify import Rewriting, magnified, magnify
from attunement.tables import SURFACE_FEATURES as FEATURES

__all__ = [
    "FEATURES",
    "Rewriting",
    "SurfaceDefinition",
    "definitions",
    "features",
    "magnified",
    "magnify",
]
