"""How often the intervals of a running estimate hold, by simulation.

    python benchmarks/live_intervals.py

A side's turns score around a level that does not change, each turn a share of the one before
(AR(1)) or with heavy tails (t of 3 degrees of freedom). After so many of its turns, it counts how
often the 95% interval of the mean, later turns counting more, holds the level, how often the plain
interval that takes turns for independent would, and how often the interval of the slope holds 0.
Then how often the trend is called falling, and rising, at least once in a session of which it is
looked at after every turn.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
from scipy import stats

from attunement.live._courses import (
    FEWEST_FOR_TREND,
    Course,
    Numbers,
    courses,
    half_width,
    late_mean,
    slope,
)

TURNS = (6, 8, 12, 20, 40, 80)
LOOKED_AT = 45
CORRELATIONS = (0.0, 0.15, 0.3, 0.5)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sessions", type=int, default=2_000, help="each gives four series")
    options = arguments.parse_args()
    print(f"$ python {' '.join(sys.argv)}")
    print(f"{4 * options.sessions:,} series each; standard error at most .006")
    print(
        "| turns of the side | correlation of neighbours | mean | taken for independent | slope |"
    )
    print("|---|---|---|---|---|")
    for count in TURNS:
        for correlation in CORRELATIONS:
            rng = np.random.default_rng(17)
            noise = rng.standard_normal((options.sessions, count, 4))
            print(_row(count, f"{correlation:.2f}", _correlated(noise, correlation)))
        heavy = np.random.default_rng(18).standard_t(3, (options.sessions, count, 4))
        print(_row(count, "heavy tails", heavy), flush=True)
    for correlation in CORRELATIONS:
        noise = np.random.default_rng(19).standard_normal((options.sessions, LOOKED_AT, 4))
        falling, rising = _looked_at(_correlated(noise, correlation))
        print(
            f"looked at after each of {LOOKED_AT} turns, correlation {correlation:.2f}: falling at "
            f"least once {falling:.3f}, rising {rising:.3f}",
            flush=True,
        )


def _looked_at(series: Numbers) -> tuple[float, float]:
    turns = 2 * np.arange(LOOKED_AT) + 1
    found = []
    for scores in series:
        line = slope(courses(turns, scores))
        with np.errstate(invalid="ignore"):
            falling = (line.value + line.half_width < 0).any(axis=0)
            rising = (line.value - line.half_width > 0).any(axis=0)
        found.append((falling, rising))
    falls, rises = np.mean(found, axis=(0, 2))
    return float(falls), float(rises)


def _row(count: int, name: str, series: Numbers) -> str:
    turns = 2 * np.arange(count) + 1
    weights = turns**3 / (turns**3).sum()
    found = []
    for scores in series:
        every = courses(turns, scores)
        course = Course(every.count[-1], every.sums[-1], every.first[-1], every.last[-1])
        mean, line = late_mean(course), slope(course)
        plain = stats.t.ppf(0.975, count - 1) * scores.std(axis=0, ddof=1)
        found.append(
            (
                np.abs(mean.value) <= half_width(mean),
                np.abs(mean.value) <= plain * np.sqrt((weights**2).sum()),
                np.abs(line.value) <= line.half_width,
            )
        )
    own, plain_too, of_slope = np.mean(found, axis=(0, 2))
    last = f"{of_slope:.3f}" if count >= FEWEST_FOR_TREND else "none yet"
    return f"| {count} | {name} | {own:.3f} | {plain_too:.3f} | {last} |"


def _correlated(noise: Numbers, correlation: float) -> Numbers:
    for turn in range(1, noise.shape[1]):
        fresh = np.sqrt(1 - correlation**2) * noise[:, turn]
        noise[:, turn] = correlation * noise[:, turn - 1] + fresh
    return noise


if __name__ == "__main__":
    main()
