"""West & Kenny's model: how far the therapist's view is off, and how far it follows the patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from attunement.gap.congruence._ratings import (
    PATIENT,
    THERAPIST,
    Array,
    Codes,
    checked,
    require_variation,
)
from attunement.gap.congruence._regression import Regression
from attunement.statistics import Estimate


@dataclass(frozen=True, slots=True)
class TruthAndBias:
    """Judgement as bias and truth.

    Attributes
    ----------
    directional_bias : Estimate
        Where judgements lie when the truth is at its mean, above that mean: negative where
        therapists underestimate.
    truth_force : Estimate
        How much a judgement rises with the truth: 0 not at all, 1 as much.
    centre : float
        The mean of the truth.
    regression : Regression
        What gave both; the bias is its first coefficient, the force its second.
    """

    directional_bias: Estimate
    truth_force: Estimate
    centre: float
    regression: Regression


def truth_and_bias(
    truth: Array, judgement: Array, *, factors: Mapping[str, Codes] | None = None
) -> TruthAndBias:
    """Fit judgement - c = bias + force (truth - c) + residual, c the mean of the truth.

    Parameters
    ----------
    truth, judgement : ndarray of shape (n,)
        Patient's and therapist's ratings of n sessions, one scale.
    factors : mapping of str to ndarray of int of shape (n,), optional
        Patient and therapist of each session. Where neither repeats the model is least squares;
        where one does, it has random intercepts.

    Returns
    -------
    TruthAndBias
        On the questionnaire's scale.

    Raises
    ------
    DataError
        Fewer than three sessions, a side that does not vary, or judgements on one line with the
        truth.

    Notes
    -----
    The truth is centred on the mean over all sessions, so with repeated sessions the force mixes
    what differs between patients with what changes within them.

    References
    ----------
    West T.V. & Kenny D.A. (2011). Psychological Review 118, 357-378. Checked against R: lm, and
    lmerTest where sessions repeat.
    """
    truth, judgement = checked(truth, judgement)
    require_variation(truth, PATIENT)
    require_variation(judgement, THERAPIST)
    centre = float(truth.mean())
    x = np.stack([np.ones_like(truth), truth - centre], axis=1)
    regression = Regression.of(judgement - centre, x, factors=factors)
    return TruthAndBias(
        directional_bias=regression.estimate(1.0, 0.0),
        truth_force=regression.estimate(0.0, 1.0),
        centre=centre,
        regression=regression,
    )
