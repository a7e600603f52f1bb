"""How good topics are: do their words belong together, do topics differ, do they come again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score, silhouette_score

from attunement.embedding import Vectors
from attunement.errors import UsageError

Coherence = Literal["npmi", "c_v"]
Topics = NDArray[np.int64]
"""Each turn's topic."""

_GENSIM = {"npmi": "c_npmi", "c_v": "c_v"}
_SILHOUETTE_TURNS = 5_000


def session_documents(
    turns: Sequence[Sequence[str]], sessions: NDArray[np.int64]
) -> list[list[str]]:
    """Join the words of each session's turns, in order: what coherence is counted in.

    Parameters
    ----------
    turns : sequence of sequence of str
        From `Vocabulary.documents`.
    sessions : ndarray of shape (n,)
        Each turn's session.
    """
    documents: dict[int, list[str]] = {}
    for session, words in zip(sessions.tolist(), turns, strict=True):
        documents.setdefault(session, []).extend(words)
    return list(documents.values())


def coherence(
    words: Sequence[Sequence[str]],
    documents: Sequence[Sequence[str]],
    *,
    measure: Coherence = "npmi",
) -> NDArray[np.float64]:
    """Say how far each topic's words are said near each other.

    Parameters
    ----------
    words : sequence of sequence of str
        The top words of each topic.
    documents : sequence of sequence of str
        What was said, as content words in order (`session_documents`).
    measure : {"npmi", "c_v"}
        Normalised pointwise mutual information in windows of 10 words, from -1 (never together)
        over 0 (as by chance) to 1 (Bouma 2009; Aletras and Stevenson 2013), or C_v in windows of
        110 (Roeder et al. 2015), from 0 to 1; both as gensim has them.

    Returns
    -------
    ndarray of shape (topics,)
        NaN for a topic of fewer than two words.

    Raises
    ------
    UsageError
        gensim is not installed.
    """
    try:
        from gensim.corpora import Dictionary
        from gensim.models import CoherenceModel
    except ImportError as error:
        raise UsageError(
            "coherence is measured by gensim, which is not installed",
            mend="Install it with: pip install 'attunement[topics]'",
        ) from error
    values = np.full(len(words), np.nan)
    measurable = [topic for topic, some in enumerate(words) if len(some) > 1]
    if measurable:
        model = CoherenceModel(
            topics=[list(words[topic]) for topic in measurable],
            texts=documents,
            dictionary=Dictionary(documents),
            coherence=_GENSIM[measure],
            processes=1,
        )
        values[measurable] = model.get_coherence_per_topic()
    return values


def diversity(words: Sequence[Sequence[str]]) -> float:
    """Give the share of different words among all topics' top words (Dieng et al. 2020)."""
    said = [word for some in words for word in some]
    return len(set(said)) / len(said) if said else float("nan")


def agreement(assignments: Sequence[Topics]) -> float:
    """Give the mean adjusted Rand index over pairs of assignments of the same turns.

    1 where they are the same but for the topics' numbers, 0 on average by chance (Hubert and
    Arabie 1985).
    """
    indices = [adjusted_rand_score(a, b) for a, b in combinations(assignments, 2)]
    return float(np.mean(indices)) if indices else float("nan")


def silhouette(vectors: Vectors, topics: Topics, *, random_state: int = 0) -> float:
    """Give the mean silhouette of turns, by cosine distance, over 5,000 of them at random.

    From -1 to 1; 0 where turns lie as near to another topic as to their own (Rousseeuw 1987).
    NaN where fewer than two topics have turns.
    """
    rng = np.random.default_rng(random_state)
    some = rng.permutation(len(vectors))[:_SILHOUETTE_TURNS]
    n_topics = len(np.unique(topics[some]))
    if not 2 <= n_topics < len(some):
        return float("nan")
    return float(silhouette_score(vectors[some], topics[some], metric="cosine"))


def halves(
    sessions: NDArray[np.int64], *, splits: int, random_state: int
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Split the sessions at random in two halves, again and again; give the turns of each."""
    rng = np.random.default_rng(random_state)
    ids, places = np.unique(sessions, return_inverse=True)
    for _ in range(splits):
        side = rng.permutation(len(ids)) < len(ids) // 2
        yield side[places], ~side[places]
