"""A tiny model for everything that can be shown on one, and the default model for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts

from attunement.embedding import Encoder, open_encoder
from attunement.embedding._onnx import OnnxEncoder
from attunement.embedding.models import default_folder

from .server import Answers, EmbeddingServer
from .tiny import sentence_transformers_folder


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, so that no test sees the user's."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("ATTUNEMENT_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session", autouse=True)
def default_model() -> Path:
    """Where the default model is in the user's own cache, found before a test sets another."""
    return default_folder()


@pytest.fixture(scope="session")
def default_encoder(default_model: Path) -> Encoder:
    """The real default model."""
    if not default_model.is_dir():
        pytest.fail(
            f"{default_model} is not there: run `attunement models pull`, as `make test` does"
        )
    return open_encoder(default_model)


@pytest.fixture
def tiny_folder(tmp_path: Path) -> Path:
    return sentence_transformers_folder(tmp_path / "tiny")


@pytest.fixture
def tiny(tiny_folder: Path) -> OnnxEncoder:
    """The tiny model, opened as a user's own folder is."""
    encoder = open_encoder(tiny_folder)
    assert isinstance(encoder, OnnxEncoder)
    return encoder


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    """An embeddings endpoint on this machine; nothing else can be reached."""
    enable_socket()
    socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
    with EmbeddingServer(Answers()) as running:
        yield running
    disable_socket(allow_unix_socket=True)
