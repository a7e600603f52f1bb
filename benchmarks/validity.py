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
from dataclasses import dataclass
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

CLOSING_TURNS = 3
LAST_QUARTER = 0.75
"""As in the report: the last quarter is what is said from this time on."""
BINS = 10
DRAWS = 1_000
BATCH_SESSIONS = 200

Numbers: TypeAlias = NDArray[np.float64]
Figure: TypeAlias = dict[str, object]
Window: TypeAlias = Callable[[pl.DataFrame], pl.DataFrame]


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

    `turns`: session_id, turn, role, words. `scores`: session_id, turn, role, time, variant, and
    the four measures.
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
        turns.append(chunk.turns.select("session_id", "turn", "role", words=words))
        ratings.append(chunk.ratings)
        sessions.append(chunk.sessions.select("session_id", "patient_id"))
    return Scored(pl.concat(turns), pl.concat(scores), pl.concat(ratings), pl.concat(sessions))


def variant_scores(scores: pl.DataFrame, variant: Variant) -> pl.DataFrame:
    keys = ("session_id", "turn", "role", "time")
    return scores.filter(pl.col("role").is_in(variant.roles)).select(
        *keys, *SCALES, ALLIANCE, variant=pl.lit(variant.name)
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
    ends = ends_before_closing(corpus.turns)
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


def agreement(truth: pl.DataFrame, turns: pl.DataFrame, window: Window, role: Role) -> Figure:
    """The raw figure and those with length and position controlled for."""
    rows = session_rows(truth, window(turns))
    adjusted = turns.with_columns(pl.col(ALLIANCE) - mean_at_position())
    return (
        counted(rows)
        | raw_agreement(rows)
        | {
            "words": rho_without(rows, "patient_words"),
            "turns out": rho_without(rows, "patient_turns"),
            "both": rho_without(rows, "patient_words", "patient_turns"),
            "position-adjusted": rho(session_rows(truth, window(adjusted))),
            "within": within_patient(rows),
        }
        | (
            {"+own": rho_without(rows, "patient_words", "therapist_words")}
            if role == "therapist"
            else {}
        )
    )


def without_closing_figures(
    truth: pl.DataFrame, turns: pl.DataFrame, window: Window, ends: pl.DataFrame
) -> Figure:
    """Two readings of leaving out the closing: see `closing_left_out` and `cut_before_closing`."""
    same_window = session_rows(truth, closing_left_out(turns, window))
    cut = session_rows(truth, window(cut_before_closing(turns, ends)))
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
    return corpus.scores.filter(pl.col("variant") == variant, pl.col("role") == role)


def session_rows(truth: pl.DataFrame, turns: pl.DataFrame, measure: str = ALLIANCE) -> pl.DataFrame:
    """The rated sessions that have such turns, with the mean score over them."""
    means = turns.group_by("session_id").agg(score=pl.col(measure).mean())
    return truth.join(means, on="session_id", maintain_order="left")


def all_turns(turns: pl.DataFrame) -> pl.DataFrame:
    return turns


def last_quarter(turns: pl.DataFrame) -> pl.DataFrame:
    return turns.filter(pl.col("time") >= LAST_QUARTER)


WINDOWS: dict[str, Window] = {"all turns": all_turns, "last quarter": last_quarter}


def closing_left_out(turns: pl.DataFrame, window: Window) -> pl.DataFrame:
    """The turns of a window that are not among that side's last three of the session."""
    from_end = pl.col("turn").rank("ordinal", descending=True).over("session_id")
    return window(turns.with_columns(from_end=from_end)).filter(pl.col("from_end") > CLOSING_TURNS)


def ends_before_closing(turns: pl.DataFrame) -> pl.DataFrame:
    """The turn before each session's third-last patient turn; no row where there is none."""
    of_patient = turns.filter(pl.col("role") == "patient").sort("session_id", "turn")
    third_last = pl.col("turn").tail(CLOSING_TURNS).first() - 1
    return (
        of_patient.group_by("session_id")
        .agg(end=third_last, spoken=pl.len())
        .filter(pl.col("spoken") >= CLOSING_TURNS, pl.col("end") >= 0)
        .select("session_id", "end")
    )


def cut_before_closing(turns: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """End each session before its last three patient turns; time then runs to 1 at the new end."""
    return (
        turns.join(ends, on="session_id")
        .filter(pl.col("turn") <= pl.col("end"))
        .with_columns(time=pl.col("turn") / pl.max_horizontal("end", pl.lit(1)))
    )


def mean_at_position() -> pl.Expr:
    """The corpus's mean score in a turn's tenth of the session.

    Taking it out hardly moves a session's mean: every session spans the same tenths, so nearly
    the same is taken from each. It matters where a window holds few turns of a side, and at turn
    level, where position is partialled out of single turns.
    """
    tenth = (pl.col("time") * BINS).floor().clip(0, BINS - 1)
    return pl.col(ALLIANCE).mean().over(tenth)


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
    low, high = bootstrap_interval(
        lambda drawn: spearman(score_[drawn], rating[drawn]), rows["patient_id"]
    )
    return {"raw": spearman(score_, rating), "low": low, "high": high}


def rho(rows: pl.DataFrame) -> float:
    return spearman(numbers(rows, "score"), numbers(rows, "rating"))


def rho_without(rows: pl.DataFrame, *given: str) -> float:
    return partial_spearman(
        numbers(rows, "score"), numbers(rows, "rating"), *(numbers(rows, one) for one in given)
    )


def within_patient(rows: pl.DataFrame) -> float:
    """Spearman of scores and ratings centred within patients with two or more sessions."""
    return rho(centred(rows.filter(pl.len().over("patient_id") > 1), by="patient_id"))


def returning(truth: pl.DataFrame) -> str:
    """What the figures within patients rest on, in words."""
    again = truth.filter(pl.len().over("patient_id") > 1)
    patients = again["patient_id"].n_unique()
    return f"{patients} patients with two or more, {again.height} sessions of theirs"


def centred(rows: pl.DataFrame, *, by: str) -> pl.DataFrame:
    values = [name for name, dtype in rows.schema.items() if dtype.is_numeric() and name != "turn"]
    return rows.with_columns(pl.col(name) - pl.col(name).mean().over(by) for name in values)


# --- do the three scales mean three things? --------------------------------------------------


def scale_figures(corpus: Scored) -> list[Figure]:
    """Each inferred scale with each rated scale, alone and without the patient's overall rating."""
    turns = last_quarter(turns_of(corpus, "contrast", "patient"))
    truth = {scale: rated_sessions(corpus, scale=scale) for scale in SCALES}
    whole = pl.concat(truth.values()).group_by("session_id").agg(whole=pl.col("rating").mean())
    figures: list[Figure] = []
    for inferred in SCALES:
        for rated in SCALES:
            rows = session_rows(truth[rated], turns, measure=inferred)
            rows = rows.join(whole, on="session_id", maintain_order="left")
            figure: Figure = {"inferred": inferred, "rated": rated, "n": rows.height}
            figures.append(figure | {"raw": rho(rows), "whole out": rho_without(rows, "whole")})
    return figures


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
    figures = [
        turn_figure(name, rated_turns(corpus, name), "score") for name in ("contrast", "compass")
    ]
    position = turn_figure("position alone", rated_turns(corpus, "contrast"), "time")
    return [*figures, position]


def rated_turns(corpus: Scored, variant: str) -> pl.DataFrame:
    """The rated patient turns: score, rating, time and words, centred within their session."""
    feedback = corpus.ratings.filter(
        pl.col("rater") == "patient", pl.col("scale") == "feedback", pl.col("turn").is_not_null()
    ).select("session_id", "turn", rating="value")
    rows = (
        turns_of(corpus, variant, "patient")
        .join(corpus.turns, on=["session_id", "turn"])
        .join(feedback, on=["session_id", "turn"])
        .select(
            "session_id", "turn", "time", "rating", pl.col("words").cast(pl.Float64), score=ALLIANCE
        )
        .sort("session_id", "turn")
    )
    return centred(rows, by="session_id")


def turn_figure(name: str, rows: pl.DataFrame, column: str) -> Figure:
    x, rating, time, words = (numbers(rows, one) for one in (column, "rating", "time", "words"))
    figure: Figure = {
        "estimator": name,
        "n": rows.height,
        "sessions": rows["session_id"].n_unique(),
        "raw": correlation(x, rating),
    }
    low, high = bootstrap_interval(
        lambda drawn: correlation(x[drawn], rating[drawn]), rows["session_id"]
    )
    figure |= {"low": low, "high": high, "words": partial_correlation(x, rating, words)}
    if column == "time":
        return figure
    low, high = bootstrap_interval(
        lambda drawn: partial_correlation(x[drawn], rating[drawn], time[drawn]), rows["session_id"]
    )
    position = partial_correlation(x, rating, time)
    return figure | {"position": position, "position low": low, "position high": high}


# --- what each part of the estimator adds ----------------------------------------------------


def ablation_figures(kokoro: Scored, esconv: Scored) -> list[Figure]:
    truth = rated_sessions(kokoro, scale=ALLIANCE)
    halves = {half: truth.filter(in_half(half)) for half in ("development", "held out")}
    figures: list[Figure] = []
    for variant, name in ABLATION.items():
        turns = turns_of(kokoro, variant, "patient")
        late = session_rows(truth, last_quarter(turns))
        within = rated_turns(esconv, variant)
        x, rating, time = (numbers(within, one) for one in ("score", "rating", "time"))
        figures.append(
            {
                "estimator": name,
                "all turns": rho(session_rows(truth, turns)),
                "last quarter": rho(late),
                "both": rho_without(late, "patient_words", "patient_turns"),
                "raw": correlation(x, rating),
                "position": partial_correlation(x, rating, time),
            }
            | {half: rho(session_rows(one, last_quarter(turns))) for half, one in halves.items()}
        )
    return figures


# --- correlations ----------------------------------------------------------------------------


def numbers(rows: pl.DataFrame, column: str) -> Numbers:
    return rows[column].to_numpy().astype(np.float64)


def correlation(x: Numbers, y: Numbers) -> float:
    return float(np.corrcoef(x, y)[0, 1])


def rankdata(x: Numbers) -> Numbers:
    """Ranks from 1, ties sharing their mean."""
    return pl.Series(x).rank("average").to_numpy()


def spearman(x: Numbers, y: Numbers) -> float:
    return correlation(rankdata(x), rankdata(y))


def residual(y: Numbers, *given: Numbers) -> Numbers:
    """What is left of y once a straight line (or plane) through `given` is taken out."""
    design = np.column_stack([np.ones(len(y)), *given])
    return np.asarray(y - design @ np.linalg.lstsq(design, y, rcond=None)[0])


def partial_correlation(x: Numbers, y: Numbers, *given: Numbers) -> float:
    return correlation(residual(x, *given), residual(y, *given))


def partial_spearman(x: Numbers, y: Numbers, *given: Numbers) -> float:
    return partial_correlation(rankdata(x), rankdata(y), *(rankdata(one) for one in given))


def bootstrap_interval(
    statistic: Callable[[NDArray[np.intp]], float], clusters: pl.Series
) -> tuple[float, float]:
    """95% percentile interval; whole clusters (patients, sessions) drawn with replacement."""
    generator = np.random.default_rng(0)
    _, codes = np.unique(clusters.to_numpy(), return_inverse=True)
    members = [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]
    draws = []
    for _ in range(DRAWS):
        drawn = generator.integers(0, len(members), len(members))
        draws.append(statistic(np.concatenate([members[one] for one in drawn])))
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


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
