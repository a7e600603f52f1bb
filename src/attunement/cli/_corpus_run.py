"""Run a scorer over a corpus behind a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from attunement.alliance import ScoredChunk, Scorer
from attunement.cli._progress import progress_bar
from attunement.transcripts import Corpus


def score_stream(scorer: Scorer, corpus: Corpus) -> Iterator[ScoredChunk]:
    """Fit the scorer and stream the corpus through it, showing turns done and time left.

    When somebody is watching, the corpus is read once beforehand: to know how much is to do, and
    to stop at a record that cannot be read before the long work rather than in the middle of it.
    """
    total = None
    if sys.stderr.isatty():
        with progress_bar("Reading", unit="sessions", total=None) as advance:
            total = 0
            for session in corpus:
                total += len(session.turns)
                advance(1)
    scorer.fit()
    with progress_bar("Scoring", unit="turns", total=total) as advance:
        yield from scorer.stream(corpus, on_turns=advance)
