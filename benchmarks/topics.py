"""Topics of the corpora beside the project: the models beside gensim's LDA, in one run.

    python benchmarks/topics.py --corpora ../shared/data

For KokoroChat and ESConv, at ten topics: coherence (NPMI in windows of 10 words of running
sessions, the same within single turns, and C_v), diversity, and how far the same topics come
again: over five seeds, over both halves of the sessions, over bootstrap samples of sessions. Every
model gets the same vocabulary. LDA is fitted on turns and on whole sessions as documents, with
fixed and with learned priors; every one of its rows is shown. Nothing fitted is kept.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import time
import warnings
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl
from gensim.models import LdaModel
from numpy.typing import NDArray

from attunement.alliance import chunks, embed
from attunement.embedding import CachedEncoder, VectorCache, Vectors, open_encoder
from attunement.topics import (
    ClusteredTopics,
    EmbeddedTopics,
    SphericalTopics,
    TopicMaterial,
    TopicModel,
    agreement,
    coherence,
    diversity,
    top_words,
    topic_turns,
)
from attunement.topics._contract import Sessions, Weights, content_counts, unit_rows
from attunement.topics._distinctive import part_of_divergence
from attunement.topics._documents import joined, passage_numbers
from attunement.topics._quality import halves
from attunement.topics._words import Counts
from attunement.transcripts import Corpus

CORPORA = {"KokoroChat": "kokorochat.jsonl.xz", "ESConv": "esconv_sessions.jsonl.xz"}
N_TOPICS = 10
SEEDS = 5
RESAMPLES = 3
WHOLE_SESSIONS = 1_000_000

Make = Callable[[int], TopicModel]


class Lda:
    """gensim's LDA as a topic model: its words are its own, its turns' topics from inference."""

    def __init__(
        self, *, document_turns: int, learned_priors: bool, relative: bool, random_state: int
    ) -> None:
        self.n_topics = N_TOPICS
        self.document_turns = document_turns
        self.learned_priors = learned_priors
        self.relative = relative
        self.random_state = random_state

    name = "lda"
    vectors_: Vectors
    words_: Weights

    def fit(self, vectors: Vectors, counts: Counts, sessions: Sessions) -> Self:
        documents = joined(counts, passage_numbers(sessions, turns=self.document_turns))
        least = 4 if self.document_turns == 1 else 1
        bags = bags_of(documents[content_counts(documents) >= least])
        priors = {"alpha": "auto", "eta": "auto"} if self.learned_priors else {}
        self.model = LdaModel(
            bags,
            num_topics=self.n_topics,
            id2word={word: str(word) for word in range(counts.shape[1])},
            passes=20 if len(bags) < 20_000 else 5,
            chunksize=256 if self.document_turns > 1 else 2_000,
            random_state=self.random_state,
            **priors,
        )
        self.words_ = self.model.get_topics().astype(np.float64)
        if self.relative:
            overall = np.asarray(counts.sum(axis=0), dtype=np.float64)
            self.words_ = part_of_divergence(self.words_, overall / overall.sum())
        self.vectors_ = unit_rows(self.probabilities(vectors, counts).T @ vectors)
        return self

    def similarities(self, vectors: Vectors) -> Vectors:
        return np.asarray(vectors @ self.vectors_.T)

    def probabilities(self, vectors: Vectors, counts: Counts) -> Vectors:
        gamma, _ = self.model.inference(bags_of(counts))
        return np.asarray(gamma / gamma.sum(axis=1, keepdims=True), dtype=np.float32)


def bags_of(counts: Counts) -> list[list[tuple[int, int]]]:
    words, times = counts.indices.tolist(), counts.data.astype(int).tolist()
    ends = counts.indptr.tolist()
    return [list(zip(words[a:b], times[a:b], strict=True)) for a, b in pairwise(ends)]


def lda(document_turns: int, *, learned: bool, relative: bool = False) -> Make:
    return lambda seed: Lda(
        document_turns=document_turns, learned_priors=learned, relative=relative, random_state=seed
    )


MODELS: dict[str, tuple[Make, int, int]] = {
    # What makes it, over how many seeds, over how many resamplings of sessions.
    "spherical (default)": (lambda s: SphericalTopics(N_TOPICS, random_state=s), SEEDS, RESAMPLES),
    "etm": (lambda s: EmbeddedTopics(N_TOPICS, random_state=s), 2, 1),
    "bertopic": (lambda s: ClusteredTopics(N_TOPICS, random_state=s), 1, 0),
    "lda, turns": (lda(1, learned=False), 1, 0),
    "lda, turns, learned priors": (lda(1, learned=True), 1, 0),
    "lda, sessions": (lda(WHOLE_SESSIONS, learned=False), 2, 0),
    "lda, sessions, learned priors": (lda(WHOLE_SESSIONS, learned=True), 1, 0),
    "lda, sessions, our choice of words": (lda(WHOLE_SESSIONS, learned=False, relative=True), 1, 0),
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--corpora", type=Path, required=True)
    arguments.add_argument("--models", nargs="*", default=list(MODELS), choices=list(MODELS))
    arguments.add_argument("--only", choices=list(CORPORA))
    options = arguments.parse_args()
    warnings.simplefilter("ignore")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for corpus, file in CORPORA.items():
        if options.only in (None, corpus):
            report(corpus, options.corpora / file, options.models)


def report(corpus: str, path: Path, models: list[str]) -> None:
    spoken, vectors = read(path)
    started = time.perf_counter()
    material = TopicMaterial.of(spoken, vectors)
    turns_said = turn_documents(material)
    print(
        f"\n{corpus}: {len(material):,} turns of {len(material.documents):,} sessions, "
        f"{len(material.words):,} words ({time.perf_counter() - started:.0f} s)"
    )
    print("| model | NPMI | NPMI in turns | C_v | diversity | seeds | halves | bootstrap | fit |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in models:
        print(row(name, material, turns_said), flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory so far {peak:.1f} GiB")


def read(path: Path) -> tuple[pl.DataFrame, Vectors]:
    with closing(VectorCache()) as cache:
        encoder = CachedEncoder(open_encoder(), cache)
        parts = [embed(some, encoder) for some in chunks(Corpus(path))]
    spoken = pl.concat([part.spoken for part in parts])
    return spoken, np.concatenate([part.vectors for part in parts])


def turn_documents(material: TopicMaterial) -> list[list[str]]:
    """Cut the sessions' words back into turns."""
    lengths = content_counts(material.counts).astype(int)
    words = [word for document in material.documents for word in document]
    ends = np.cumsum(lengths).tolist()
    return [words[end - n : end] for end, n in zip(ends, lengths.tolist(), strict=True) if n]


def row(name: str, material: TopicMaterial, turns_said: list[list[str]]) -> str:
    make, seeds, resamples = MODELS[name]
    started = time.perf_counter()
    first = make(0).fit(*material.whole)
    topic_turns(first, material)
    seconds = time.perf_counter() - started
    words = top_words(first.words_, material.words)
    over_seeds = [topics(first, material)] + [
        topics(make(seed).fit(*material.whole), material) for seed in range(1, seeds)
    ]
    over_halves = [
        agreement([topics(make(n).fit(*material.rows(side)), material) for side in sides])
        for n, sides in enumerate(halves(material.sessions, splits=resamples, random_state=0))
    ]
    over_samples = [
        agreement(
            [
                topics(make(n).fit(*bootstrapped(material, seed=2 * n + m)), material)
                for m in range(2)
            ]
        )
        for n in range(resamples)
    ]
    figures = [
        np.nanmean(coherence(words, material.documents)),
        np.nanmean(coherence(words, turns_said)),
        np.nanmean(coherence(words, material.documents, measure="c_v")),
        diversity(words),
        agreement(over_seeds) if seeds > 1 else None,
        np.mean(over_halves) if over_halves else None,
        np.mean(over_samples) if over_samples else None,
    ]
    shown = " | ".join("" if figure is None else f"{figure:.3f}" for figure in figures)
    return f"| {name} | {shown} | {seconds:.0f} s |"


def topics(model: TopicModel, material: TopicMaterial) -> NDArray[np.int64]:
    """Give the topics of all turns that have a content word."""
    speaks = content_counts(material.counts) > 0
    return np.asarray(
        model.probabilities(material.vectors[speaks], material.counts[speaks]).argmax(axis=1)
    )


def bootstrapped(material: TopicMaterial, *, seed: int) -> tuple[Vectors, Counts, Sessions]:
    """Draw sessions with replacement; a session drawn twice is two sessions."""
    starts = np.flatnonzero(np.r_[True, np.diff(material.sessions) != 0, True])
    drawn = np.random.default_rng(seed).integers(0, len(starts) - 1, len(starts) - 1)
    places = [np.arange(starts[session], starts[session + 1]) for session in drawn]
    vectors, counts, _ = material.rows(np.concatenate(places))
    return vectors, counts, np.repeat(np.arange(len(places)), [len(some) for some in places])


if __name__ == "__main__":
    main()
