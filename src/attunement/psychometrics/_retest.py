"""Test-retest: a session of a patient, and the next one of the same patient.

Not to be confused with repeats, which are the same prompt asked again: between two sessions the
alliance itself changes, so a low figure here is no fault of a judge's where people's own ratings
change as much.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from attunement.psychometrics._material import Material
from attunement.psychometrics._rows import Asked, Found, Row, row
from attunement.statistics import spearmans

RETEST = "from one session to the patient's next"


def retest_rows(material: Material) -> Iterator[Row]:
    """Hold each patient's sessions against the next, as judged and, beside it, as rated.

    Parameters
    ----------
    material : Material
        Scores, ratings, and sessions with numbers.

    Yields
    ------
    Row
        None where no patient has two numbered sessions.
    """
    following = _following(material.sessions)
    if following.is_empty():
        return
    for scored in material.scored():
        yield from _rows(material, scored.table, following, scored.asked, scored.scale, None)
        for human in material.humans_beside(
            scored.asked, scored.scale, rater=scored.asked.perspective
        ):
            rated = human.table.rename({"rating": "value"})
            yield from _rows(material, rated, following, scored.asked, scored.scale, human.name)


def _following(sessions: pl.DataFrame) -> pl.DataFrame:
    """Pair each session with the next of its patient."""
    known = sessions.drop_nulls(["patient_id", "number"]).sort("patient_id", "number", "session_id")
    return known.select(
        "session_id", next_id=pl.col("session_id").shift(-1).over("patient_id")
    ).drop_nulls()


def _rows(  # one figure twice over: as judged, as rated
    material: Material,
    values: pl.DataFrame,
    following: pl.DataFrame,
    asked: Asked,
    scale: str,
    other: str | None,
) -> Iterator[Row]:
    pairs = (
        following.join(values, on="session_id")
        .join(values.rename({"session_id": "next_id", "value": "next"}), on="next_id")
        .sort("session_id")
    )
    sample = material.sample(pairs["session_id"])
    x, y = (pairs[name].cast(pl.Float64).to_numpy() for name in ("value", "next"))
    if sample.too_few:
        nothing = Found(reason=f"pairs of {sample.too_few}")
        found = {"spearman": nothing, "icc(A,1)": nothing}
    else:
        (rank,) = sample.bootstrapped(spearmans(x, y))
        found = {
            "spearman": rank,
            "icc(A,1)": sample.intraclass(np.column_stack([x, y]))["icc(A,1)"],
        }
    for statistic, one in found.items():
        yield row(
            RETEST, asked, statistic, one, count=sample.count, scale=scale, other=other, raters=1
        )
