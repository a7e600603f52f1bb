"""Turning turns into vectors: the encoders, the default model, and the vector cache."""

from attunement.embedding._cached import CachedEncoder
from attunement.embedding._encoder import Encoder, OnDone, OnStep, Vectors
from attunement.embedding._open import DEFAULT_MODEL, open_encoder
from attunement.embedding._places import cache_folder, models_folder, vectors_folder
from attunement.embedding._vectors import CacheWarning, VectorCache

__all__ = [
    "DEFAULT_MODEL",
    "CacheWarning",
    "CachedEncoder",
    "Encoder",
    "OnDone",
    "OnStep",
    "VectorCache",
    "Vectors",
    "cache_folder",
    "models_folder",
    "open_encoder",
    "vectors_folder",
]
