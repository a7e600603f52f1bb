"""Texts go to the endpoint that was named, in pieces it can take, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.embedding import open_encoder
from attunement.embedding._endpoint import WINDOW_BYTES, pieces_of
from attunement.errors import ModelError, UsageError

from .server import Answers, EmbeddingServer, vector


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attunement.endpoints.FIRST_PAUSE_SECONDS", 0.0)


def unit(numbers: list[float]) -> NDArray[np.float64]:
    return np.asarray(np.array(numbers) / np.linalg.norm(numbers))


def test_vectors_belong_to_their_texts_though_the_answer_is_in_another_order(
    server: EmbeddingServer,
) -> None:
    texts = [f"text {number}" for number in range(100)]
    vectors = open_encoder(f"{server.url}#m").encode(texts)
    np.testing.assert_allclose(vectors, [unit(vector(text)) for text in texts], atol=1e-6)
    assert {request["model"] for request in server.answers.requests} == {"m"}
    assert set(server.answers.paths) == {"/v1/embeddings"}


def test_the_full_path_may_be_given(server: EmbeddingServer) -> None:
    open_encoder(f"{server.url}/embeddings/#m")
    assert server.answers.paths == ["/v1/embeddings"]


def test_equal_texts_travel_once(server: EmbeddingServer) -> None:
    open_encoder(f"{server.url}#m").encode(["same", "same ", "other", "same"])
    assert sorted(server.answers.texts) == ["other", "same"]


@pytest.mark.parametrize("failure", [429, 500, 503, 0])
def test_a_busy_or_restarting_endpoint_is_asked_again(
    server: EmbeddingServer, failure: int
) -> None:
    encoder = open_encoder(f"{server.url}#m")
    server.answers.failures += [failure, failure]
    np.testing.assert_allclose(encoder.encode(["a"])[0], unit(vector("a")), atol=1e-6)


def test_an_endpoint_that_stays_away_is_one_message(server: EmbeddingServer) -> None:
    server.answers.failures += [503] * 20
    with pytest.raises(ModelError, match="refused with status 503"):
        open_encoder(f"{server.url}#m")
    assert len(server.answers.requests) < 10


def test_a_closed_port_is_one_message(server: EmbeddingServer) -> None:
    with pytest.raises(ModelError, match="does not answer"):
        open_encoder("http://127.0.0.1:9/v1#m")


def test_the_key_is_sent_and_never_shown(
    server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNEMENT_EMBEDDINGS_KEY", "sesame")
    server.answers.failures += [401]
    with pytest.raises(ModelError, match="ATTUNEMENT_EMBEDDINGS_KEY") as caught:
        open_encoder(f"{server.url}#m")
    assert "sesame" not in str(caught.value)
    assert server.answers.headers[0]["Authorization"] == "Bearer sesame"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_carries_no_text_anywhere(server: EmbeddingServer, status: int) -> None:
    with EmbeddingServer(Answers()) as elsewhere:
        server.answers.location = f"{elsewhere.url}/embeddings"
        server.answers.failures += [status]
        with pytest.raises(ModelError, match=f"refused with status {status}"):
            open_encoder(f"{server.url}#m")
        assert elsewhere.answers.requests == []


def test_a_proxy_does_not_see_what_goes_to_this_machine(
    server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with EmbeddingServer(Answers()) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        open_encoder(f"{server.url}#m").encode(["private"])
        assert proxy.answers.requests == []
    assert server.answers.texts == ["private"]


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"{}",
        b'{"data": []}',
        b'{"data": [{"index": 0, "embedding": []}]}',
        b'{"data": [{"index": 0, "embedding": [0.0, 0.0]}]}',
        b'{"data": [{"index": 0, "embedding": [1.0, NaN]}]}',
        b'{"data": [{"index": 0, "embedding": "AAAA"}]}',
    ],
)
def test_an_answer_that_is_no_vector_is_one_message(server: EmbeddingServer, body: bytes) -> None:
    server.answers.body = body
    with pytest.raises(ModelError, match="gave"):
        open_encoder(f"{server.url}#m")


def test_another_dimension_half_way_is_one_message(server: EmbeddingServer) -> None:
    encoder = open_encoder(f"{server.url}#m")
    server.answers.body = b'{"data": [{"index": 0, "embedding": [1.0, 2.0]}]}'
    with pytest.raises(ModelError, match="2 numbers after giving 12"):
        encoder.encode(["a"])


def test_another_machine_needs_the_users_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATTUNEMENT_ALLOW_REMOTE_EMBEDDINGS", raising=False)
    for host in ("api.example.org", "192.168.1.7", "localhost.example.org", "[2001:db8::1]"):
        with pytest.raises(UsageError, match="health data"):
            open_encoder(f"https://{host}/v1#m")


def test_another_machine_is_never_reached_unencrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNEMENT_ALLOW_REMOTE_EMBEDDINGS", "1")
    with pytest.raises(UsageError, match="unencrypted"):
        open_encoder("http://api.example.org/v1#m")


def test_the_model_must_be_named() -> None:
    with pytest.raises(UsageError, match="URL#model-name"):
        open_encoder("http://localhost:1/v1")


def test_fingerprint_tells_models_and_places_apart(server: EmbeddingServer) -> None:
    first = open_encoder(f"{server.url}#m").fingerprint
    assert open_encoder(f"{server.url}#m").fingerprint == first
    assert open_encoder(f"{server.url}#n").fingerprint != first
    with EmbeddingServer(Answers()) as other:
        assert open_encoder(f"{other.url}#m").fingerprint != first


def test_a_long_text_is_the_mean_of_its_pieces_by_length(server: EmbeddingServer) -> None:
    text = " ".join(f"word{number}" for number in range(600))
    (found,) = open_encoder(f"{server.url}#m").encode([text])
    pieces = server.answers.texts
    assert " ".join(pieces) == text
    assert all(len(piece.encode()) <= WINDOW_BYTES for piece in pieces)
    mean = sum(len(piece) * unit(vector(piece)) for piece in pieces)
    np.testing.assert_allclose(found, mean / np.linalg.norm(mean), atol=1e-5)


@given(st.text(st.sampled_from("ab é雨🙂\n"), max_size=3000))
def test_pieces_keep_every_character_but_white_space(text: str) -> None:
    pieces = list(pieces_of(text))
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(0 < len(piece.encode()) <= WINDOW_BYTES for piece in pieces)
