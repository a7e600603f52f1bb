"""How far short sessions mislead a slope on the patient's next turn, and what correcting leaves.

    python benchmarks/short_sessions.py

Simulates corpora in which a feature of the therapist's turn does nothing, but comes where the
patient was high: on their last turn, or on average over the last five. The slope should be 0. A
plain slope within sessions is not, the less so the longer sessions are; beside it stands the slope
that `associate_turns` gives, with the share of corpora in which its 95% interval leaves out 0, and
in which it also survives every control that could be run.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.associations.worlds import World

from attunement.associations import AssociationOptions, associate_turns
from attunement.associations._columns import Columns
from attunement.associations._steps import steps
from attunement.statistics import Design

WORLDS = {"last turn": World(reaction=1.0), "last five turns": World(memory=2.0)}
STEPS = (8, 12, 20, 40)
OPTIONS = AssociationOptions(draws=199, exchanges=199)

Corpus = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--replications", type=int, default=200)
    arguments.add_argument("--sessions", type=int, default=100)
    arguments.add_argument("--answers", choices=WORLDS, action="append", help="both if not given")
    options = arguments.parse_args()
    print(f"$ python {' '.join(sys.argv)}")
    print(f"{options.replications} corpora of {options.sessions} sessions; standard errors behind")
    print(
        "| answers the | steps a session | plain slope | corrected | leaves out 0 | and survives |"
    )
    print("|---|---|---|---|---|---|")
    for name in options.answers or WORLDS:
        for count in STEPS:
            rows = np.array(
                [
                    asked(WORLDS[name], seed, count, n_sessions=options.sessions)
                    for seed in range(options.replications)
                ]
            )
            means, errors = rows.mean(axis=0), rows.std(axis=0, ddof=1) / np.sqrt(len(rows))
            shown = [f"{mean:.3f} ({error:.3f})" for mean, error in zip(means, errors, strict=True)]
            print(f"| {name} | {count} | {' | '.join(shown)} |", flush=True)


def asked(
    world: World, seed: int, count: int, *, n_sessions: int
) -> tuple[float, float, bool, bool]:
    """Give both slopes, whether the interval leaves out 0, and whether controls are survived."""
    scores, features, sessions = world.corpus(
        seed=seed, n_sessions=n_sessions, turns=2 * count + 2, n_patients=n_sessions
    )
    own = features.filter(pl.col("role") == "therapist")
    found = associate_turns(scores, own, sessions, options=OPTIONS).effects
    (row,) = found.filter(scale="alliance", group="all sessions").to_dicts()
    off_zero = not row["ci_low"] <= 0 <= row["ci_high"]
    survived = off_zero and row["controls"].startswith("survives")
    return plain_slope((scores, own, sessions)), row["estimate"], off_zero, survived


def plain_slope(corpus: Corpus) -> float:
    """Give the slope within sessions, by least squares with a dummy a session."""
    scores, features, sessions = corpus
    lined_up = steps(scores, features.drop("role"), Design.of(sessions), side="therapist")
    columns = Columns.of(lined_up)
    session = lined_up.frame["session"].to_numpy()
    model = np.column_stack(
        [
            lined_up.features[:, 0],
            columns.values[:, columns.covariates("earlier_alliance")],
            session[:, None] == np.unique(session),
        ]
    )
    target = columns.values[:, columns.place("next_alliance")]
    return float(np.linalg.lstsq(model, target, rcond=None)[0][0])


if __name__ == "__main__":
    main()
