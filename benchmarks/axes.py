"""Whether satisfaction and clarity are two axes, and what each goes with.

   python benchmarks/axes.py --corpora ../shared/data

On two corpora of typed counselling: the correlation of the two axes over the user's turns, plain
and within chats; over the chats' means; and the Spearman correlation of each axis's mean with what
the user rated after the chat: alone, and with the other axis, the inferred alliance of the same
turns and the words spoken held constant, over all turns and without the last three (where thanks
are said). ESConv's emotion is rated before and after, the higher the stronger: its change is the
relief. Nothing is fitted to the corpora. Intervals by drawing chats, or people where they are
known, 2,000 times.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import rankdata

from attunement.alliance import Contrast, EmbeddedChunk, ScoredChunk, Scorer
from attunement.audit._axes import AXES, Axes, parting
from attunement.cli._corpus_run import scored_stream
from attunement.embedding import CachedEncoder, VectorCache, open_encoder
from attunement.tables import ALLIANCE
from attunement.transcripts import Corpus, ReadOptions, Session

CORPORA = {"ESConv": "esconv_sessions.jsonl.xz", "KokoroChat": "kokorochat.jsonl.xz"}
CLOSING = 3
DRAWS = 2_000

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Figure:
    """A correlation with its interval."""

    corpus: str
    what: str
    estimate: float
    low: float
    high: float
    n: int


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--corpora", type=Path, required=True)
    arguments.add_argument("--json", type=Path, help="also write every figure to this file")
    options = arguments.parse_args()
    print(f"$ python {' '.join(sys.argv)}")
    print(f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}")
    figures: list[Figure] = []
    with closing(VectorCache()) as cache:
        encoder = CachedEncoder(open_encoder(), cache)
        scorer = Scorer(estimators=[Contrast()], encoder=encoder)
        axes = Axes().fit(encoder)
        print(encoder.name)
        for name, file in CORPORA.items():
            corpus = Corpus([options.corpora / file], ReadOptions())
            read = list(scored_stream(scorer, corpus, encoder))
            turns = placed(read, axes)
            ratings = rated(corpus)
            figures += of_turns(name, turns)
            figures += of_ratings(name, turns, ratings)
    for one in figures:
        interval = f"[{one.low:+.2f}, {one.high:+.2f}]"
        print(f"{one.corpus:<11}{one.what:<67}{one.estimate:+.2f} {interval:<16}n {one.n:,}")
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in figures], indent=1))


def placed(read: Sequence[tuple[EmbeddedChunk, ScoredChunk]], axes: Axes) -> pl.DataFrame:
    """Give each of the user's turns its place on the axes, inferred alliance and words."""
    told = []
    for chunk, scored in read:
        users = scored.scores.select("session_id", "turn", "words", inferred=ALLIANCE)
        told.append(axes.score(chunk.spoken, chunk.vectors).join(users, on=["session_id", "turn"]))
    return pl.concat(told)


def rated(corpus: Iterable[Session]) -> pl.DataFrame:
    """Give each chat its user's ratings, one column a scale, and who the user is."""
    rows = []
    for session in corpus:
        given = {
            rating.scale: rating.value
            for rating in session.ratings
            if rating.rater == "patient" and rating.turn is None
        }
        before, after = given.pop("emotion_before", None), given.pop("emotion_after", None)
        if before is not None and after is not None:
            given["relief"] = before - after
        who = session.patient_id or session.session_id
        rows += [(session.session_id, who, scale, value) for scale, value in given.items()]
    frame = pl.DataFrame(rows, schema=["session_id", "person", "scale", "value"], orient="row")
    return frame.pivot("scale", index=["session_id", "person"], values="value")


def of_turns(corpus: str, turns: pl.DataFrame) -> list[Figure]:
    """Correlate the axes with each other, and say how often they part."""
    within = turns.with_columns(pl.col(AXES) - pl.col(AXES).mean().over("session_id"))
    means = turns.group_by("session_id", maintain_order=True).agg(pl.col(AXES).mean())
    parted = parting(turns)
    print(f"{corpus}: {turns.height:,} turns, {means.height:,} chats; the axes part at", end=" ")
    print(", ".join(f"{n} turns: {which}" for which, n in parted["parts"].value_counts().rows()))
    return [
        figure(corpus, f"satisfaction and clarity, {what}", frame, frame["session_id"])
        for what, frame in (
            ("over turns", turns),
            ("over turns, within chats", within),
            ("over chats' means", means),
        )
    ]


def figure(corpus: str, what: str, frame: pl.DataFrame, owners: pl.Series) -> Figure:
    return of_columns(corpus, what, frame.select(AXES).to_numpy(), owners, ranked=False)


def of_ratings(corpus: str, turns: pl.DataFrame, ratings: pl.DataFrame) -> list[Figure]:
    """Correlate chats' means on each axis with ratings, alone and beside the rest."""
    figures = []
    last = pl.col("turn").rank("ordinal", descending=True).over("session_id")
    for which, kept in (("", turns), (", less the last three", turns.filter(last > CLOSING))):
        means = kept.group_by("session_id").agg(
            pl.col(*AXES, "inferred").mean(), pl.col("words").sum().log1p()
        )
        both = ratings.join(means, on="session_id").sort("session_id")
        for scale in [name for name in ratings.columns if name not in ("session_id", "person")]:
            known = both.drop_nulls([scale, *AXES])
            for axis, other in (AXES, AXES[::-1]):
                alone = known.select(axis, scale).to_numpy()
                held = known.select(axis, scale, other, "inferred", "words").to_numpy()
                for how, columns in (("", alone), (", all else held", held)):
                    what = f"{axis} and rated {scale}{which}{how}"
                    figures.append(of_columns(corpus, what, columns, known["person"], ranked=True))
    return figures


def of_columns(
    corpus: str, what: str, columns: Array, owners: pl.Series, *, ranked: bool
) -> Figure:
    """Correlate the first two columns with the others held constant; owners are drawn."""
    values = np.apply_along_axis(rankdata, 0, columns) if ranked else columns
    groups = list(pl.DataFrame({"o": owners}).with_row_index().group_by("o", maintain_order=True))
    sums = np.stack([moments(values[rows["index"].to_numpy()]) for _, rows in groups])
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(len(groups), np.full(len(groups), 1 / len(groups)), size=DRAWS)
    estimates = [partial(total) for total in np.tensordot(drawn, sums, axes=(1, 0))]
    low, high = np.quantile(estimates, [0.025, 0.975])
    return Figure(corpus, what, partial(sums.sum(axis=0)), float(low), float(high), len(values))


def moments(values: Array) -> Array:
    """Sums of products of the columns and of a one."""
    with_one = np.column_stack([np.ones(len(values)), values])
    return np.asarray(with_one.T @ with_one)


def partial(total: Array) -> float:
    """The correlation of the first two columns, the others held constant, from the sums."""
    mean = total[0, 1:] / total[0, 0]
    covariance = total[1:, 1:] / total[0, 0] - np.outer(mean, mean)
    spread: Sequence[float] = np.sqrt(np.diag(covariance)).tolist()
    correlation = covariance / np.outer(spread, spread)
    inverse = np.linalg.inv(correlation)
    return float(-inverse[0, 1] / np.sqrt(inverse[0, 0] * inverse[1, 1]))


if __name__ == "__main__":
    main()
