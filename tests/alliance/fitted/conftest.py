"""A model fitted on invented sessions, made once: nothing about it is set by hand."""

from __future__ import annotations

import pytest
from tests.alliance.fitted.invented import ENCODER, corpus

from attunement.alliance.fitted import FittedModel, Material, fit_model, gather, rated_sessions
from attunement.transcripts import Session


@pytest.fixture(scope="session")
def sessions() -> list[Session]:
    return corpus()


@pytest.fixture(scope="session")
def material(sessions: list[Session]) -> Material:
    return gather(sessions, ENCODER)


@pytest.fixture(scope="session")
def model(material: Material) -> FittedModel:
    return fit_model(material, rated_sessions(material, material.ratings))
