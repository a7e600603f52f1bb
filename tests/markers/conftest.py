"""The default model, and the classifier of acts that learns with it: once for all tests."""

from __future__ import annotations

import pytest

from attunement.embedding import Encoder, open_encoder
from attunement.markers import ActClassifier


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return open_encoder()


@pytest.fixture(scope="session")
def classifier(encoder: Encoder) -> ActClassifier:
    return ActClassifier().fit(encoder)
