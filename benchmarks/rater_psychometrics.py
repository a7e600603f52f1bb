"""Do intervals of the psychometrics of raters hold the truth, in worlds where it is known?

python benchmarks/rater_psychometrics.py [--worlds 200] [--sessions 60]

Prints, for each figure, how often its 95% interval held what was put into the world.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from math import sqrt
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.psychometrics.invented import figure, world

from attunement.psychometrics import (
    BETWEEN_REPEATS,
    CONSISTENCY,
    PROBE,
    WITH_RATINGS,
    PsychometricsOptions,
)

NOISE, RATING_NOISE, REPEAT_NOISE, ITEM_NOISE = 0.5, 0.5, 0.4, 0.5
SHIFT = 0.1
ITEMS = 4
SCALES = 3


def truths() -> Mapping[str, tuple[dict[str, str], float]]:
    """Give each figure's row and what it is in the long run.

    Truth has variance 1; the judge's own view of a session adds NOISE, a repeat REPEAT_NOISE, an
    item ITEM_NOISE. Two repeats are averaged for all but their own figures.
    """
    heard = 1 + NOISE**2
    repeat, item = REPEAT_NOISE**2, ITEM_NOISE**2
    everything = ITEMS * SCALES
    mean = heard + repeat / 2 + item / (2 * everything)
    single = heard + repeat + item / everything
    shared = heard + repeat / 2
    between_items = shared / (shared + item / 2)
    whole = {"scale": "alliance"}
    return {
        "agreement with people, Pearson": (
            {"question": WITH_RATINGS, "statistic": "pearson", **whole},
            1 / sqrt((1 + RATING_NOISE**2) * mean),
        ),
        "the same, length out": (
            {"question": WITH_RATINGS, "statistic": "pearson, length out", **whole},
            1 / sqrt((1 + RATING_NOISE**2) * mean),
        ),
        "repeats, ICC(A,1)": (
            {"question": BETWEEN_REPEATS, "statistic": "icc(A,1)", **whole},
            heard / single,
        ),
        "repeats, Krippendorff's alpha": (
            {"question": BETWEEN_REPEATS, "statistic": "krippendorff alpha, interval", **whole},
            heard / single,
        ),
        "Cronbach's alpha of four items": (
            {"question": CONSISTENCY, "statistic": "cronbach alpha", "scale": "bond"},
            ITEMS * between_items / (1 + (ITEMS - 1) * between_items),
        ),
        "probe, mean difference": ({"question": PROBE, **whole}, SHIFT),
    }


def held(seed: int, *, sessions: int, options: PsychometricsOptions) -> Iterator[tuple[str, bool]]:
    """Make one world and say of each figure whether its interval holds the truth."""
    found = world(
        n=sessions,
        seed=2 * seed,
        judge_seed=2 * seed + 1,
        noise=NOISE,
        rating_noise=RATING_NOISE,
        item_noise=ITEM_NOISE,
        repeats=2,
        repeat_noise=REPEAT_NOISE,
        items_per_scale=ITEMS,
        probes={"length": SHIFT},
    ).asked(options)
    for name, (which, truth) in truths().items():
        row = figure(found, **which)
        low, high = row["ci_low"], row["ci_high"]
        yield name, isinstance(low, float) and isinstance(high, float) and low < truth < high


def main() -> None:
    """Count over many worlds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--sessions", type=int, default=60)
    parser.add_argument("--draws", type=int, default=499)
    given = parser.parse_args()
    options = PsychometricsOptions(draws=given.draws, sizes=(4,))
    hits: dict[str, int] = dict.fromkeys(truths(), 0)
    for seed in range(given.worlds):
        for name, hit in held(seed, sessions=given.sessions, options=options):
            hits[name] += hit
    print(f"{given.worlds} worlds of {given.sessions} sessions of {given.sessions // 2} patients")
    for name, count in hits.items():
        print(f"{name:<34} {count / given.worlds:.1%}")


if __name__ == "__main__":
    main()
