"""The network of the embedded topic model, and its learning. The only module that knows torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from torch import nn

from attunement.embedding import Vectors
from attunement.topics._contract import unit_rows
from attunement.topics._words import Counts

Layer = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Weights, to be multiplied from the right, and bias."""

_HIDDEN = 200
_LARGEST_BATCH, _FEWEST_BATCHES = 500, 10
_RATE = 5e-3
_DECAY = 1.2e-6
_WARM_UP = 1 / 3
_SHARPNESS = 10.0


@dataclass(frozen=True, slots=True)
class Learned:
    """What learning leaves.

    Attributes
    ----------
    alpha : ndarray of shape (topics, d)
        The topics' embeddings.
    distributions : ndarray of shape (topics, words)
        The probability of each word in each topic.
    layers : tuple of Layer
        The network that gives theta's mean from words: all but the last end in ReLU.
    """

    alpha: Vectors
    distributions: NDArray[np.float64]
    layers: tuple[Layer, ...]


def learn(
    documents: Counts, rho: Vectors, *, n_topics: int, epochs: int, random_state: int
) -> Learned:
    """Learn topics by stochastic gradients of the evidence lower bound.

    Parameters
    ----------
    documents : sparse array of shape (documents, words)
        Word counts.
    rho : ndarray of shape (words, d)
        The words' embeddings; centred here, which leaves the softmax as it is.
    n_topics, epochs, random_state
        See `EmbeddedTopics`.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(random_state)
        centred = rho - rho.mean(axis=0)
        words = torch.from_numpy(_SHARPNESS * centred)
        alpha = nn.Parameter(torch.from_numpy(_start(centred, documents, n_topics, random_state)))
        entry = nn.Linear(rho.shape[0], _HIDDEN)
        body = nn.Sequential(nn.ReLU(), nn.Linear(_HIDDEN, _HIDDEN), nn.ReLU())
        mean, log_variance = nn.Linear(_HIDDEN, n_topics), nn.Linear(_HIDDEN, n_topics)
        learners = [
            alpha,
            *entry.parameters(),
            *body.parameters(),
            *mean.parameters(),
            *log_variance.parameters(),
        ]
        optimiser = torch.optim.Adam(learners, lr=_RATE, weight_decay=_DECAY)
        for epoch in range(epochs):
            warmth = min(1.0, (epoch + 1) / (_WARM_UP * epochs))
            for batch in _batches(documents):
                hidden = body(batch.mean_of(entry.weight.T) + entry.bias)
                mu, spread = mean(hidden), log_variance(hidden)
                theta = torch.softmax(mu + torch.randn_like(mu) * torch.exp(spread / 2), dim=1)
                beta = torch.softmax(alpha @ words.T, dim=1)
                missed = batch.surprise(theta, beta)
                divergence = 0.5 * (spread.exp() + mu**2 - 1 - spread).sum(dim=1).mean()
                loss = missed + warmth * divergence
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
        with torch.no_grad():
            beta = torch.softmax(alpha @ words.T, dim=1)
    return Learned(
        alpha=alpha.detach().numpy(),
        distributions=beta.numpy().astype(np.float64),
        layers=tuple(_layer(module) for module in (entry, body[1], mean)),
    )


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some documents as their words: most of a document's counts are zero, and cost nothing here.

    Attributes
    ----------
    n : int
        How many documents.
    rows, words, counts : Tensor
        The document, the word and the count of each entry.
    starts : Tensor
        Where each document's entries start.
    """

    n: int
    rows: torch.Tensor
    words: torch.Tensor
    counts: torch.Tensor
    starts: torch.Tensor

    @classmethod
    def of(cls, documents: Counts) -> _Batch:
        rows = np.repeat(np.arange(documents.shape[0]), np.diff(documents.indptr))
        return cls(
            n=documents.shape[0],
            rows=torch.from_numpy(rows),
            words=torch.from_numpy(documents.indices.astype(np.int64)),
            counts=torch.from_numpy(documents.data),
            starts=torch.from_numpy(documents.indptr[:-1].astype(np.int64)),
        )

    def mean_of(self, of_words: torch.Tensor) -> torch.Tensor:
        """Average rows that belong to words over each document."""
        totals = torch.zeros(self.n).index_add(0, self.rows, self.counts)
        return nn.functional.embedding_bag(
            self.words,
            of_words,
            self.starts,
            mode="sum",
            per_sample_weights=self.counts / totals[self.rows],
        )

    def surprise(self, theta: torch.Tensor, beta: torch.Tensor) -> torch.Tensor:
        """Give minus the log likelihood of a document's words, on average."""
        chance = (theta[self.rows] * beta.T[self.words]).sum(dim=1)
        return -(self.counts * torch.log(chance + 1e-10)).sum() / self.n


def _start(centred: Vectors, documents: Counts, n_topics: int, random_state: int) -> Vectors:
    """Start topics at clusters of words: from random places several often end in one topic."""
    often = np.asarray(documents.sum(axis=0)).ravel()
    clusters = KMeans(n_topics, n_init=5, random_state=random_state)
    centres = clusters.fit(centred, sample_weight=often).cluster_centers_
    return unit_rows(centres)


def _batches(documents: Counts) -> Iterator[_Batch]:
    order = torch.randperm(documents.shape[0]).numpy()
    size = min(_LARGEST_BATCH, -(-len(order) // _FEWEST_BATCHES))
    for start in range(0, len(order), size):
        yield _Batch.of(documents[order[start : start + size]])


def _layer(module: nn.Module) -> Layer:
    weights, bias = (parameter.detach().numpy().copy() for parameter in module.parameters())
    return weights.T.copy(), bias
