"""Forms of our own making, from people with an alliance of their own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from attunement.instruments.questionnaires import Instrument, item_column

Forms = Callable[..., pl.DataFrame]


@pytest.fixture
def forms() -> Forms:
    """Give forms as answered: reversed items low where the alliance is strong."""

    def make(
        instrument: Instrument,
        *,
        patients: int = 30,
        each: int = 1,
        seed: int = 1,
        already_turned: bool = False,
    ) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        n, k = patients * each, len(instrument.items)
        middle = (instrument.low + instrument.high) / 2
        width = (instrument.high - instrument.low) / 6
        felt = np.repeat(rng.normal(size=patients), each) + 0.3 * rng.normal(size=n)
        answers: NDArray[np.float64] = np.clip(
            np.round(middle + width * (felt[:, None] + 0.7 * rng.normal(size=(n, k)))),
            instrument.low,
            instrument.high,
        )
        columns = {}
        for place, item in enumerate(instrument.items):
            own = answers[:, place]
            if item.key == -1 and not already_turned:
                own = instrument.low + instrument.high - own
            columns[item_column(item)] = own
        return pl.DataFrame(
            {
                "rater": ["patient"] * n,
                "patient_id": [f"P{p}" for p in range(patients) for _ in range(each)],
                **columns,
            }
        )

    return make
