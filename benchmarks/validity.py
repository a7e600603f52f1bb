"""How well zero-shot scores agree with what patients report, on the corpora beside the project.

    python benchmarks/validity.py --corpora ../shared/data

KokoroChat: Spearman of a session's mean score with the patient's own rating of it. ESConv: Pearson
within sessions of a patient turn's score with the patient's feedback at that turn. Each figure
stands beside the same figure with length, position and the closing turns controlled for. Nothing
is fitted to either corpus. Choices between variants of the estimator were made on the development
half (patients whose hashed id is even) only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.alliance import Compass, Contrast, Estimator, Form, Scorer, Vectors
from attunement.embedding import CachedEncoder, Encoder, VectorCache, open_encoder
from attunement.instruments import load_anchors
from attunement.tables import ALLIANCE, ROLES, SCALES, Role
from attunement.transcripts import Corpus, ReadOptions, Session
from attunement.validity import (
    POOLINGS,
    Pooling,
    Resampling,
    TurnLevel,
    ValidityOptions,
    ValidityResult,
    cut_before_closing,
    ends_before_closing,
    less_closing,
    less_position,
    session_means,
    spearman,
    spearmans,
    validate,
)

CLOSING_TURNS = 3
DRAWS = 1_000
BATCH_SESSIONS = 200

Numbers: TypeAlias = NDArray[np.float64]
Figure: TypeAlias = dict[str, object]


@dataclass(frozen=True)
class Variant:
    """An estimator, the wording it holds turns against, and whose turns are of interest."""

    name: str
    estimator: Estimator
    form: Form = "own"
    roles: tuple[Role, ...] = ROLES


MAIN = (
    Variant("contrast", Contrast()),
    Variant("contrast, patient form", Contrast(), form="patient", roles=("therapist",)),
    Variant("compass", Compass()),
)
OF_PATIENT: tuple[Role, ...] = ("patient",)
ABLATED = (
    Variant("anchors", Contrast(inventory_weight=0.0), roles=OF_PATIENT),
    # So heavy that the anchors no longer count.
    Variant("inventory", Contrast(inventory_weight=1e6), roles=OF_PATIENT),
)
ABLATION = {
    "contrast": "contrast of anchors + inventory: the default",
    "anchors": "contrast of the anchors alone",
    "inventory": "contrast of the inventory alone",
    "compass": "compass on the inventory",
}


@dataclass(frozen=True)
class Scored:
    """A corpus without its words.

    `turns`: session_id, turn, role, time, words. `scores`: session_id, turn, role, time, estimator
    (the variant's name), and the four measures.
    """

    turns: pl.DataFrame
    scores: pl.DataFrame
    ratings: pl.DataFrame
    sessions: pl.DataFrame


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--corpora", type=Path, required=True)
    arguments.add_argument("--json", type=Path, help="also write every figure to this file")
    options = arguments.parse_args()

    with closing(VectorCache()) as cache:
        encoder = LastTexts(CachedEncoder(open_encoder(), cache))
        print_circumstances(encoder)
        kokoro = score(options.corpora / "kokorochat.jsonl.xz", encoder)
        esconv = score(options.corpora / "esconv_turn_feedback.jsonl.xz", encoder)

    figures: dict[str, list[Figure]] = {}
    for half in ("all", "development", "held out"):
        truth = rated_sessions(kokoro, scale=ALLIANCE).filter(in_half(half))
        title = f"KokoroChat, {half} sessions ({returning(truth)})"
        figures[title] = session_figures(kokoro, truth)
    for title, rows in figures.items():
        print_table(title, SESSION_COLUMNS, rows)
    print(SESSION_LEGEND)
    own_scale = scale_figures(kokoro)
    print_scales(own_scale)
    figures["KokoroChat, scales"] = own_scale
    figures["ESConv"] = turn_figures(esconv)
    print_table("ESConv, patient turns within session", TURN_COLUMNS, figures["ESConv"])
    figures["ablation"] = ablation_figures(kokoro, esconv)
    print_table("Ablation, patient turns", ABLATION_COLUMNS, figures["ablation"])
    print(ABLATION_LEGEND)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


# --- scoring ---------------------------------------------------------------------------------


class LastTexts:
    """An encoder that keeps its last answer, for variants that score the same turns in turn."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.name = encoder.name
        self.fingerprint = encoder.fingerprint
        self.dimension = encoder.dimension
        self.texts: Sequence[str] | None = None

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> Vectors:
        if texts != self.texts:
            self.texts, self.vectors = texts, self.encoder.encode(texts, progress=progress)
        return self.vectors


def score(path: Path, encoder: Encoder) -> Scored:
    """Score a corpus with every variant, keeping word counts instead of words."""
    variants = (*MAIN, *ABLATED)
    scorers = {
        one.name: Scorer(estimators=[one.estimator], encoder=encoder, form=one.form).fit()
        for one in variants
    }
    turns, scores, ratings, sessions = [], [], [], []
    for batch in batches(Corpus([path], ReadOptions())):
        for one in variants:
            chunk = scorers[one.name].score(batch)
            scores.append(variant_scores(chunk.scores, one))
        words = pl.col("text").str.count_matches(r"\S+")
        turns.append(chunk.turns.select("session_id", "turn", "role", "time", words=words))
        ratings.append(chunk.ratings)
        sessions.append(chunk.sessions.select("session_id", "patient_id"))
    return Scored(pl.concat(turns), pl.concat(scores), pl.concat(ratings), pl.concat(sessions))


def variant_scores(scores: pl.DataFrame, variant: Variant) -> pl.DataFrame:
    keys = ("session_id", "turn", "role", "time")
    return scores.filter(pl.col("role").is_in(variant.roles)).select(
        *keys, *SCALES, ALLIANCE, estimator=pl.lit(variant.name)
    )


def batches(sessions: Iterable[Session]) -> Iterator[list[Session]]:
    batch: list[Session] = []
    for session in sessions:
        batch.append(session)
        if len(batch) == BATCH_SESSIONS:
            yield batch
            batch = []
    if batch:
        yield batch


# --- session level ---------------------------------------------------------------------------


def session_figures(corpus: Scored, truth: pl.DataFrame) -> list[Figure]:
    """The confounds alone, then every variant, side and window."""
    figures = [
        confound_figure(truth, "words spoken", "patient_words"),
        confound_figure(truth, "number of turns", "patient_turns"),
    ]
    ends = ends_before_closing(corpus.turns, closing=CLOSING_TURNS)
    for variant in MAIN:
        for role in variant.roles:
            turns = turns_of(corpus, variant.name, role).join(
                truth.select("session_id"), on="session_id", maintain_order="left"
            )
            for name, window in WINDOWS.items():
                figure: Figure = {"estimator": variant.name, "turns": role, "window": name}
                figures.append(
                    figure
                    | agreement(truth, turns, window, role)
                    | without_closing_figures(truth, turns, window, ends)
                )
    return figures


def confound_figure(truth: pl.DataFrame, name: str, column: str) -> Figure:
    figure: Figure = {"estimator": name, "turns": "patient", "window": "all turns"}
    rows = truth.with_columns(score=pl.col(column))
    return figure | counted(rows) | raw_agreement(rows) | {"within": within_patient(rows)}


def agreement(truth: pl.DataFrame, turns: pl.DataFrame, window: Pooling, role: Role) -> Figure:
    """The raw figure and those with length and position controlled for."""
    rows = session_rows(truth, turns, window)
    adjusted = less_position(turns, [ALLIANCE])
    return (
        counted(rows)
        | raw_agreement(rows)
        | {
            "words": rho(rows, "patient_words"),
            "turns out": rho(rows, "patient_turns"),
            "both": rho(rows, "patient_words", "patient_turns"),
            "position-adjusted": rho(session_rows(truth, adjusted, window)),
            "within": within_patient(rows),
        }
        | ({"+own": rho(rows, "patient_words", "therapist_words")} if role == "therapist" else {})
    )


def without_closing_figures(
    truth: pl.DataFrame, turns: pl.DataFrame, window: Pooling, ends: pl.DataFrame
) -> Figure:
    """Two readings of leaving out the closing: see `less_closing` and `cut_before_closing`."""
    same_window = session_rows(truth, less_closing(turns, closing=CLOSING_TURNS), window)
    cut = session_rows(truth, cut_before_closing(turns, ends), window)
    return {
        "same window": rho(same_window),
        "n same window": same_window.height,
        "cut": rho(cut),
        "n cut": cut.height,
    }


def rated_sessions(corpus: Scored, *, scale: str) -> pl.DataFrame:
    """Session, patient, the patient's rating, words of either side and turns of the patient."""
    rated = corpus.ratings.filter(
        pl.col("rater") == "patient", pl.col("scale") == scale, pl.col("turn").is_null()
    )
    of_patient, of_therapist = (pl.col("role") == role for role in ROLES)
    lengths = corpus.turns.group_by("session_id").agg(
        patient_words=pl.col("words").filter(of_patient).sum(),
        therapist_words=pl.col("words").filter(of_therapist).sum(),
        patient_turns=of_patient.sum(),
    )
    return (
        rated.select("session_id", rating="value")
        .join(corpus.sessions, on="session_id")
        .join(lengths, on="session_id")
        .sort("session_id")
    )


def turns_of(corpus: Scored, variant: str, role: Role) -> pl.DataFrame:
    return corpus.scores.filter(pl.col("estimator") == variant, pl.col("role") == role)


def session_rows(truth: pl.DataFrame, turns: pl.DataFrame, window: Pooling) -> pl.DataFrame:
    """The rated sessions in which some turn counts, with their score."""
    means = session_means(turns, [ALLIANCE], window).rename({ALLIANCE: "score"})
    return truth.join(means, on="session_id", maintain_order="left")


WINDOWS = {"all turns": POOLINGS["all_turns"], "last quarter": POOLINGS["last_quarter"]}


def in_half(half: str) -> pl.Expr:
    if half == "all":
        return pl.lit(True)
    even = pl.col("patient_id").map_elements(
        lambda patient: int(hashlib.md5(patient.encode()).hexdigest(), 16) % 2 == 0,
        return_dtype=pl.Boolean,
    )
    return even if half == "development" else ~even


def counted(rows: pl.DataFrame) -> Figure:
    return {"n": rows.height, "patients": rows["patient_id"].n_unique()}


def raw_agreement(rows: pl.DataFrame) -> Figure:
    score_, rating = numbers(rows, "score"), numbers(rows, "rating")
    resampling = Resampling.of(rows["patient_id"], draws=DRAWS, seed=0)
    (found,) = resampling.intervals(spearmans(score_, rating))
    return {"raw": found.value, "low": found.low, "high": found.high}


def rho(rows: pl.DataFrame, *given: str) -> float:
    return spearman(*(numbers(rows, one) for one in ("score", "rating", *given)))


def within_patient(rows: pl.DataFrame) -> float:
    """Spearman of scores and ratings centred within patients with two or more sessions."""
    again = rows.filter(pl.len().over("patient_id") > 1)
    both = [pl.col(name) - pl.col(name).mean().over("patient_id") for name in ("score", "rating")]
    return rho(again.with_columns(both))


def returning(truth: pl.DataFrame) -> str:
    """What the figures within patients rest on, in words."""
    again = truth.filter(pl.len().over("patient_id") > 1)
    patients = again["patient_id"].n_unique()
    return f"{patients} patients with two or more, {again.height} sessions of theirs"


def held(corpus: Scored, variant: str) -> ValidityResult:
    """Hold a variant's patient turns against the patients' ratings, as `validate` does."""
    return validate(
        scores=turns_of(corpus, variant, "patient"),
        sessions=corpus.sessions,
        ratings=corpus.ratings.filter(pl.col("rater") == "patient"),
        turns=corpus.turns,
        options=ValidityOptions(draws=DRAWS, pooling="last_quarter"),
    )


# --- do the three scales mean three things? --------------------------------------------------


def scale_figures(corpus: Scored) -> list[Figure]:
    """Each inferred scale with each rated scale, alone and without the patient's overall rating."""
    matrix = held(corpus, "contrast").main.scales_matrix
    return [
        {
            "inferred": cell.inferred,
            "rated": cell.rated,
            "n": matrix.n,
            "raw": cell.raw.value,
            "whole out": cell.whole_out.value,
        }
        for cell in matrix.cells
    ]


def print_scales(figures: list[Figure]) -> None:
    print(f"\nKokoroChat: three scales or one? Patient turns, last quarter, n = {figures[0]['n']}")
    for key, heading in (
        ("raw", "Spearman with the rated scale"),
        ("whole out", "the same, the mean of the three rated scales partialled out"),
    ):
        print(f"  {heading}\n  {'':<16}" + "".join(f"{'rated ' + one:>12}" for one in SCALES))
        table = np.reshape([one[key] for one in figures], (len(SCALES), len(SCALES)))
        for inferred, row in zip(SCALES, table, strict=True):
            print(f"  {'inferred ' + inferred:<16}" + "".join(f"{one:>12.3f}" for one in row))
        own, other = own_and_other(table)
        print(f"  mean with the scale's own rating {own:.3f}, with the other two {other:.3f}")


def own_and_other(table: Numbers) -> tuple[float, float]:
    """The mean on the diagonal (what a scale is meant for) and off it."""
    own = np.eye(len(table), dtype=bool)
    return float(table[own].mean()), float(table[~own].mean())


# --- turn level within session ---------------------------------------------------------------


def turn_figures(corpus: Scored) -> list[Figure]:
    levels = {name: held(corpus, name).main.turn for name in ("contrast", "compass")}
    figures = [turn_figure(name, level) for name, level in levels.items()]
    place = replace(corpus, scores=corpus.scores.with_columns(pl.col("time").alias(ALLIANCE)))
    alone = turn_figure("position alone", held(place, "contrast").main.turn)
    return [*figures, {key: alone[key] for key in alone if not key.startswith("position")}]


def turn_figure(name: str, level: TurnLevel) -> Figure:
    raw, position = level.raw["feedback"], level.position_out["feedback"]
    return {
        "estimator": name,
        "n": raw.n,
        "sessions": raw.sessions,
        "raw": raw.pearson.value,
        "low": raw.pearson.low,
        "high": raw.pearson.high,
        "words": level.length_out["feedback"].pearson.value,
        "position": position.pearson.value,
        "position low": position.pearson.low,
        "position high": position.pearson.high,
    }


# --- what each part of the estimator adds ----------------------------------------------------


def ablation_figures(kokoro: Scored, esconv: Scored) -> list[Figure]:
    truth = rated_sessions(kokoro, scale=ALLIANCE)
    halves = {half: truth.filter(in_half(half)) for half in ("development", "held out")}
    figures: list[Figure] = []
    for variant, name in ABLATION.items():
        turns = turns_of(kokoro, variant, "patient")
        late = session_rows(truth, turns, WINDOWS["last quarter"])
        level = held(esconv, variant).main.turn
        figures.append(
            {
                "estimator": name,
                "all turns": rho(session_rows(truth, turns, WINDOWS["all turns"])),
                "last quarter": rho(late),
                "both": rho(late, "patient_words", "patient_turns"),
                "raw": level.raw["feedback"].pearson.value,
                "position": level.position_out["feedback"].pearson.value,
            }
            | {
                half: rho(session_rows(one, turns, WINDOWS["last quarter"]))
                for half, one in halves.items()
            }
        )
    return figures


def numbers(rows: pl.DataFrame, column: str) -> Numbers:
    return rows[column].to_numpy().astype(np.float64)


# --- printing --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A printed column: the figure's key, what stands above it, how wide; negative is left."""

    key: str
    heading: str
    width: int
    interval: tuple[str, str] | None = None


SESSION_COLUMNS = (
    Column("estimator", "", -23),
    Column("turns", "turns", -10),
    Column("window", "window", -12),
    Column("n", "n", 6),
    Column("patients", "pat.", 5),
    Column("raw", "raw", 7),
    Column("raw", "95% CI", 14, interval=("low", "high")),
    Column("words", "words", 6),
    Column("turns out", "turns", 6),
    Column("both", "both", 6),
    Column("+own", "+own", 6),
    Column("position-adjusted", "pos.", 6),
    Column("same window", "close", 7),
    Column("n same window", "(n)", 5),
    Column("cut", "cut", 7),
    Column("n cut", "(n)", 5),
    Column("within", "within", 7),
)
SESSION_LEGEND = """
n: sessions that have such turns; pat.: patients. raw: Spearman with the patient's rating, its
interval from drawing patients. Partialled out of ranks: words: the patient's words; turns: the
patient's number of turns; both: the two together; +own: the patient's and the therapist's words.
pos.: position-adjusted (the corpus's mean at that tenth of the session subtracted).
close: that side's last three turns left out of the window. cut: the session ended before its last
three patient turns, and the window taken of what remains. within: scores and ratings centred
within patients with two or more sessions."""
TURN_COLUMNS = (
    Column("estimator", "", -23),
    Column("n", "turns", 7),
    Column("sessions", "sessions", 10),
    Column("raw", "raw", 8),
    Column("raw", "95% CI", 15, interval=("low", "high")),
    Column("words", "words out", 12),
    Column("position", "position out", 15),
    Column("position", "95% CI", 15, interval=("position low", "position high")),
)
ABLATION_COLUMNS = (
    Column("estimator", "", -56),
    Column("all turns", "all turns", 11),
    Column("last quarter", "last quarter", 14),
    Column("both", "length out", 12),
    Column("development", "development", 13),
    Column("held out", "held out", 10),
    Column("raw", "ESConv", 9),
    Column("position", "position out", 14),
)
ABLATION_LEGEND = """
KokoroChat, all turns and last quarter; the last quarter with the patient's words and turns
partialled out, and on either half; then ESConv within session, and with position partialled out."""


def print_circumstances(encoder: Encoder) -> None:
    bank = load_anchors()
    print(f"$ python {' '.join(sys.argv)}")
    print(f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}")
    print(f"{encoder.name}; {bank.name} {bank.version} ({bank.sha256[:8]})")


def print_table(title: str, columns: Sequence[Column], rows: Sequence[Figure]) -> None:
    print(f"\n{title}")
    print("".join(aligned(one.heading, one.width) for one in columns).rstrip())
    for row in rows:
        print("".join(aligned(cell(row, one), one.width) for one in columns).rstrip())


def cell(row: Figure, column: Column) -> str:
    if column.interval:
        low, high = (row.get(key) for key in column.interval)
        return "" if low is None else f"[{low:.2f}, {high:.2f}]"
    value = row.get(column.key, "")
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def aligned(text: str, width: int) -> str:
    return f"{text:<{-width}}" if width < 0 else f"{text:>{width}}"


if __name__ == "__main__":
    main()
