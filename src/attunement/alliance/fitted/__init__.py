"""The fitted estimator: ratings estimated on the questionnaire's own scale, with intervals."""

from attunement.alliance.fitted._calibration import Knot, half_width
from attunement.alliance.fitted._cross import (
    LEVEL,
    CrossFitted,
    cross_closing,
    cross_estimates,
    cross_fit,
)
from attunement.alliance.fitted._curve import CURVE_SCHEMA, FEWEST_LEFT, learning_curve, sizes
from attunement.alliance.fitted._fit import fit_model, steps_of
from attunement.alliance.fitted._folder import load_model, refuse_foreign, save_model
from attunement.alliance.fitted._material import Gathering, Material, gather
from attunement.alliance.fitted._model import Estimated, FittedModel, HeldOut, ScaleModel
from attunement.alliance.fitted._rated import (
    FEWEST_PATIENTS,
    FEWEST_SESSIONS,
    Rated,
    rated_sessions,
)
from attunement.alliance.fitted._scoring import RUNNING_SCHEMA, EstimatedChunk, FittedScorer
from attunement.alliance.fitted._signal import corrective_signal

__all__ = [
    "CURVE_SCHEMA",
    "FEWEST_LEFT",
    "FEWEST_PATIENTS",
    "FEWEST_SESSIONS",
    "LEVEL",
    "RUNNING_SCHEMA",
    "CrossFitted",
    "Estimated",
    "EstimatedChunk",
    "FittedModel",
    "FittedScorer",
    "Gathering",
    "HeldOut",
    "Knot",
    "Material",
    "Rated",
    "ScaleModel",
    "corrective_signal",
    "cross_closing",
    "cross_estimates",
    "cross_fit",
    "fit_model",
    "gather",
    "half_width",
    "learning_curve",
    "load_model",
    "rated_sessions",
    "refuse_foreign",
    "save_model",
    "sizes",
    "steps_of",
]
