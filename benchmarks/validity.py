"""How well zero-shot scores agree with what patients report, on the corpora beside the project.

    python benchmarks/validity.py --corpora ../shared/data

KokoroChat: Spearman of the session's pooled score with the patient's own rating, over all turns
and over the last quarter, raw, with length or position partialled out, and without the last three
patient turns. ESConv: Pearson within sessions of a patient turn's score with the patient's
feedback at that turn. Nothing is fitted to either corpus. Choices between variants of the
estimator were made on the development half (patients whose hashed id is even) only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.alliance import Compass, Contrast, Form, Scorer, Vectors
from attunement.embedding import CachedEncoder, VectorCache, open_encoder
from attunement.tables import ROLES, Role
from attunement.transcripts import Corpus, ReadOptions

CLOSING_TURNS = 3
BINS = 10
DRAWS = 1_000

Numbers = NDArray[np.float64]


class OnPatientAxis(Contrast):
    """The form swap: both sides' turns held against the patient's wording."""

    name = "contrast on the patient's axis"

    def raw(self, vectors: Vectors, roles: Sequence[Role], *, form: Form = "own") -> Vectors:
        return super().raw(vectors, roles, form="patient" if form == "own" else form)


ESTIMATORS = (Contrast, OnPatientAxis, Compass)


@dataclass(frozen=True)
class Scored:
    """A corpus's turns with scores, texts' lengths and times, and its ratings."""

    turns: pl.DataFrame
    ratings: pl.DataFrame
    sessions: pl.DataFrame


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--corpora", type=Path, required=True)
    arguments.add_argument("--json", type=Path, help="also write every figure to this file")
    options = arguments.parse_args()

    figures: list[dict[str, object]] = []
    kokoro = score(options.corpora / "kokorochat.jsonl.xz")
    for half in ("all", "development", "held out"):
        figures += session_figures(kokoro, half=half)
    figures += turn_figures(score(options.corpora / "esconv_turn_feedback.jsonl.xz"))
    print_figures(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


def score(path: Path) -> Scored:
    """Score a corpus with every estimator, keeping word counts instead of words."""
    with closing(VectorCache()) as cache:
        encoder = CachedEncoder(open_encoder(), cache)
        scorer = Scorer(estimators=[one() for one in ESTIMATORS], encoder=encoder).fit()
        parts = []
        for chunk in scorer.stream(Corpus([path], ReadOptions())):
            words = chunk.turns.select(
                "session_id", "turn", words=pl.col("text").str.split(" ").list.len()
            )
            scores = chunk.scores.select(
                "session_id", "turn", "role", "time", "estimator", "alliance"
            ).join(words, on=["session_id", "turn"])
            parts.append((scores, chunk.ratings, chunk.sessions))
    return Scored(
        turns=pl.concat(part[0] for part in parts),
        ratings=pl.concat(part[1] for part in parts),
        sessions=pl.concat((part[2] for part in parts), how="diagonal_relaxed"),
    )


# --- session level ---------------------------------------------------------------------------


def session_figures(corpus: Scored, *, half: str) -> list[dict[str, object]]:
    truth = (
        corpus.ratings.filter(
            pl.col("rater") == "patient", pl.col("scale") == "alliance", pl.col("turn").is_null()
        )
        .select("session_id", rating="value")
        .join(corpus.sessions.select("session_id", "patient_id"), on="session_id")
        .filter(in_half(half))
    )
    words = (
        corpus.turns.filter(pl.col("role") == "patient", pl.col("estimator") == "contrast")
        .group_by("session_id")
        .agg(words=pl.col("words").sum())
    )
    truth = truth.join(words, on="session_id").sort("session_id")
    figures = [session_figure(truth, truth["words"].to_numpy().astype(float), "words spoken", half)]
    for estimator in (one.name for one in ESTIMATORS):
        for role in ROLES:
            if estimator == OnPatientAxis.name and role == "patient":
                continue  # the patient's own axis already
            turns = corpus.turns.filter(
                pl.col("estimator") == estimator, pl.col("role") == role
            ).join(truth.select("session_id"), on="session_id")
            adjusted = turns.with_columns(alliance=pl.col("alliance") - mean_at_position())
            for pooling, pool in POOLINGS.items():
                name = f"{estimator}, {role} turns, {pooling}"
                x = pooled(truth, pool(turns))
                figure = session_figure(truth, x, name, half)
                figure["position out"] = spearman(
                    pooled(truth, pool(adjusted)), truth["rating"].to_numpy()
                )
                figure["without closing"] = spearman(
                    pooled(truth, pool(without_closing(turns))), truth["rating"].to_numpy()
                )
                figures.append(figure)
    return figures


def session_figure(truth: pl.DataFrame, x: Numbers, name: str, half: str) -> dict[str, object]:
    rating = truth["rating"].to_numpy()
    words = truth["words"].to_numpy().astype(float)
    low, high = bootstrap_interval(x, rating, truth["patient_id"].to_numpy())
    figure: dict[str, object] = {
        "corpus": "KokoroChat",
        "sessions": half,
        "n": truth.height,
        "measure": name,
        "raw": spearman(x, rating),
        "ci_low": low,
        "ci_high": high,
    }
    if not np.array_equal(x, words):
        figure["length out"] = partial_spearman(x, rating, words)
    return figure


def over_all_turns(turns: pl.DataFrame) -> pl.DataFrame:
    return turns.group_by("session_id").agg(pl.col("alliance").mean())


def over_last_quarter(turns: pl.DataFrame) -> pl.DataFrame:
    """Mean over the turns in the last quarter of what is there, at least the last turn."""
    last = pl.col("time").max().over("session_id")
    return over_all_turns(turns.filter(pl.col("time") >= 0.75 * last))


POOLINGS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "all turns": over_all_turns,
    "last quarter": over_last_quarter,
}


def without_closing(turns: pl.DataFrame) -> pl.DataFrame:
    """Leave out a side's last three turns; a session with no more keeps its first."""
    from_end = pl.col("turn").rank("ordinal", descending=True).over("session_id")
    first = pl.col("turn") == pl.col("turn").min().over("session_id")
    return turns.filter((from_end > CLOSING_TURNS) | first)


def mean_at_position() -> pl.Expr:
    """The corpus's mean score in a turn's tenth of the session."""
    tenth = (pl.col("time") * BINS).floor().clip(0, BINS - 1)
    return pl.col("alliance").mean().over(tenth)


def pooled(truth: pl.DataFrame, scores: pl.DataFrame) -> Numbers:
    joined = truth.select("session_id").join(
        scores, on="session_id", how="left", maintain_order="left"
    )
    return joined["alliance"].fill_null(joined["alliance"].mean()).to_numpy()


def in_half(half: str) -> pl.Expr:
    if half == "all":
        return pl.lit(True)
    even = pl.col("patient_id").map_elements(
        lambda patient: int(hashlib.md5(patient.encode()).hexdigest(), 16) % 2 == 0,
        return_dtype=pl.Boolean,
    )
    return even if half == "development" else ~even


# --- turn level within session ---------------------------------------------------------------


def turn_figures(corpus: Scored) -> list[dict[str, object]]:
    feedback = corpus.ratings.filter(pl.col("turn").is_not_null()).select(
        "session_id", "turn", rating="value"
    )
    figures: list[dict[str, object]] = []
    for estimator in ("contrast", "compass"):
        rated = (
            corpus.turns.filter(pl.col("estimator") == estimator, pl.col("role") == "patient")
            .join(feedback, on=["session_id", "turn"])
            .sort("session_id", "turn")
        )
        centred = {
            name: (rated[name] - rated.select(pl.col(name).mean().over("session_id"))[name])
            .to_numpy()
            .astype(float)
            for name in ("alliance", "rating", "time", "words")
        }
        score_, rating = centred["alliance"], centred["rating"]
        figures.append(
            {
                "corpus": "ESConv",
                "sessions": "all",
                "n": rated["session_id"].n_unique(),
                "measure": f"{estimator}, patient turns, within session ({rated.height} turns)",
                "raw": correlation(score_, rating),
                "length out": correlation(
                    residual(score_, centred["words"]), residual(rating, centred["words"])
                ),
                "position out": correlation(
                    residual(score_, centred["time"]), residual(rating, centred["time"])
                ),
            }
        )
    figures.append(
        {
            "corpus": "ESConv",
            "sessions": "all",
            "n": figures[0]["n"],
            "measure": "position alone, within session",
            "raw": correlation(centred["time"], centred["rating"]),
        }
    )
    return figures


# --- correlations ----------------------------------------------------------------------------


def correlation(x: Numbers, y: Numbers) -> float:
    return float(np.corrcoef(x, y)[0, 1])


def rankdata(x: Numbers) -> Numbers:
    """Ranks from 1, ties sharing their mean."""
    return pl.Series(x).rank("average").to_numpy()


def spearman(x: Numbers, y: Numbers) -> float:
    return correlation(rankdata(x), rankdata(y))


def residual(y: Numbers, x: Numbers) -> Numbers:
    x, y = x - x.mean(), y - y.mean()
    return y - x * (x @ y) / (x @ x)


def partial_spearman(x: Numbers, y: Numbers, given: Numbers) -> float:
    ranks = rankdata(given)
    return correlation(residual(rankdata(x), ranks), residual(rankdata(y), ranks))


def bootstrap_interval(
    x: Numbers, y: Numbers, patients: NDArray[np.object_]
) -> tuple[float, float]:
    """95% percentile interval of Spearman's rho, patients drawn with replacement."""
    generator = np.random.default_rng(0)
    _, codes = np.unique(patients, return_inverse=True)
    members = [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]
    draws = []
    for _ in range(DRAWS):
        drawn = generator.integers(0, len(members), len(members))
        rows = np.concatenate([members[one] for one in drawn])
        draws.append(spearman(x[rows], y[rows]))
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def print_figures(figures: list[dict[str, object]]) -> None:
    columns = ("raw", "length out", "position out", "without closing")
    print(f"{'measure':<64}{'n':>6}" + "".join(f"{name:>17}" for name in columns) + "   95% CI")
    heading = None
    for figure in figures:
        if heading != (heading := (figure["corpus"], figure["sessions"])):
            print(f"\n{figure['corpus']}, {figure['sessions']} sessions")
        cells = "".join(
            f"{figure[name]:>17.3f}" if name in figure else f"{'':>17}" for name in columns
        )
        interval = (
            f"   [{figure['ci_low']:.2f}, {figure['ci_high']:.2f}]" if "ci_low" in figure else ""
        )
        print(f"{figure['measure']:<64}{figure['n']:>6}{cells}{interval}")


if __name__ == "__main__":
    main()
