"""Makes validity.csv, which validity.R and the tests read: run once, the file is committed.

Sixty invented sessions of twenty patients with ties in every column, and eight rated turns each
of the first fifteen sessions.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

HERE = Path(__file__).parent


def main() -> None:
    generator = np.random.default_rng(20261123)
    n = 60
    patient = np.repeat(np.arange(20), 3)
    length = np.round(generator.gamma(4, 60, n), -1)
    level = generator.normal(0, 1, 20)[patient] + generator.normal(0, 1, n) + 0.004 * length
    sessions = pl.DataFrame(
        {
            "session": np.arange(n),
            "patient": patient,
            "score": np.round(level + generator.normal(0, 1, n), 1),
            "rating": np.clip(np.round(3 + 0.7 * level + generator.normal(0, 0.6, n)), 1, 5),
            "words": length,
            "turns": np.round(length / 25 + generator.normal(0, 3, n)).clip(2),
        }
    )
    sessions = sessions.with_columns(flag=pl.col("rating") + generator.normal(0, 1, n) < 2.5)
    sessions.with_columns(pl.col("flag").cast(pl.Int8)).write_csv(HERE / "sessions.csv")
    of = np.repeat(np.arange(15), 8)
    time = np.tile(np.linspace(0.05, 0.98, 8).round(2), 15)
    rating = np.clip(np.round(3 + 1.2 * time + level[of] / 2 + generator.normal(0, 0.8, 120)), 1, 5)
    pl.DataFrame(
        {
            "session": of,
            "time": time,
            "rating": rating,
            "score": np.round(
                0.4 * rating + level[of] + 0.5 * time + generator.normal(0, 1, 120), 2
            ),
            "words": generator.integers(1, 60, 120),
        }
    ).write_csv(HERE / "turns.csv")


if __name__ == "__main__":
    main()
