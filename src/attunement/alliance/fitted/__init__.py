"""The fitted estimator: ratings estimated on the questionnaire's own scale, with intervals."""

from attunement.alliance.fitted._calibration import Knot, half_width
from attunement.alliance.fitted._cross import (
    LEVEL,
    CrossFitted,
    cross_estimates,
    cross_fit,
    cross_steps,
)
from attunement.alliance.fitted._curve import CURVE_SCHEMA, FEWEST_LEFT, learning_curve, sizes
from attunement.alliance.fitted._direction import zero_shot_agreement
from attunement.alliance.fitted._early import cross_closing
from attunement.alliance.fitted._features import SessionSoFar
from attunement.alliance.fitted._fit import fit_model, steps_of
from attunement.alliance.fitted._folder import load_model, refuse_foreign, save_model
from attunement.alliance.fitted._material import Gathering, Material, gather, session_turns
from attunement.alliance.fitted._model import Estimated, FittedModel, HeldOut, ScaleModel
from attunement.alliance.fitted._rated import (
    FEWEST_PATIENTS,
    FEWEST_SESSIONS,
    Rated,
    rated_sessions,
)
from attunement.alliance.fitted._scoring import (
    RUNNING_SCHEMA,
    EstimatedChunk,
    FittedScorer,
    place_of,
)
from attunement.alliance.fitted._signal import corrective_signal
from attunement.alliance.fitted._signals import Hearing, SpokenTurns, spoken_turns

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
    "Hearing",
    "HeldOut",
    "Knot",
    "Material",
    "Rated",
    "ScaleModel",
    "SessionSoFar",
    "SpokenTurns",
    "corrective_signal",
    "cross_closing",
    "cross_estimates",
    "cross_fit",
    "cross_steps",
    "fit_model",
    "gather",
    "half_width",
    "learning_curve",
    "load_model",
    "place_of",
    "rated_sessions",
    "refuse_foreign",
    "save_model",
    "session_turns",
    "sizes",
    "spoken_turns",
    "steps_of",
    "zero_shot_agreement",
]
