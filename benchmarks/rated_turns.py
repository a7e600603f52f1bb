"""What follows a therapist's turn: the alliance inferred there, beside what the patient rated.

   python benchmarks/rated_turns.py --corpora ../shared/data

ESConv's seekers rated every second message of the supporter as they chatted, from 1 to 5. The
rating stands on the seeker's next turn, whose alliance is inferred, too. For every act and marker
of the supporter's turn, the slope within chats on either of the two, over the same turns, with
what `attunement.associations` holds constant from turn to turn. Both targets are in standard
deviations within chats; an act is against all other turns, a number is per standard deviation
within chats. Slopes are plain ones: the chats hold too few ratings to be halved for a correction,
and what is held constant includes the alliance inferred of the turn before, which the feature may
answer. Nothing is fitted to the corpus. Intervals by leaving out chats.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.associations._columns import Columns
from attunement.associations._steps import Steps, steps
from attunement.associations._sums import Partial, Sums, segments, sums_within
from attunement.associations._within import Jackknife, Panel, Regression
from attunement.cli._language_run import read_language
from attunement.cli._markers_read import MarkersRead, turn_features
from attunement.embedding import CachedEncoder, VectorCache, open_encoder
from attunement.statistics import Clusters, Design, Estimate
from attunement.tables import ALLIANCE
from attunement.transcripts import Corpus, ReadOptions

CORPUS = "esconv_turn_feedback.jsonl.xz"
INFERRED, RATED = f"next_{ALLIANCE}", "rating"

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Beside:
    """A feature's slope on the inferred and on the rated alliance of the turn after it.

    `apart` is the slope on the first less the second.
    """

    feature: str
    n_turns: int
    n_sessions: int
    inferred: Estimate | None
    rated: Estimate | None
    apart: Estimate | None

    @property
    def told(self) -> bool:
        """Whether there are both slopes."""
        return self.inferred is not None and self.rated is not None

    @property
    def agree(self) -> bool | None:
        """Whether both have one sign; None where one of them could not be had."""
        if self.inferred is None or self.rated is None:
            return None
        return (self.inferred.estimate > 0) == (self.rated.estimate > 0)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--corpora", type=Path, required=True)
    arguments.add_argument("--json", type=Path, help="also write every figure to this file")
    options = arguments.parse_args()
    print(f"$ python {' '.join(sys.argv)}")
    print(f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}")

    with closing(VectorCache()) as cache:
        encoder = CachedEncoder(open_encoder(), cache)
        reader = MarkersRead(encoder)
        corpus = Corpus([options.corpora / CORPUS], ReadOptions())
        read = read_language(corpus, encoder, reader, by="condition")
        print(encoder.name)
    features = turn_features(reader.turns()).filter(pl.col("role") == "therapist").drop("role")
    found = slopes_beside(read.scores, features, read.sessions, read.ratings)
    print_found(found)
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in found], indent=1))


# --- the slopes ------------------------------------------------------------------------------


def slopes_beside(
    scores: pl.DataFrame, features: pl.DataFrame, sessions: pl.DataFrame, ratings: pl.DataFrame
) -> list[Beside]:
    """Ask of every feature of the therapist's turns what follows it, by score and by rating.

    Features that are never known (times, where there are none) are left out.
    """
    design = Design.of(sessions)
    clusters = Clusters.draw(design, draws=1, rng=np.random.default_rng(0))
    rated = rated_steps(steps(scores, features, design, side="therapist"), design, ratings)
    found = []
    for at, name in enumerate(rated.names):
        known = np.flatnonzero(np.isfinite(rated.features[:, at]))
        if not len(known):
            continue
        own = Steps(rated.side, rated.frame[known], rated.features[known][:, [at]], (name,))
        found.append(beside(own, clusters, n_sessions=len(design.session_ids)))
    return found


def rated_steps(lined_up: Steps, design: Design, ratings: pl.DataFrame) -> Steps:
    """Keep the steps to a turn with the patient's own rating, and put `rating` beside them."""
    places = pl.DataFrame({"session_id": design.session_ids}).with_row_index("session")
    own = (
        ratings.filter(pl.col("rater") == "patient", pl.col("turn").is_not_null())
        .join(places, on="session_id")
        .group_by(pl.col("session", "turn").cast(pl.Int64))
        .agg(pl.col("value").mean().alias(RATED))
    )
    frame = (
        lined_up.frame.with_row_index("step")
        .join(own, on=["session", "turn"], how="left", maintain_order="left")
        .drop_nulls(RATED)
    )
    kept = frame["step"].to_numpy()
    return Steps(lined_up.side, frame.drop("step"), lined_up.features[kept], lined_up.names)


def beside(own: Steps, clusters: Clusters, *, n_sessions: int) -> Beside:
    """Give both slopes of one feature, over the steps on which it is known."""
    of_sessions = segments(own.frame["session"].to_numpy().astype(np.intp))
    columns = Columns.of(own)
    constant = columns.covariates(f"earlier_{ALLIANCE}")
    targets = own.frame.select(INFERRED, RATED).to_numpy()
    alike = within_sd(targets, of_sessions)
    apart = alike[:, 0] - alike[:, 1]
    values = np.column_stack([alike, apart, columns.values[:, constant]])
    feature = own.features
    if not np.isin(feature, (0.0, 1.0)).all():
        feature = within_sd(feature, of_sessions)
    whole, halves = sums_within(feature, values, of_sessions)
    where = own.frame["session"].to_numpy()[[one.start for one in of_sessions]].astype(np.intp)
    counts = np.zeros(n_sessions, dtype=np.intp)
    counts[where] = [one.stop - one.start for one in of_sessions]
    panel = Panel(whole.spread(where, n_sessions), halves.spread(where, n_sessions), counts)
    places = np.flatnonzero(counts > 1)
    given = range(3, values.shape[1])
    estimates = [
        Jackknife.of(panel, plain(target, given, whole), places, clusters).estimates()[0]
        for target in range(3)
    ]
    return Beside(own.names[0], int(counts[places].sum()), len(places), *estimates)


def plain(target: int, given: Sequence[int], whole: Sums) -> Regression:
    """Regress a target on the feature and what is held constant, within sessions."""
    least = 1e-6 * whole.xx.sum(axis=0)
    among = range(1, len(given) + 1)
    return Regression(
        (target, *given),
        lambda sums, _: Partial.of(sums, target=0, covariates=among).slopes(least=least),
    )


def within_sd(values: Array, of_sessions: Sequence[slice]) -> Array:
    """Put columns in standard deviations within sessions."""
    centred = np.concatenate([values[one] - values[one].mean(axis=0) for one in of_sessions])
    freedom = len(values) - len(of_sessions)
    return np.asarray(values / np.sqrt(np.square(centred).sum(axis=0) / freedom))


# --- printing --------------------------------------------------------------------------------


def print_found(found: Sequence[Beside]) -> None:
    print("\nESConv: the turn after a supporter's turn that speaks so, in SD within chats")
    headings = "  ".join(f"{name:<22}{'p':>7}" for name in ("inferred", "rated", "difference"))
    print(f"{'':<16}{'turns':>6}{'chats':>6}  {headings}  sign")
    for one in found:
        sign = {True: "same", False: "opposite", None: ""}[one.agree]
        both = "  ".join(shown(estimate) for estimate in (one.inferred, one.rated, one.apart))
        print(f"{one.feature:<16}{one.n_turns:>6}{one.n_sessions:>6}  {both}  {sign}")
    print(f"\n{agreement(found)}")


def shown(estimate: Estimate | None) -> str:
    if estimate is None:
        return f"{'none to be had':<29}"
    interval = f"{estimate.estimate:+.2f} [{estimate.ci_low:+.2f}, {estimate.ci_high:+.2f}]"
    return f"{interval:<22}{estimate.p_val:>7.4f}"


def agreement(found: Sequence[Beside]) -> str:
    """How often the signs agree: of all features, and of those whose inferred slope is off zero."""
    told = [one for one in found if one.told]
    off_zero = [one for one in told if one.inferred and one.inferred.p_val < 0.05]
    both = [one for one in off_zero if one.rated and one.rated.p_val < 0.05]
    return "; ".join(
        f"{kind}: {sum(bool(one.agree) for one in some)} of {len(some)}"
        for kind, some in (
            ("same sign, all", told),
            ("where the inferred slope is off zero (p < .05)", off_zero),
            ("and the rated one, too", both),
        )
    )


if __name__ == "__main__":
    main()
