"""Listeners that are made once: with the real encoder, and with a model fitted in a moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.alliance.fitted.invented import ENCODER, corpus
from tests.live.heard import Remembered

from attunement.alliance.fitted import FittedModel, fit_model, gather, rated_sessions
from attunement.embedding import CachedEncoder, Encoder, VectorCache, open_encoder
from attunement.live import Listener


@pytest.fixture(scope="session")
def encoder() -> Iterator[Encoder]:
    """The real one; what it has embedded on this machine before, it knows."""
    with closing(VectorCache()) as cache:
        yield Remembered(CachedEncoder(open_encoder(), cache))


@pytest.fixture(scope="session")
def listener(encoder: Encoder) -> Listener:
    return Listener(encoder).fit()


@pytest.fixture(scope="session")
def model() -> FittedModel:
    """A model of invented sessions: the patient's alliance, the therapist's task and bond."""
    material = gather(corpus(), ENCODER)
    return fit_model(material, rated_sessions(material, material.ratings))


@pytest.fixture(scope="session")
def fitted_listener(model: FittedModel) -> Listener:
    return Listener(ENCODER, model).fit()
