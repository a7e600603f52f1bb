"""What is heard in a turn: the default estimator's scores, unchanged, and lengths."""

from __future__ import annotations

import numpy as np
from tests.alliance.fitted.invented import DIMENSION, hearing

from attunement.alliance import COLUMNS, Contrast, Scorer
from attunement.alliance.fitted._signals import Hearing, spoken_turns
from attunement.embedding import Encoder
from attunement.transcripts import Session, Turn


def test_the_contrast_heard_is_the_contrast_that_is_reported(encoder: Encoder) -> None:
    texts = ["i dread this", "let us look at it together", "we chose that aim", "fine"]
    roles = ["patient", "therapist", "patient", "therapist"]
    turns = tuple(
        Turn(turn=n, role=role, text=text)  # type: ignore[arg-type]
        for n, (role, text) in enumerate(zip(roles, texts, strict=True))
    )
    scorer = Scorer(estimators=[Contrast()], encoder=encoder).fit()
    reported = scorer.score([Session(session_id="a", turns=turns)]).scores
    heard = Hearing.of(encoder).contrast(encoder.encode(texts), roles)
    np.testing.assert_allclose(heard, reported.select(COLUMNS).to_numpy(), atol=1e-5)


def test_signals_are_meaning_contrast_its_squares_and_lengths() -> None:
    vectors = np.array([[0.6, 0.8], [1.0, 0.0], [0.0, 0.0]], dtype=np.float32)
    roles = ["therapist", "patient", "patient"]
    turns = spoken_turns(hearing(), vectors=vectors, roles=roles, words=[0, 1, 19])
    assert turns.of_patient.tolist() == [False, True, True]
    assert turns.words.tolist() == [0, 1, 19]
    assert turns.signals.shape == (3, DIMENSION + 10)
    meaning, contrast, squares, logs = np.split(turns.signals, [2, 6, 10], axis=1)
    np.testing.assert_array_equal(meaning, vectors)
    standard, axes = hearing().standard, hearing().axes
    np.testing.assert_allclose(
        contrast,
        [
            (vectors[0] @ axes["therapist"] - standard.mean) / standard.sd,
            (vectors[1] @ axes["patient"] - standard.mean) / standard.sd,
            -standard.mean / standard.sd,
        ],
        rtol=1e-5,
    )
    np.testing.assert_allclose(squares, contrast**2, rtol=1e-6)
    np.testing.assert_allclose(
        logs, [[0, 0], [np.log(2), np.log(2) ** 2], [np.log(20), np.log(20) ** 2]], rtol=1e-6
    )
