"""What reliable change is measured by: the patients' spread, and how reliable their ratings are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from attunement.errors import DataError
from attunement.gap.congruence._ratings import PATIENT, require_variation
from attunement.gap.congruence._reliable_change import alpha, reliable_change
from attunement.reliability import CRITERION
from attunement.tables import ALLIANCE, SCALES

WHOLES = (ALLIANCE, "total")
"""What questionnaires call the scale that sums task, bond and goal."""

WITHIN, HIGHER, LOWER = "within error", "therapist higher", "therapist lower"

_NAMES = {0: WITHIN, 1: HIGHER, -1: LOWER}


@dataclass(frozen=True, slots=True)
class Standard:
    """The standard deviation of the patients' ratings, and the reliability.

    Attributes
    ----------
    sd : float
        Over the sessions' patient ratings, n - 1, on the questionnaire's scale.
    reliability : float
        Between 0 and 1.
    source : str
        Where the reliability comes from, in words.
    """

    sd: float
    reliability: float
    source: str

    @classmethod
    def of(
        cls, pairs: pl.DataFrame, *, instrument: str, scale: str, reliability: float | None
    ) -> Standard:
        """Measure it on some sessions.

        Parameters
        ----------
        pairs : DataFrame
            `RATED_PAIRS`; one instrument's other scales are needed for alpha.
        instrument, scale : str
            Which ratings.
        reliability : float, optional
            Of the scale. If none is given it is, for a whole scale, Cronbach's alpha of the
            patients' task, bond and goal scores: a lower bound.

        Raises
        ------
        DataError
            No reliability is given and none can be computed, or the ratings do not vary.
        """
        own = pairs.filter(
            pl.col("instrument") == instrument, pl.col("patient").is_finite().fill_null(False)
        )
        values = own.filter(pl.col("scale") == scale)["patient"].to_numpy()
        if len(values) < 2:
            raise DataError(
                f"{len(values)} sessions rated by the patient", mend="Give more sessions"
            )
        require_variation(values, PATIENT)
        sd = float(values.std(ddof=1))
        if reliability is not None:
            return cls(sd=sd, reliability=reliability, source="given")
        parts = _parts(own) if scale in WHOLES else None
        if parts is None:
            raise DataError(
                "no reliability is given, and alpha needs the whole scale with its task, bond and "
                "goal",
                mend="Give the reliability your questionnaire's manual states",
                field="reliability",
            )
        source = "alpha of task, bond and goal, a lower bound"
        return cls(sd=sd, reliability=alpha(parts), source=source)

    @property
    def words(self) -> str:
        """What a difference is held against, for the method column."""
        return (
            f"{CRITERION} SE_diff, SE_diff = SD sqrt(2 (1 - reliability)), SD of the patients' "
            f"ratings {self.sd:.3g}, reliability {self.reliability:.2f} ({self.source})"
        )


def reliable_disagreement(pairs: pl.DataFrame, *, reliability: float | None = None) -> pl.Series:
    """Say of every pair of ratings whether the two sides differ by more than error.

    Parameters
    ----------
    pairs : DataFrame
        `RATED_PAIRS`, over all conditions, so that one standard holds for all of them.
    reliability : float, optional
        See `Standard.of`.

    Returns
    -------
    Series of String
        "within error", "therapist higher" or "therapist lower"; null where a rating or the
        reliability is missing.
    """
    labels = pl.Series("reliable", [None] * pairs.height, dtype=pl.String)
    rows = pairs.with_row_index("row")
    for (instrument, scale), own in rows.group_by("instrument", "scale", maintain_order=True):
        both = own.filter(
            pl.all_horizontal(pl.col("patient", "therapist").is_finite().fill_null(False))
        )
        try:
            standard = Standard.of(
                pairs, instrument=str(instrument), scale=str(scale), reliability=reliability
            )
        except DataError:
            continue
        found = reliable_change(
            both["patient"].to_numpy(),
            both["therapist"].to_numpy(),
            sd=standard.sd,
            reliability=standard.reliability,
        )
        labels = labels.scatter(
            both["row"].to_numpy(), [_NAMES[int(way)] for way in found.direction]
        )
    return labels


def _parts(own: pl.DataFrame) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None:
    wide = own.filter(pl.col("scale").is_in(SCALES)).pivot(
        "scale", index="session_id", values="patient", aggregate_function="mean"
    )
    if not set(SCALES) <= set(wide.columns):
        return None
    return np.asarray(wide.select(SCALES).drop_nulls().to_numpy(), dtype=float)
