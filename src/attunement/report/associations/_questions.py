"""What is asked: what goes with which alliance, of a session or of the patient's next turn."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from attunement.report._words import printable
from attunement.tables import ALLIANCE

NEXT_TURN = "next_turn"
SESSION = "session"

_TARGETS = ("patient_rated", "therapist_rated", "inferred_patient", "inferred_therapist")
_RATED = {"patient_rated": "patient-rated", "therapist_rated": "therapist-rated"}
_WORDS = {"inferred_patient": "the patient’s words", "inferred_therapist": "the therapist’s words"}
_WHOLE = frozenset({ALLIANCE, "total", None})


@dataclass(frozen=True, slots=True)
class Question:
    """One outcome that features are held against.

    Attributes
    ----------
    level : {"session", "next_turn"}
        What a feature and the alliance are of.
    target : str
        Which alliance: patient_rated, therapist_rated, inferred_patient or inferred_therapist.
    instrument, scale : str or None
        The questionnaire, and which of its scales; of what is inferred, which score.
    """

    level: str
    target: str
    instrument: str | None
    scale: str | None

    @property
    def rated(self) -> bool:
        """Whether the outcome comes from a questionnaire."""
        return self.target in _RATED

    @property
    def outcome(self) -> str:
        """Name the outcome in a sentence."""
        named = "alliance" if self.scale in _WHOLE else f"alliance ({printable(self.scale or '')})"
        if self.rated:
            of = f" on {printable(self.instrument)}" if self.instrument else ""
            return f"{_RATED[self.target]} {named}{of}"
        if self.level == NEXT_TURN:
            return f"{named} inferred from the patient’s next turn"
        return f"{named} inferred from {_WORDS.get(self.target, printable(self.target))}"

    @property
    def than(self) -> str:
        """Say what the outcome is higher or lower than, where that is not the mean."""
        return " than the turn before it let one expect" if self.level == NEXT_TURN else ""

    @property
    def heading(self) -> str:
        """Name the outcome at the head of its part."""
        outcome = self.outcome
        where = ", session by session" if self.level == SESSION else ", within sessions"
        return f"{outcome[:1].upper()}{outcome[1:]}{where}"

    @property
    def unit(self) -> str:
        """Say what an estimate is counted in."""
        if self.rated:
            return f"points on {printable(self.instrument or 'the questionnaire')}"
        return "in standard deviations of the reference set"

    def of(self, table: pl.DataFrame) -> pl.DataFrame:
        """Keep the rows that are about it."""
        return table.filter(
            pl.col("level") == self.level,
            pl.col("target") == self.target,
            *(
                pl.col(name).eq_missing(pl.lit(value, pl.String))
                for name, value in (("instrument", self.instrument), ("scale", self.scale))
            ),
        )


def questions(associations: pl.DataFrame, *, level: str | None = None) -> list[Question]:
    """List the questions a table answers: what is rated, what is inferred, the next turn.

    Parameters
    ----------
    associations : DataFrame
        With the schema of `attunement.tables.ASSOCIATIONS`.
    level : str, optional
        Keep this level only.
    """
    keys = associations.select("level", "target", "instrument", "scale").unique(maintain_order=True)
    found = [Question(*row) for row in keys.iter_rows()]
    order = {target: place for place, target in enumerate(_TARGETS)}
    return sorted(
        (one for one in found if level in (None, one.level)),
        key=lambda one: (
            one.level == NEXT_TURN,
            order.get(one.target, len(order)),
            one.instrument or "",
            one.scale not in _WHOLE,
        ),
    )
