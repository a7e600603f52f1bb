"""Kept topics tell turns as the model itself does."""

from __future__ import annotations

import numpy as np
import polars as pl

from attunement.topics import KnownTopics, SphericalTopics, TopicMaterial, topic_turns


def test_kept_topics_tell_turns_as_the_model_does() -> None:
    rng = np.random.default_rng(3)
    centres = np.eye(4, dtype=np.float32)[:2]
    about = rng.integers(0, 2, 120)
    vectors = centres[about] + 0.2 * rng.standard_normal((120, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    said = ("the garden and roses planted, weeding", "the train to the station, ticket, platform")
    texts = [said[topic] if n % 10 else "I see" for n, topic in enumerate(about)]
    spoken = pl.DataFrame(
        {
            "session_id": [f"s{n // 12:02d}" for n in range(120)],
            "turn": [n % 12 for n in range(120)],
            "role": ["patient", "therapist"] * 60,
            "time": [n % 12 / 11 for n in range(120)],
            "text": texts,
        },
        schema_overrides={"turn": pl.Int32},
    )
    material = TopicMaterial.of(spoken, vectors)
    model = SphericalTopics(2).fit(*material.whole)
    expected = topic_turns(model, material)
    told = KnownTopics.of(model, material.words).turns(spoken, vectors)
    assert told["topic"].to_list() == expected["topic"].to_list()
    assert set(told["topic"]) == {0, 1, 2}
    assert told.filter(pl.col("topic") == 2)["similarity"].null_count() == 12
    assert KnownTopics.of(model, material.words).turns(spoken[:0], vectors[:0]).is_empty()
