"""Questionnaires as the page shows them: a total a rater, and every scale."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from attunement.report._views import Cell
from attunement.report._words import MISSING, measure_name, printable
from attunement.tables import ALLIANCE, ROLES, SCALES

_WHOLE = (ALLIANCE, "total")


class Totals:
    """One figure a rater, instrument and session.

    The questionnaire's own whole (`alliance` or `total`) where it is given, else the mean of task,
    bond and goal, which in the alliance inventories have equally many items.

    Parameters
    ----------
    ratings : DataFrame
        The ratings table; ratings of single turns are left out.

    Attributes
    ----------
    headings : list of str
        "Patient-rated WAI-SR", patient first.
    """

    def __init__(self, ratings: pl.DataFrame) -> None:
        self.by_session = _by_session(ratings)
        self._kinds = [
            kind
            for kind in _kinds(ratings)
            if any(_total(given.get(kind, {})) is not None for given in self.by_session.values())
        ]
        self.headings = [_heading(kind) for kind in self._kinds]

    def cells(self, session_id: str) -> list[Cell]:
        """One session's totals, in the order of the headings."""
        given = self.by_session.get(session_id, {})
        totals = [_total(given.get(kind, {})) for kind in self._kinds]
        return [Cell(rating(total), total) for total in totals]

    def details(self, session_id: str) -> list[tuple[str, list[tuple[str, str]]]]:
        """Every scale one session's questionnaires gave: heading, then (scale, value) pairs."""
        given = self.by_session.get(session_id, {})
        return [
            (
                _heading(kind),
                [
                    (measure_name(printable(scale)), rating(value))
                    for scale, value in scales.items()
                ],
            )
            for kind, scales in given.items()
        ]


def rating(value: float | None) -> str:
    """Write a questionnaire's figure as it is usually written: 3.2, 28, 4.25."""
    return MISSING if value is None else f"{round(value, 2):g}".replace("-", "−")


Kind = tuple[str, str]
"""Rater and instrument."""


def _by_session(ratings: pl.DataFrame) -> Mapping[str, Mapping[Kind, Mapping[str, float]]]:
    given: dict[str, dict[Kind, dict[str, float]]] = {}
    for session_id, rater, instrument, scale, value in _ordered(ratings).iter_rows():
        scales = given.setdefault(session_id, {}).setdefault((rater, instrument or ""), {})
        scales[scale] = value
    return given


def _kinds(ratings: pl.DataFrame) -> list[Kind]:
    pairs = _ordered(ratings).select("rater", "instrument").unique(maintain_order=True)
    return [(rater, instrument or "") for rater, instrument in pairs.iter_rows()]


def _ordered(ratings: pl.DataFrame) -> pl.DataFrame:
    raters = {role: place for place, role in enumerate(ROLES)}
    scales = {scale: place for place, scale in enumerate((*SCALES, *_WHOLE))}
    return (
        ratings.filter(pl.col("turn").is_null(), pl.col("value").is_finite())
        .sort(
            pl.col("rater").replace_strict(raters, default=len(raters)),
            "rater",
            "instrument",
            pl.col("scale").replace_strict(scales, default=len(scales)),
            maintain_order=True,
        )
        .select("session_id", "rater", "instrument", "scale", "value")
    )


def _total(scales: Mapping[str, float]) -> float | None:
    for whole in _WHOLE:
        if whole in scales:
            return scales[whole]
    parts = [scales[scale] for scale in SCALES if scale in scales]
    return sum(parts) / len(parts) if len(parts) == len(SCALES) else None


def _heading(kind: Kind) -> str:
    rater, instrument = kind
    return printable(f"{rater.capitalize()}-rated {instrument or 'questionnaire'}")
