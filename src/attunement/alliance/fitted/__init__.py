"""The fitted estimator: ratings estimated on the questionnaire's own scale, with intervals."""

from attunement.alliance.fitted._calibration import Knot, half_width
from attunement.alliance.fitted._curve import CURVE_SCHEMA, learning_curve, sizes
from attunement.alliance.fitted._fit import (
    FEWEST_PATIENTS,
    FEWEST_SESSIONS,
    LEVEL,
    CrossFitted,
    Rated,
    cross_estimates,
    cross_fit,
    fit_model,
    rated_sessions,
    steps_of,
)
from attunement.alliance.fitted._folder import load_model, save_model
from attunement.alliance.fitted._material import Material, gather
from attunement.alliance.fitted._model import Estimated, FittedModel, HeldOut, ScaleModel
from attunement.alliance.fitted._scoring import RUNNING_SCHEMA, EstimatedChunk, FittedScorer

__all__ = [
    "CURVE_SCHEMA",
    "FEWEST_PATIENTS",
    "FEWEST_SESSIONS",
    "LEVEL",
    "RUNNING_SCHEMA",
    "CrossFitted",
    "Estimated",
    "EstimatedChunk",
    "FittedModel",
    "FittedScorer",
    "HeldOut",
    "Knot",
    "Material",
    "Rated",
    "ScaleModel",
    "cross_estimates",
    "cross_fit",
    "fit_model",
    "gather",
    "half_width",
    "learning_curve",
    "load_model",
    "rated_sessions",
    "save_model",
    "sizes",
    "steps_of",
]
