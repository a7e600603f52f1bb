"""An encoder behind an OpenAI-compatible embeddings endpoint, meant for one on this machine."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence

import numpy as np

from attunement.embedding._encoder import OnDone, Vectors
from attunement.embedding._texts import Distinct, longest_first, unit
from attunement.endpoints import Endpoint, Service
from attunement.errors import ModelError

KEY_VARIABLE = "ATTUNEMENT_EMBEDDINGS_KEY"
ALLOW_VARIABLE = "ATTUNEMENT_ALLOW_REMOTE_EMBEDDINGS"

EMBEDDINGS = Service(
    name="embeddings",
    path="/embeddings",
    key_variable=KEY_VARIABLE,
    allow_variable=ALLOW_VARIABLE,
    option="--model",
    example="http://localhost:8080/v1#all-minilm",
    sent="every turn",
)

WINDOW_BYTES = 1000
"""UTF-8 bytes sent as one text. The endpoint's window is unknown, and endpoints cut silently; a
thousand bytes stay under 512 tokens of the usual tokenizers in any script."""

BATCH = 32

_KIND = "an embedding model"


def is_url(model: str) -> bool:
    """Whether `model` names an endpoint rather than a folder."""
    return model.lower().startswith(("http://", "https://"))


def open_endpoint(address: str) -> EndpointEncoder:
    """Open an endpoint.

    Parameters
    ----------
    address : str
        `URL#model-name`; the URL's path may end in /embeddings or be what comes before it.

    Raises
    ------
    UsageError
        No model is named, or the URL leads off this machine and that was not allowed.
    ModelError
        The endpoint does not answer as it should.
    """
    endpoint = Endpoint.at(address, EMBEDDINGS)
    return EndpointEncoder(endpoint=endpoint, dimension=_asked(endpoint, ["dimension"]).shape[1])


class EndpointEncoder:
    """Embeds texts by asking an endpoint (an `Encoder`).

    Parameters
    ----------
    endpoint : Endpoint
        Where texts are posted.
    dimension : int
        Length of its vectors.

    Notes
    -----
    The fingerprint is made of the URL, the model's name and the dimension: an endpoint cannot be
    asked for its weights. If another model is put behind the same name, delete the cached vectors.
    """

    def __init__(self, *, endpoint: Endpoint, dimension: int) -> None:
        self.endpoint = endpoint
        self.dimension = dimension

    @property
    def name(self) -> str:
        """What the endpoint calls the model."""
        return self.endpoint.model

    @property
    def fingerprint(self) -> str:
        """Hex digest of what is known of the model."""
        known = [self.endpoint.url, self.endpoint.model, self.dimension, WINDOW_BYTES]
        return hashlib.sha256(json.dumps(known).encode()).hexdigest()

    def encode(self, texts: Sequence[str], *, progress: OnDone | None = None) -> Vectors:
        """Embed texts; see `Encoder.encode`.

        Long texts are sent in pieces of at most WINDOW_BYTES, cut at white space where there is
        some, and their vectors averaged by length.
        """
        distinct = Distinct.of(texts)
        report = progress or (lambda _: None)
        report(distinct.blanks)
        vectors = np.zeros((len(distinct.texts), self.dimension), dtype=np.float32)
        pieces = [
            (row, piece)
            for row in longest_first(distinct.texts).tolist()
            for piece in pieces_of(distinct.texts[row])
        ]
        for start in range(0, len(pieces), BATCH):
            batch, following = (
                pieces[start : start + BATCH],
                pieces[start + BATCH : start + BATCH + 1],
            )
            for (row, piece), vector in zip(batch, self._ask(batch), strict=True):
                vectors[row] += vector * len(piece)
            done = {row for row, _ in batch} - {row for row, _ in following}
            report(int(distinct.counts[list(done)].sum()))
        return distinct.spread(unit(vectors))

    def _ask(self, batch: list[tuple[int, str]]) -> Vectors:
        found = _asked(self.endpoint, [piece for _, piece in batch])
        if found.shape[1] != self.dimension:
            raise ModelError(
                f"the embeddings endpoint {self.endpoint.url} gave vectors of {found.shape[1]} "
                f"numbers after giving {self.dimension}",
                mend="Check that nobody changed the model behind the endpoint, then start again",
            )
        return found


def pieces_of(text: str) -> Iterator[str]:
    """Cut `text` into pieces of at most WINDOW_BYTES of UTF-8, at white space where possible."""
    encoded = text.encode()
    start = 0
    while len(encoded) - start > WINDOW_BYTES:
        piece = encoded[start : start + WINDOW_BYTES].decode("utf-8", "ignore")
        last_space = re.search(r"\s(?=\S*$)", piece)
        if last_space is not None:
            piece = piece[: last_space.end()]
        start += len(piece.encode())
        if piece.strip():
            yield piece.strip()
    rest = encoded[start:].decode().strip()
    if rest:
        yield rest


def _asked(endpoint: Endpoint, texts: list[str]) -> Vectors:
    """Embed one batch: float32, one row a text, of unit norm."""
    answer = endpoint.post({"input": texts, "encoding_format": "float"})
    try:
        data = sorted(json.loads(answer)["data"], key=lambda entry: int(entry["index"]))
        vectors = np.array([entry["embedding"] for entry in data], dtype=np.float32)
    except (ValueError, TypeError, KeyError) as error:
        raise endpoint.odd("something that is not a list of embeddings", kind=_KIND) from error
    if vectors.ndim != 2 or len(vectors) != len(texts):
        raise endpoint.odd(f"{len(vectors)} vectors for {len(texts)} texts", kind=_KIND)
    if not np.isfinite(vectors).all() or not vectors.any(axis=1).all():
        raise endpoint.odd("vectors that are zero or not finite", kind=_KIND)
    return unit(vectors)
