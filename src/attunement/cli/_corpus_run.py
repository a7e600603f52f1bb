"""Run a corpus through a scorer, a model or the collecting of features, behind a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from attunement.alliance import (
    EmbeddedChunk,
    ScoredChunk,
    Scorer,
    chunks,
    embed,
)
from attunement.cli._progress import progress_bar
from attunement.embedding import Encoder
from attunement.transcripts import Corpus


def scored_stream(
    scorer: Scorer, corpus: Corpus, encoder: Encoder
) -> Iterator[tuple[EmbeddedChunk, ScoredChunk]]:
    """Fit the scorer, and give each chunk of the corpus as it is embedded and as it is scored."""
    scorer.fit()
    for chunk in embedded_stream(corpus, encoder):
        yield chunk, scorer.score_embedded(chunk)


def embedded_stream(corpus: Corpus, encoder: Encoder) -> Iterator[EmbeddedChunk]:
    """Embed the corpus a chunk at a time, showing turns done and time left."""
    with progress_bar("Embedding", unit="turns", total=turns_ahead(corpus)) as advance:
        for some in chunks(corpus):
            yield embed(some, encoder, on_turns=advance)


def turns_ahead(corpus: Corpus) -> int | None:
    """Count the turns to come when somebody is watching; None otherwise.

    The corpus is then read once beforehand: to know how much is to do, and to stop at a record
    that cannot be read before the long work rather than in the middle of it.
    """
    if not sys.stderr.isatty():
        return None
    with progress_bar("Reading", unit="sessions", total=None) as advance:
        total = 0
        for session in corpus:
            total += len(session.turns)
            advance(1)
    return total
