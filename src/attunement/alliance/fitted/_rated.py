"""What can be learned from a corpus: the scales that were rated often enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.alliance.fitted._material import Material
from attunement.alliance.fitted._ridge import Groups
from attunement.errors import DataError
from attunement.instruments.questionnaires import Instrument, rating_ranges
from attunement.tables import ROLES, Role

Numbers = NDArray[np.float64]

FEWEST_SESSIONS = 50
FEWEST_PATIENTS = 10
"""With fewer, neither the heads nor their intervals can be relied on (docs/validity.md)."""


@dataclass(frozen=True, slots=True)
class Rated:
    """The sessions that one side rated on one scale.

    Attributes
    ----------
    perspective : {"patient", "therapist"}
        Who rated.
    instrument, scale : str
        On what.
    rows : ndarray of int
        Which rows of the material.
    ratings : ndarray of shape (len(rows),)
        What was rated.
    bounds : (float, float) or None
        The lowest and highest rating that the questionnaire allows, where it is known.
    """

    perspective: Role
    instrument: str
    scale: str
    rows: NDArray[np.int64]
    ratings: Numbers
    bounds: tuple[float, float] | None = None

    def within(self, values: Numbers) -> Numbers:
        """Cut ends of intervals to what can be rated."""
        return values if self.bounds is None else np.clip(values, *self.bounds)


def rated_sessions(
    material: Material,
    ratings: pl.DataFrame,
    *,
    instruments: Sequence[Instrument] | None = None,
) -> list[Rated]:
    """Find what can be learned: for each side, scales rated often enough, and not all the same.

    Parameters
    ----------
    material : Material
        Sessions as features.
    ratings : DataFrame
        With the schema of RATINGS; ratings of turns and of other raters are passed over.
    instruments : sequence of Instrument, optional
        Questionnaires whose range is known; the shipped ones by default.

    Returns
    -------
    list of Rated
        Patient before therapist, scales in the order of the table.

    Raises
    ------
    DataError
        A side rated with more than one instrument, no scale varies, or nothing is rated often
        enough: the message says how many sessions there are and how many would do.
    """
    bounds = rating_ranges(ratings, instruments=instruments)
    rows = material.sessions.select("session_id").with_row_index("row")
    patients = patients_of(material)
    whole = ratings.filter(pl.col("turn").is_null(), pl.col("rater").is_in(ROLES)).join(
        rows, on="session_id", maintain_order="left"
    )
    found: list[Rated] = []
    most = (0, 0)
    equal: DataError | None = None
    for role in ROLES:
        of_role = whole.filter(pl.col("rater") == role)
        used = of_role["instrument"].unique(maintain_order=True).to_list()
        if len(used) > 1:
            raise DataError(
                f"the {role}s rated with {len(used)} instruments: {', '.join(used)}",
                mend="Choose one with --instrument",
                field="instrument",
            )
        for scale in of_role["scale"].unique(maintain_order=True):
            of_scale = of_role.filter(pl.col("scale") == scale).unique("row", maintain_order=True)
            at = of_scale["row"].to_numpy().astype(np.int64)
            count, whose = len(at), len(np.unique(patients[at]))
            most = max(most, (count, whose))
            if count < FEWEST_SESSIONS or whose < FEWEST_PATIENTS:
                continue
            values = of_scale["value"].to_numpy()
            if np.ptp(values) == 0:
                equal = DataError(
                    f"all {count} ratings by the {role}s are {values[0]:g}, so there is nothing to "
                    "learn",
                    mend="Give ratings that differ",
                    field=scale,
                )
                continue
            allowed = bounds.get((role, used[0], scale))
            found.append(Rated(role, used[0], scale, at, values, bounds=allowed))
    if not found:
        raise equal or DataError(_too_few(*most), mend=_would_do(*most), field="ratings")
    return found


def together(rated: Sequence[Rated]) -> list[list[Rated]]:
    """Put scales that were rated of the same sessions together: one decomposition serves them."""
    groups: list[list[Rated]] = []
    for one in rated:
        for group in groups:
            if np.array_equal(group[0].rows, one.rows):
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def patients_of(material: Material) -> Groups:
    """Give each patient a number; where the patient is unknown, the session stands for one."""
    named = material.sessions.with_row_index("row").select(
        pl.when(pl.col("patient_id").is_null())
        .then(pl.format("session {}", "row"))
        .otherwise(pl.format("patient {}", "patient_id"))
        .alias("patient")
    )["patient"]
    return named.rank("dense").to_numpy().astype(np.int64)


def _too_few(sessions: int, patients: int) -> str:
    if not sessions:
        return "no session is rated by its patient or its therapist"
    return (
        f"found {sessions} rated session{'s' if sessions > 1 else ''} of "
        f"{patients} patient{'s' if patients > 1 else ''}; a model that estimates ratings needs at "
        f"least {FEWEST_SESSIONS} sessions of {FEWEST_PATIENTS} patients"
    )


def _would_do(sessions: int, patients: int) -> str:
    missing = (
        (FEWEST_SESSIONS - sessions, "more rated session"),
        (FEWEST_PATIENTS - patients, "more patient"),
    )
    wanted = " and ".join(
        f"{count} {what}{'s' if count > 1 else ''}" for count, what in missing if count > 0
    )
    return f"Add {wanted}. Estimates from so few are rough and improve up to a thousand or more"
