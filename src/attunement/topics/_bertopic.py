"""BERTopic behind our contract: UMAP, HDBSCAN, merging by words."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer

from attunement.embedding import Vectors
from attunement.errors import DataError, UsageError
from attunement.topics._contract import (
    Sessions,
    Weights,
    check_fit,
    softmax_rows,
    unit_rows,
)
from attunement.topics._spherical import MIN_WORDS, teaching_turns
from attunement.topics._words import Counts

_NEIGHBOURS = 15
_SMALLEST = 10
_SMALLEST_SHARE = 1e-3


class ClusteredTopics:
    """BERTopic (Grootendorst 2022) on embeddings and words that are there already.

    Turns are reduced by UMAP, clustered by HDBSCAN, and the clusters merged by their words until
    `n_topics` are left. HDBSCAN leaves many turns without a cluster; here every turn is assigned
    by its cosine with the clusters' mean directions.

    Parameters
    ----------
    n_topics : int
        How many topics are left after merging.
    concentration : float
        How sharply probabilities follow cosines, as in `SphericalTopics`.
    min_words : int
        Turns with fewer words of the vocabulary are left out of fitting.
    random_state : int
        Seed of UMAP.

    Attributes
    ----------
    vectors_, words_
        See `TopicModel`. The words are BERTopic's c-TF-IDF.
    """

    name = "bertopic"

    vectors_: Vectors
    words_: Weights

    def __init__(
        self,
        n_topics: int = 10,
        *,
        concentration: float = 40.0,
        min_words: int = MIN_WORDS,
        random_state: int = 0,
    ) -> None:
        self.n_topics = n_topics
        self.concentration = concentration
        self.min_words = min_words
        self.random_state = random_state

    def fit(self, vectors: Vectors, counts: Counts, sessions: Sessions) -> Self:
        """Learn the topics; see `TopicModel.fit`.

        Raises
        ------
        UsageError
            BERTopic is not installed, or what `TopicModel.fit` raises.
        DataError
            HDBSCAN finds fewer clusters than topics are asked for.
        """
        check_fit(self.n_topics, vectors, counts, sessions)
        teaching = teaching_turns(counts, n_topics=self.n_topics, min_words=self.min_words)
        learned, said = vectors[teaching], counts[teaching]
        clusters, weights = self._clustered(learned, said)
        self.vectors_ = unit_rows(
            np.stack([learned[clusters == topic].sum(axis=0) for topic in range(self.n_topics)])
        )
        self.words_ = weights
        return self

    def similarities(self, vectors: Vectors) -> Vectors:
        """Give cosines; see `TopicModel.similarities`."""
        cosines: Vectors = vectors @ self.vectors_.T
        return cosines

    def probabilities(self, vectors: Vectors, counts: Counts) -> Vectors:
        """Give probabilities that rise with the cosine; see `TopicModel.probabilities`."""
        return softmax_rows(self.concentration * self.similarities(vectors))

    def _clustered(self, vectors: Vectors, counts: Counts) -> tuple[NDArray[np.int64], Weights]:
        """Give each turn's cluster, -1 for none, and the clusters' words."""
        # As words BERTopic gets the numbers of the columns: all it does is count them.
        columns = {str(column): column for column in range(counts.shape[1])}
        with warnings.catch_warnings():
            # Of its dependencies, about their own futures, and about UMAP's one thread.
            warnings.simplefilter("ignore")
            model = self._model(len(vectors), columns)
            found, _ = model.fit_transform(_as_texts(counts), embeddings=vectors)
        clusters = np.asarray(found, dtype=np.int64)
        n_found = int(clusters.max(initial=-1)) + 1
        if n_found < self.n_topics:
            raise DataError(
                f"BERTopic finds {n_found} topics in {len(vectors)} turns, and {self.n_topics} "
                "are asked for",
                mend="Ask for fewer, give more sessions, or use the default model",
                field="n_topics",
            )
        # The first row is of the turns without a cluster, if there are any.
        weights = model.c_tf_idf_.toarray()[-self.n_topics :]
        return clusters, np.maximum(weights, 0.0)

    def _model(self, n_turns: int, columns: dict[str, int]) -> Any:  # noqa: ANN401 - untyped
        try:
            from bertopic import BERTopic
            from hdbscan import HDBSCAN
            from umap import UMAP
        except ImportError as error:
            raise UsageError(
                "BERTopic is not installed",
                mend="Install it with: pip install 'attunement[bertopic]', or use the default "
                "model",
            ) from error
        smallest = max(_SMALLEST, round(_SMALLEST_SHARE * n_turns))
        return BERTopic(
            umap_model=UMAP(
                n_neighbors=min(_NEIGHBOURS, n_turns - 1),
                n_components=5,
                min_dist=0.0,
                metric="cosine",
                random_state=self.random_state,
                n_jobs=1,
            ),
            hdbscan_model=HDBSCAN(min_cluster_size=smallest, prediction_data=False),
            vectorizer_model=CountVectorizer(analyzer=str.split, vocabulary=columns),
            # BERTopic counts the turns without a cluster as a topic.
            nr_topics=self.n_topics + 1,
            calculate_probabilities=False,
        )


def _as_texts(counts: Counts) -> list[str]:
    """Write each row as the numbers of its columns, each as often as it counts."""
    texts = []
    for start, end in zip(counts.indptr[:-1], counts.indptr[1:], strict=True):
        times = counts.data[start:end].astype(np.int64)
        texts.append(" ".join(map(str, np.repeat(counts.indices[start:end], times))))
    return texts
