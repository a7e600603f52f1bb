"""What the alarms are worth: false alarms, delay, and what they tell of how sessions ended.

    python benchmarks/alarms.py --corpora ../shared/data

Delay: simulated sessions whose turns fall by so many standard deviations. False alarms: sessions of
KokoroChat as they are, with their exchanges permuted, and permuted in blocks of five. What is told:
AUC for the sessions flagged `unwilling_to_continue`, and rank correlation with the patient's own
rating. Choices were made on the development half (patients whose hashed id is even) only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.validity import batches, in_half

from attunement.alliance import Contrast, Scorer, chunks, embed
from attunement.alliance.fitted import Gathering, cross_fit, rated_sessions
from attunement.embedding import CachedEncoder, Encoder, VectorCache, open_encoder
from attunement.live import Alarms, alarm_levels
from attunement.live._threshold import LEAST_TURNS
from attunement.sample import sample_folder
from attunement.statistics import Statistic, spearmans
from attunement.tables import ALLIANCE
from attunement.transcripts import Corpus, ReadOptions, Session
from attunement.validity import Interval, Resampling, spearman
from attunement.validity._known_groups import aucs

Numbers = NDArray[np.float64]

HALVES = ("development", "held out")
RATES = (0.05, 0.1, 0.2)
BLOCK = 5
REPLICATES = 4
DRAWS = 1_000
KINDS = ("falling", "widening", "withdrawal", "confrontation")
SHIFTS = (0.5, 1.0, 1.5, 2.0)
SIMULATED = 2_000


@dataclass(frozen=True)
class Read:
    """A corpus as tables."""

    turns: pl.DataFrame
    scores: pl.DataFrame
    sessions: pl.DataFrame


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--corpora", type=Path, help="left out: the simulated part alone")
    options = arguments.parse_args()
    print(f"$ python {' '.join(sys.argv)}")
    print_delays()
    print_alike()
    print_elsewhere()
    if options.corpora is None:
        return
    with closing(VectorCache()) as cache:
        encoder = CachedEncoder(open_encoder(), cache)
        with sample_folder() as folder:
            print_ruptures("the sample", read([folder], encoder))
        print_ruptures("ESConv", read([options.corpora / "esconv_sessions.jsonl.xz"], encoder))
        path = options.corpora / "kokorochat.jsonl.xz"
        kokoro = read([path], encoder)
        print_false_alarms(kokoro)
        fitted = fitted_so_far([path], encoder)
    levels = alarm_levels(kokoro.scores, kokoro.turns, alarms=Alarms(per_turns=typical(kokoro)))
    told = at_half_and_end(kokoro, levels).join(fitted, on="session_id", how="left")
    print_ruptures("KokoroChat", kokoro)
    print_aucs(told)
    print_ratings(told)


# --- reading ---------------------------------------------------------------------------------


def read(paths: Sequence[Path], encoder: Encoder) -> Read:
    scorer = Scorer(estimators=[Contrast()], encoder=encoder).fit()
    turns, scores, sessions = [], [], []
    for batch in batches(Corpus(list(paths), ReadOptions())):
        chunk = scorer.score(batch)
        turns.append(chunk.turns.select("session_id", "turn", "role", "time", "text"))
        scores.append(
            chunk.scores.select("session_id", "turn", "role", "task", "bond", "goal", ALLIANCE)
        )
        sessions.append(pl.DataFrame([facts(one) for one in batch], infer_schema_length=None))
    return Read(pl.concat(turns), pl.concat(scores), pl.concat(sessions))


def facts(session: Session) -> dict[str, object]:
    ratings = [
        one.value for one in session.ratings if (one.rater, one.scale) == ("patient", ALLIANCE)
    ]
    return {
        "session_id": session.session_id,
        "patient_id": session.patient_id or "",
        "flagged": bool(session.columns.get("unwilling_to_continue")),
        "rating": float(ratings[0]) if ratings else None,
    }


def typical(corpus: Read) -> int:
    """The mean number of the patient's turns in sessions of the development half."""
    mine = corpus.scores.filter(pl.col("role") == "patient").join(
        corpus.sessions.filter(in_half("development")), on="session_id"
    )
    return round(mine.height / mine["session_id"].n_unique())


# --- delay -----------------------------------------------------------------------------------


def print_delays() -> None:
    """How often and how soon a fall from turn 21 on is found, in 40 turns of the patient."""
    print(
        f"\nFalls at turn 21 of 40, {SIMULATED} simulated sessions, one false alarm in ten "
        "sessions asked for"
    )
    print("| fall, SD of one turn | neighbours alike | found by turn 40 | turns to it, median |")
    print("|---|---|---|---|")
    alarms = Alarms(per_turns=40)
    rng = np.random.default_rng(1)
    for alike in (0.0, alarms.carry_over):
        for shift in (0.0, *SHIFTS):
            delays = []
            for _ in range(SIMULATED):
                values = correlated(rng, 40, alike)
                values[20:] -= shift
                fall = alarms.start().falling
                raised = [place for place, one in enumerate(values) if fall.step(one) > 1]
                delays += [raised[0] - 19] if (raised := [r for r in raised if r >= 20]) else []
            median = f"{np.median(delays):.0f}" if delays else ""
            print(f"| {shift} | {alike} | {len(delays) / SIMULATED:.2f} | {median} |")


def print_alike() -> None:
    """How many alarms there are where nothing changes, but neighbours are alike."""
    print("\nNothing changes, 40 turns, one false alarm in ten sessions asked for")
    print("| correlation of neighbours | alarms a session, default carry-over | carry-over 0 |")
    print("|---|---|---|")
    rng = np.random.default_rng(3)
    settings = (Alarms(per_turns=40), Alarms(per_turns=40, carry_over=0.0))
    for alike in (0.0, 0.1, 0.2, 0.3, 0.5):
        sessions = [correlated(rng, 40, alike) for _ in range(SIMULATED)]
        found = [
            sum(
                fall.step(one) > 1
                for values in sessions
                for fall in [alarms.start().falling]
                for one in values
            )
            for alarms in settings
        ]
        print(f"| {alike} | {' | '.join(f'{one / SIMULATED:.2f}' for one in found)} |")


def print_elsewhere() -> None:
    """How many false alarms there are where sessions are not as the limits take them to be."""
    print("\n*falling* a session, where .1 is asked for in a session of 45 turns, by default")
    print(f"| the patient's scores | {' | '.join(f'{count} turns' for count in LENGTHS)} |")
    print("|---|---|---|---|")
    alarms = Alarms()
    first = LEAST_TURNS - 1
    meant = [0.1 * (count - first) / (alarms.per_turns - first) for count in LENGTHS]
    print(f"| meant | {' | '.join(f'{one:.3f}' for one in meant)} |")
    rng = np.random.default_rng(5)
    for name, draw in ELSEWHERE.items():
        rates = []
        for count in LENGTHS:
            sessions = max(200, SIMULATED * 45 // max(count, 45))
            falls = [(alarms.start().falling, draw(rng, count)) for _ in range(sessions)]
            found = sum(fall.step(float(one)) > 1 for fall, values in falls for one in values)
            rates.append(found / sessions)
        print(f"| {name} | {' | '.join(f'{one:.3f}' for one in rates)} |", flush=True)


def alike_by(alike: float) -> Callable[[np.random.Generator, int], Numbers]:
    return lambda rng, count: correlated(rng, count, alike)


def drifting(rng: np.random.Generator, count: int) -> Numbers:
    """Draw values whose mean comes down by half a standard deviation, evenly, in the session."""
    return np.asarray(correlated(rng, count, 0.18) - np.linspace(0.0, 0.5, count))


def slowly_moving(rng: np.random.Generator, count: int) -> Numbers:
    """Draw values a fifth of whose variance is a level that moves slowly and goes nowhere."""
    own = np.sqrt(0.8) * rng.standard_normal(count)
    return np.asarray(own + np.sqrt(0.2) * correlated(rng, count, 0.9))


def of_three(rng: np.random.Generator, count: int) -> Numbers:
    """Draw values that are one of three only."""
    return np.digitize(correlated(rng, count, 0.18), (-0.43, 0.43)).astype(np.float64)


LENGTHS = (12, 45, 500)
ELSEWHERE = {
    **{f"neighbours correlate {alike}": alike_by(alike) for alike in (0.0, 0.1, 0.18, 0.3, 0.4)},
    "come down by half an SD in the session": drifting,
    "a slowly moving level, a fifth of the variance": slowly_moving,
    "three values only": of_three,
}


def correlated(rng: np.random.Generator, count: int, alike: float) -> Numbers:
    """Draw values of standard deviation 1 whose neighbours correlate."""
    values = rng.standard_normal(count)
    for place in range(1, count):
        values[place] = alike * values[place - 1] + np.sqrt(1 - alike**2) * values[place]
    return values


# --- false alarms ----------------------------------------------------------------------------


def print_false_alarms(corpus: Read) -> None:
    mean = typical(corpus)
    print(f"\nAlarms a session, KokoroChat, typical session: {mean} turns of the patient")
    print("'as asked' allows for likeness of neighbours, 'no likeness' does not (carry-over 0)")
    print("| half | alarm | asked for | permuted | in blocks of 5 | real | no likeness, permuted |")
    print("|---|---|---|---|---|---|---|")
    for half in HALVES:
        courses = list(sessions_of(corpus, half))
        for rate in RATES:
            asked = Alarms(false_alarms=rate, per_turns=mean)
            plain = Alarms(
                false_alarms=rate, per_turns=mean, carry_over=0.0, carry_over_of_difference=0.0
            )
            columns = (
                counted(asked, courses, block=1),
                counted(asked, courses, block=BLOCK),
                counted(asked, courses, block=None),
                counted(plain, courses, block=1),
            )
            for place, kind in enumerate(("falling", "widening")):
                shown = " | ".join(f"{column[place]:.3f}" for column in columns)
                print(f"| {half} | {kind} | {rate} | {shown} |", flush=True)


def sessions_of(corpus: Read, half: str) -> Iterator[tuple[list[str], Numbers]]:
    mine = corpus.scores.join(
        corpus.sessions.filter(in_half(half)).select("session_id"), on="session_id"
    ).sort("session_id", "turn")
    for _, session in mine.group_by("session_id", maintain_order=True):
        yield session["role"].to_list(), session[ALLIANCE].to_numpy()


def counted(
    alarms: Alarms, courses: Sequence[tuple[list[str], Numbers]], *, block: int | None
) -> Numbers:
    """Count alarms of both kinds a session; None leaves the order as it is."""
    rng = np.random.default_rng(2)
    found = np.zeros(2)
    replicates = REPLICATES if block else 1
    for _ in range(replicates):
        for roles, values in courses:
            order = permuted(rng, len(values), block) if block else np.arange(len(values))
            session = alarms.start()
            for place in order:
                role, value = roles[place], float(values[place])
                if role == "patient":
                    found[0] += session.falling.step(value) > 1
                difference = session.exchanges.step(role, value)
                if difference is not None:
                    found[1] += session.widening.step(difference) > 1
    return found / len(courses) / replicates


def permuted(rng: np.random.Generator, count: int, block: int) -> NDArray[np.intp]:
    """Permute pairs of successive turns in blocks that begin at a random place."""
    pairs = np.arange(count // 2)
    first = rng.integers(block)
    blocks = [one for one in np.split(pairs, np.arange(first, len(pairs), block)) if len(one)]
    order = np.concatenate([blocks[place] for place in rng.permutation(len(blocks))])
    return np.stack([2 * order, 2 * order + 1], axis=1).ravel()


# --- what is told ----------------------------------------------------------------------------


def at_half_and_end(corpus: Read, levels: pl.DataFrame) -> pl.DataFrame:
    """Each session's alarms and estimates at half of its turns and at its end."""
    said = corpus.scores.filter(pl.col("role") == "patient").group_by("session_id")
    table = corpus.sessions.join(said.agg(turns=pl.len().cast(pl.Float64)), on="session_id")
    raised = levels.filter("raised").group_by("session_id", "kind").len()
    for kind in KINDS:
        count = raised.filter(kind=kind).select("session_id", pl.col("len").alias(f"n {kind}"))
        table = table.join(count, on="session_id", how="left")
    lengths = corpus.turns.group_by("session_id").agg(count=pl.len())
    for name, share in (("half", 0.5), ("end", 1.0)):
        up_to = pl.col("turn") < pl.col("count") * share
        so_far = levels.join(lengths, on="session_id").filter(up_to)
        for kind in KINDS:
            of_kind = (
                so_far.filter(kind=kind)
                .group_by("session_id")
                .agg(
                    pl.col("level").max().alias(f"{name} {kind}"),
                    pl.col("level").sort_by("turn").last().alias(f"{name} {kind} now"),
                )
            )
            table = table.join(of_kind, on="session_id", how="left")
        patient = (
            corpus.scores.filter(pl.col("role") == "patient")
            .join(lengths, on="session_id")
            .filter(up_to)
        )
        late = (pl.col("turn") + 1) ** 3
        estimates = patient.group_by("session_id").agg(
            ((pl.col(ALLIANCE) * late).sum() / late.sum()).alias(f"{name} zero-shot"),
            pl.col(ALLIANCE).mean().alias(f"{name} mean"),
        )
        table = table.join(estimates, on="session_id", how="left")
    return table.with_columns(pl.col("^(n|half|end) .*$").fill_null(0.0))


def fitted_so_far(paths: Sequence[Path], encoder: Encoder) -> pl.DataFrame:
    """Estimate ratings without the patient: at the last knot before half, and at the end."""
    gathering = Gathering(encoder)
    counts: list[int] = []
    for some in chunks(Corpus(list(paths), ReadOptions())):
        chunk = embed(some, encoder)
        counts += [rows.stop - rows.start for _, rows in chunk.of_sessions()]
        gathering.add(chunk)
    material = gathering.material()
    (rated,) = (
        one
        for one in rated_sessions(material, material.ratings)
        if (one.perspective, one.scale) == ("patient", ALLIANCE)
    )
    crossed = cross_fit(material, [rated])[id(rated)]
    turns = np.asarray(counts)[rated.rows]
    half = np.zeros(len(turns))
    for knot, values in sorted(crossed.at_knots.items()):
        use = np.isfinite(values) & (knot <= turns / 2)
        half[use] = (values - crossed.centres)[use]
    return pl.DataFrame(
        {
            "session_id": material.sessions["session_id"].gather(rated.rows),
            "half fitted": half,
            "end fitted": crossed.estimates - crossed.centres,
        }
    )


SIGNALS = ("zero-shot", "fitted", *KINDS, *(f"{kind} now" for kind in KINDS))
LOW_IS_BAD = ("zero-shot", "fitted")
COMBINED = ("zero-shot", "fitted", "falling now", "widening now", "withdrawal", "confrontation")


def print_aucs(told: pl.DataFrame) -> None:
    for name in ("half", "end"):
        print(f"\nAUC for unwilling to continue, at the {name}; asked for: .75 at half, .85 at end")
        best = chosen(told.filter(in_half("development")), name)
        heads = [f"{half} ({counts(told.filter(in_half(half)))})" for half in HALVES]
        print(f"| signal | {' | '.join(heads)} | all ({counts(told)}) |\n|---|---|---|---|")
        for signal in SIGNALS:
            shown = [auc(rows, badness(rows, name, signal)) for rows in thirds(told)]
            print(f"| {signal} | {' | '.join(shown)} |", flush=True)
        development = told.filter(in_half("development"))
        shown = [auc(rows, together(rows, development, name, best)) for rows in thirds(told)]
        print(f"| chosen on development: {' + '.join(best)} | {' | '.join(shown)} |", flush=True)


def thirds(told: pl.DataFrame) -> list[pl.DataFrame]:
    return [*(told.filter(in_half(half)) for half in HALVES), told]


def counts(rows: pl.DataFrame) -> str:
    return f"{rows['flagged'].sum()} of {rows.height}"


def badness(rows: pl.DataFrame, name: str, signal: str) -> Numbers:
    values = rows[f"{name} {signal}"].to_numpy()
    return -values if signal in LOW_IS_BAD else values


def together(
    rows: pl.DataFrame, standard: pl.DataFrame, name: str, signals: Sequence[str]
) -> Numbers:
    """Add signals up, each in standard deviations of the development half."""
    total = np.zeros(rows.height)
    for signal in signals:
        spread = badness(standard, name, signal).std()
        total += badness(rows, name, signal) / max(spread, 1e-9)
    return total


def chosen(development: pl.DataFrame, name: str) -> tuple[str, ...]:
    """The sum of signals, equally weighted, that does best on the development half."""
    member = development["flagged"].to_numpy()
    every = [some for size in range(1, 7) for some in combinations(COMBINED, size)]
    weights = np.ones((1, development.height))
    sums = [-together(development, development, name, some) for some in every]
    return every[int(aucs(sums, member)(weights)[0].argmax())]


def auc(rows: pl.DataFrame, bad: Numbers) -> str:
    """Members score lower in `aucs`, hence the sign; patients are drawn for the interval."""
    resampling = Resampling.of(rows["patient_id"], draws=DRAWS, seed=0)
    (found,) = resampling.intervals(aucs([-bad], rows["flagged"].to_numpy()))
    return in_words(found)


def print_ratings(told: pl.DataFrame) -> None:
    rows = told.filter(in_half("held out"), pl.col("rating").is_not_null())
    rating = rows["rating"].to_numpy()
    resampling = Resampling.of(rows["patient_id"], draws=DRAWS, seed=0)
    print("\nEstimates and the patient's own rating: Spearman, held-out half")
    for name in ("half", "end"):
        for signal in LOW_IS_BAD:
            print(f"{name} {signal}: {spearman(rows[f'{name} {signal}'].to_numpy(), rating):.2f}")
    print("\nHighest level in the session and the patient's own rating: Spearman, held-out half")
    print("| alarm | raw | given the mean score and the number of turns |")
    print("|---|---|---|")
    mean, turns = (rows[name].to_numpy() for name in ("end mean", "turns"))
    for kind in KINDS:
        level = rows[f"end {kind}"].to_numpy()
        shown = [
            in_words(resampling.intervals(spearmans(level, rating, *given))[0])
            for given in ((), (mean, turns))
        ]
        print(f"| {kind} | {' | '.join(shown)} |", flush=True)
    print("\nThe patient's rating, 0 to 5, of sessions with an alarm less that of others")
    print("| alarm | sessions with one | difference | given the mean score and number of turns |")
    print("|---|---|---|---|")
    given = np.column_stack([np.ones(len(rating)), mean, turns])
    left = rating - given @ np.linalg.lstsq(given, rating, rcond=None)[0]
    for kind in KINDS:
        alarmed = rows[f"n {kind}"].to_numpy() > 0
        shown = [
            in_words(resampling.intervals(difference(alarmed, values))[0])
            for values in (rating, left)
        ]
        print(f"| {kind} | {alarmed.mean():.1%} | {' | '.join(shown)} |", flush=True)


def in_words(found: Interval) -> str:
    assert found.low is not None
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"


def difference(member: NDArray[np.bool_], values: Numbers) -> Statistic:
    """Make the statistic of the difference of means, members less others."""

    def statistic(weights: Numbers) -> Numbers:
        inside, outside = weights * member, weights * ~member
        means: list[Numbers] = [part @ values / part.sum(axis=1) for part in (inside, outside)]
        return np.asarray(means[0] - means[1])[:, None]

    return statistic


def print_ruptures(name: str, corpus: Read) -> None:
    levels = alarm_levels(corpus.scores, corpus.turns).filter("raised")
    sessions = corpus.sessions.height
    for kind in ("withdrawal", "confrontation"):
        raised = levels.filter(kind=kind)
        share = raised["session_id"].n_unique() / sessions
        print(
            f"{name}: {kind} {raised.height / sessions:.3f} alarms a session, in {share:.1%} of "
            f"{sessions} sessions"
        )


if __name__ == "__main__":
    main()
