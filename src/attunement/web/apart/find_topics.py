"""Finding the topics of many sessions, in a process of its own."""

from __future__ import annotations

import warnings
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np
import polars as pl

from attunement.errors import DataError
from attunement.topics import (
    LanguageWarning,
    TopicMaterial,
    choose_topics,
    coherence,
    name_topics,
    spherical,
    top_words,
    topic_turns,
    topics_table,
)
from attunement.web.apart._child import answer

USUAL_TOPICS = 10
_TRIED = (5, 8, 10, 12, 15)
_MOST_TRIED = 20_000


def work(request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Find topics.

    Parameters
    ----------
    request : mapping
        spoken: columns of session_id, turn, role, time and text; vectors; width.

    Yields
    ------
    dict
        vectors, words and table, or no_topics: why there are none.
    """
    spoken = pl.DataFrame(
        request["spoken"],
        schema={
            "session_id": pl.String,
            "turn": pl.Int32,
            "role": pl.String,
            "time": pl.Float64,
            "text": pl.String,
        },
    )
    vectors = np.frombuffer(b64decode(request["vectors"]), dtype="<f4").reshape(
        -1, request["width"]
    )
    try:
        yield _found(spoken, vectors)
    except DataError as error:
        yield {"no_topics": error.problem}


def _found(spoken: pl.DataFrame, vectors: np.ndarray) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LanguageWarning)
        material = TopicMaterial.of(spoken, vectors)
    measurable = find_spec("gensim") is not None
    number = USUAL_TOPICS
    if measurable and len(material) <= _MOST_TRIED:
        number = choose_topics(material, candidates=_TRIED).n_topics
    model = spherical(number, 0).fit(*material.whole)
    words = top_words(model.words_, material.words)
    turns = topic_turns(model, material)
    table = topics_table(
        model,
        material,
        turns,
        names=name_topics(words),
        npmi=coherence(words, material.documents) if measurable else None,
    )
    return {
        "vectors": b64encode(np.ascontiguousarray(model.vectors_, dtype="<f4").tobytes()).decode(),
        "words": list(material.words),
        "table": table.to_dicts(),
    }


if __name__ == "__main__":
    answer(work)
