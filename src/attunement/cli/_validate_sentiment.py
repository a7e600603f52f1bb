"""How good or bad each turn's words are: what every estimator has to say more than."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from attunement.markers import english, sentiment, taken_as_english
from attunement.tables import MEASURES, Role
from attunement.validity import SENTIMENT


class SentimentReading:
    """Gathers the sentiment of a corpus, chunk by chunk, in the place of an estimator's scores.

    Parameters
    ----------
    sides : sequence of {"patient", "therapist"}
        Whose turns.
    """

    def __init__(self, *, sides: Sequence[Role]) -> None:
        self.sides = sides
        self._scores: list[pl.DataFrame] = []
        self._told: list[pl.DataFrame] = []

    def take(self, spoken: pl.DataFrame) -> None:
        """Read the spoken turns of whole sessions: session_id, turn, role, time, words, text."""
        self._told.append(english(spoken))
        own = spoken.filter(pl.col("role").is_in(self.sides))
        tone = sentiment(own["text"])["compound"]
        self._scores.append(
            own.select("session_id", "turn", "role", "time", "words").with_columns(
                pl.lit(SENTIMENT).alias("estimator"), *(tone.alias(one) for one in MEASURES)
            )
        )

    def scores(self) -> pl.DataFrame:
        """Give them as scores, of the sessions in English: the word list knows no other."""
        foreign = self._languages().filter(~pl.col("english"))
        return pl.concat(self._scores).join(foreign, on="session_id", how="anti")

    def notes(self) -> list[str]:
        """Say how many sessions have none."""
        told = self._languages()
        foreign = told.height - int(told["english"].sum())
        if not foreign:
            return []
        return [
            f"{foreign} of {told.height} sessions are not taken for English, so they have no "
            "sentiment: its baseline and control are of the others"
        ]

    def _languages(self) -> pl.DataFrame:
        return taken_as_english(pl.concat(self._told))
