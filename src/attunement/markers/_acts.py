"""What a therapist's turn does: asks, gives back, advises, informs, or none of these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from attunement.embedding import Encoder
from attunement.markers._acts_cues import Features, cue_features
from attunement.markers._acts_examples import Example, act_examples, mixed_examples
from attunement.markers._semantic import Vectors, overlaps, row_cosines

_OVERLAP_WEIGHT = 3.0
"""Cosines with what was said before differ by tenths; cues by ones."""


class ActClassifier:
    """The main act of each therapist turn, by multinomial logistic regression.

    What it looks at: explicit cues in the turn's sentences (act_cues.yaml), the turn's embedding,
    and its cosine with the patient's last turn. What it learns from: lines written for this project
    (acts.yaml), and nothing else. The acts are the coarse kinds that coding schemes for therapist
    talk have in common (MISC: Miller et al. 2003; MITI 4.2: Moyers, Manuel and Ernst 2014; Hill
    2020); the codebook is in benchmarks/_markers.

    Parameters
    ----------
    embedding_weight : float
        What the embedding, of unit norm, is multiplied with: how much it counts beside the cues.
    inverse_penalty : float
        scikit-learn's C: the larger, the closer the weights follow the examples.

    Attributes
    ----------
    model_ : LogisticRegression
        The weights.
    overlap_ : float
        The examples' mean cosine with what was said before them, which stands in where a turn has
        nothing before it.

    Notes
    -----
    The same encoder gives the same classifier: nothing is drawn at random. The acts are about
    equally frequent in the examples, so `act_probability` is for a turn that could as well be any
    of the six; where one act is much more frequent than the others, its probability is
    understated. How often the act is right, and how far the probability can be trusted:
    benchmarks/markers.py.
    """

    def __init__(self, *, embedding_weight: float = 2.5, inverse_penalty: float = 0.1) -> None:
        self.embedding_weight = embedding_weight
        self.inverse_penalty = inverse_penalty

    def fit(self, encoder: Encoder) -> Self:
        """Learn from the example lines, embedded by the encoder that embeds the turns."""
        lines = act_examples()
        examples = [*lines, *mixed_examples(lines)]
        texts = pl.Series([example.text for example in examples])
        vectors = encoder.encode(texts.to_list())
        overlap = _overlap_with_before(examples, vectors, encoder)
        self.overlap_ = float(np.nanmean(overlap))
        self.model_ = LogisticRegression(C=self.inverse_penalty, max_iter=2_000)
        self.model_.fit(
            self._features(texts, vectors, overlap), [example.act for example in examples]
        )
        return self

    def predict(self, spoken: pl.DataFrame, vectors: Vectors) -> pl.DataFrame:
        """Tell the act of every therapist turn.

        Parameters
        ----------
        spoken : DataFrame
            Turns of patient and therapist in order, whole sessions: session_id, turn, role, text.
        vectors : ndarray of shape (n, d)
            Their embeddings, of unit norm, by the encoder that was given to `fit`.

        Returns
        -------
        DataFrame
            session_id, turn, act, act_probability; rows as in `spoken`, null for patient turns.
            A turn's act depends on its text and on the patient's last turn before it, on nothing
            else.
        """
        (rows,) = (spoken["role"] == "therapist").to_numpy().nonzero()
        told = spoken.select("session_id", "turn").with_columns(
            act=pl.lit(None, pl.String), act_probability=pl.lit(None, pl.Float64)
        )
        if not len(rows):
            return told
        overlap = overlaps(spoken, vectors).fill_null(float("nan")).to_numpy()
        features = self._features(spoken["text"][rows], vectors[rows], overlap[rows])
        probabilities = self.model_.predict_proba(features)
        acts = self.model_.classes_[probabilities.argmax(axis=1)]
        return told.with_columns(
            told["act"].scatter(rows, acts.tolist()),
            told["act_probability"].scatter(rows, probabilities.max(axis=1)),
        )

    def _features(
        self, texts: pl.Series, vectors: Vectors, overlap: NDArray[np.float64]
    ) -> Features:
        beyond = np.nan_to_num(overlap - self.overlap_, nan=0.0)
        return np.column_stack(
            [
                cue_features(texts),
                self.embedding_weight * vectors,
                (_OVERLAP_WEIGHT * beyond).astype(np.float32),
            ]
        ).astype(np.float32, copy=False)


def _overlap_with_before(
    examples: Sequence[Example], vectors: Vectors, encoder: Encoder
) -> NDArray[np.float64]:
    """Give each example's cosine with what the patient said before; nan where nothing is given."""
    rows = [row for row, example in enumerate(examples) if example.before is not None]
    before = encoder.encode([examples[row].before or "" for row in rows])
    overlap = np.full(len(examples), np.nan)
    overlap[rows] = row_cosines(vectors[rows], before)
    return overlap
