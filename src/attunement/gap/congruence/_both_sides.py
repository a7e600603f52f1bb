"""The sessions both sides rated, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import polars as pl

from attunement.gap.congruence._ratings import FEWEST_SESSIONS, Array, Codes, repeats
from attunement.statistics import Clusters, Design
from attunement.tables import ROLES

OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class BothSides:
    """One questionnaire scale, rated by patient and therapist in each of n sessions.

    Attributes
    ----------
    truth, judgement : ndarray of shape (n,)
        Patient's and therapist's ratings.
    outcome : ndarray of shape (n,) or None
        What the ratings may predict, if it was asked for.
    design : Design
        Whose the sessions are.
    missing : str or None
        Why nothing can be estimated, if it cannot.
    """

    truth: Array
    judgement: Array
    outcome: Array | None
    design: Design
    missing: str | None

    @classmethod
    def of(cls, pairs: pl.DataFrame, *, instrument: str, scale: str, outcome: bool = False) -> Self:
        """Take one scale's sessions that both sides rated (and that have an outcome).

        Raises
        ------
        DataError
            A session stands in it twice.
        """
        own = pairs.filter(pl.col("instrument") == instrument, pl.col("scale") == scale)
        needed: list[str] = [*ROLES, *([OUTCOME] if outcome else [])]
        own = own.with_columns(pl.col(needed).cast(pl.Float64, strict=False))
        complete = own.filter(pl.all_horizontal(pl.col(needed).is_finite().fill_null(False)))
        return cls(
            truth=complete["patient"].to_numpy(),
            judgement=complete["therapist"].to_numpy(),
            outcome=complete[OUTCOME].to_numpy() if outcome else None,
            design=Design.of(complete),
            missing=_missing(own, complete, needed),
        )

    @property
    def factors(self) -> dict[str, Codes]:
        """What a mixed model's random intercepts stand for."""
        return self.design.factors(np.arange(len(self.truth)))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Whom the figures speak of, if not of patients at large."""
        if self.design.patient_known.all() and len(np.unique(self.design.patients)) == 1:
            return ("all sessions are one patient's, and intervals speak of that patient",)
        return ()

    def clusters(self, *, draws: int, seed: int) -> Clusters:
        """Draw whole patients or therapists, as for every figure of the gap."""
        return Clusters.draw(self.design, draws=draws, rng=np.random.default_rng(seed))


def first_and_last(pairs: pl.DataFrame, *, instrument: str, scale: str) -> BothSides:
    """Take each patient's first rating as truth and last as judgement, whoever rated beside.

    Parameters
    ----------
    pairs : DataFrame
        `RATED_PAIRS` with the session's number in the treatment in a column `number`; sessions
        without number or patient are left out.
    instrument, scale : str
        Which ratings.
    """
    own = pairs.filter(
        pl.col("instrument") == instrument,
        pl.col("scale") == scale,
        pl.col("patient").is_finite().fill_null(False),
        pl.col("patient_id", "number").is_not_null(),
    )
    ends = (
        own.sort("number", maintain_order=True)
        .group_by("patient_id", maintain_order=True)
        .agg(
            pl.col("session_id", "therapist_id", "instrument", "scale", "patient").first(),
            pl.col("patient").last().alias("therapist"),
            pl.len().alias("sessions"),
        )
        .filter(pl.col("sessions") > 1)
    )
    both = BothSides.of(ends, instrument=instrument, scale=scale)
    if both.missing is None:
        return both
    missing = f"{ends.height} patients rated two numbered sessions; {FEWEST_SESSIONS} are needed"
    return replace(both, missing=missing)


def averaged(both: BothSides, outcome: Array) -> tuple[BothSides, Array] | None:
    """Average ratings within patients, if patients repeat and each has one and the same outcome.

    Returns
    -------
    tuple of (BothSides, ndarray) or None
        One row a patient, and their outcomes; None where the sessions should stay as they are.
    """
    if not repeats(both.design.patients):
        return None
    frame = pl.DataFrame(
        {
            "patient_id": both.design.patients,
            "therapist_id": both.design.therapists,
            "named": both.design.therapist_known,
            "patient": both.truth,
            "therapist": both.judgement,
            OUTCOME: outcome,
        }
    )
    rows = frame.group_by("patient_id", maintain_order=True).agg(
        pl.col("patient", "therapist").mean(),
        pl.col(OUTCOME).first(),
        (pl.col(OUTCOME).n_unique() > 1).alias("changes"),
        pl.when(pl.col("named").all() & (pl.col("therapist_id").n_unique() == 1))
        .then(pl.col("therapist_id").first())
        .alias("therapist_id"),
    )
    if rows["changes"].any():
        return None
    design = Design.of(rows.with_columns(pl.col("patient_id").cast(pl.String).alias("session_id")))
    ratings = rows["patient"].to_numpy(), rows["therapist"].to_numpy()
    of_patients = rows[OUTCOME].to_numpy()
    return BothSides(*ratings, of_patients, design, None), of_patients


def _missing(own: pl.DataFrame, complete: pl.DataFrame, needed: list[str]) -> str | None:
    if complete.height >= FEWEST_SESSIONS:
        return None
    for name, whose in (
        ("patient", "rated by the patient"),
        ("therapist", "rated by the therapist"),
        (OUTCOME, "with an outcome"),
    ):
        if name in needed and not own[name].is_finite().any():
            return f"no session {whose}"
    kind = "rated by both sides" + (" and with an outcome" if OUTCOME in needed else "")
    return f"{complete.height} sessions {kind}; {FEWEST_SESSIONS} are needed"
