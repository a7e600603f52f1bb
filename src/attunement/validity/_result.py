"""What a validation found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from attunement.tables import Role
from attunement.validity._agreement import Agreement, Difference
from attunement.validity._corrective import CorrectiveSignal
from attunement.validity._intervals import EstimateError
from attunement.validity._known_groups import KnownGroup
from attunement.validity._material import Joined
from attunement.validity._options import SMALL_SAMPLE, ValidityOptions
from attunement.validity._pooling import PoolingName
from attunement.validity._scales import ScaleMatrix
from attunement.validity._turn_level import TurnLevel
from attunement.validity._wording import counted

ByScale = Mapping[str, Agreement]


@dataclass(frozen=True, slots=True)
class View:
    """One side's ratings held against what is inferred from one side's words.

    Attributes
    ----------
    rated, inferred : str
        "patient-rated", "inferred-therapist" and so on.
    session, session_length_out : Mapping of str to Agreement
        By rated scale; as they are, and with that side's words and turns partialled out.
    """

    rated: str
    inferred: str
    session: ByScale
    session_length_out: ByScale


@dataclass(frozen=True, slots=True)
class EstimatorValidity:
    """Every figure of one estimator, by rated scale.

    Attributes
    ----------
    estimator : str
        Whose.
    inferred : str
        What it says, as everywhere: inferred-patient; judged-patient of a language model's answers.
    pooling : PoolingName or None
        How its turns became the session's score; None where it gives the session one estimate.
    session : Mapping of str to Agreement
        At session level, as they are.
    session_length_out : Mapping of str to Agreement
        That side's words and number of turns partialled out.
    session_position_out : Mapping of str to Agreement
        Each turn's score less the corpus's mean at that tenth of the session.
    session_sentiment_out : Mapping of str to Agreement
        The sentiment of that side's turns partialled out; empty where it is not given.
    session_without_closing : Mapping of str to Agreement
        Each session ended before the patient's last turns.
    within_patient, between_patients : Mapping of str to Agreement
        Centred within patients; patients' means.
    turn : TurnLevel
        Within sessions.
    known_groups : Mapping of str to KnownGroup
        By group.
    baselines : Mapping of str to Mapping of str to Difference
        By baseline and scale.
    poolings : Mapping of str to Mapping of str to Agreement
        By pooling and scale; the first scale only.
    scales_matrix : ScaleMatrix
        Convergent against discriminant.
    intervals : Mapping of str to EstimateError
        Of estimates on the questionnaire's scale.
    corrective_signal : Mapping of str to CorrectiveSignal
        Where both sides rated.
    views : sequence of View
        The other sides' ratings and words.
    """

    estimator: str
    inferred: str
    pooling: PoolingName | None
    session: ByScale
    session_length_out: ByScale
    session_position_out: ByScale
    session_sentiment_out: ByScale
    session_without_closing: ByScale
    within_patient: ByScale
    between_patients: ByScale
    turn: TurnLevel
    known_groups: Mapping[str, KnownGroup]
    baselines: Mapping[str, Mapping[str, Difference]]
    poolings: Mapping[str, ByScale]
    scales_matrix: ScaleMatrix
    intervals: Mapping[str, EstimateError]
    corrective_signal: Mapping[str, CorrectiveSignal]
    views: Sequence[View]


@dataclass(frozen=True, slots=True)
class ValidityResult:
    """Everything a validation found.

    Attributes
    ----------
    main : EstimatorValidity
        The estimator in question.
    others : sequence of EstimatorValidity
        The others, in the order of the scores.
    rater : str
        Whose ratings.
    side : {"patient", "therapist"}
        Whose words they are held against.
    scales : sequence of str
        The rated scales, the one that is headlined first.
    joined : Joined
        What was joined and what was not.
    warnings : sequence of str
        What a reader must know of the data.
    points : DataFrame
        inferred, rated: one row a session with both, of the first scale. No ids.
    learning_curve : DataFrame or None
        As it was given.
    clusters : str
        What was drawn again: patients, sessions, or patients and single sessions.
    options : ValidityOptions
        How it was computed.
    """

    main: EstimatorValidity
    others: Sequence[EstimatorValidity]
    rater: str
    side: Role
    scales: Sequence[str]
    joined: Joined
    warnings: Sequence[str]
    points: pl.DataFrame
    learning_curve: pl.DataFrame | None
    clusters: str
    options: ValidityOptions

    @property
    def rated(self) -> str:
        """Name the ratings, as everywhere."""
        return rated_name(self.rater)

    @property
    def inferred(self) -> str:
        """Name what they are held against, as everywhere."""
        return inferred_name(self.side)

    @property
    def headline(self) -> Agreement:
        """Give the session-level figure of the first scale, if enough sessions carry it."""
        if not self.scales:
            return Agreement.none("no whole session is rated")
        found = self.main.session[self.scales[0]]
        if found.reason is None and found.n < SMALL_SAMPLE:
            return Agreement.none(
                f"{counted(found.n, 'rated session')}, too few for a headline; it takes "
                f"{SMALL_SAMPLE}",
                n=found.n,
                patients=found.patients,
            )
        return found


def rated_name(rater: str) -> str:
    """Name a rater's ratings."""
    return f"{rater}-rated"


def inferred_name(side: Role) -> str:
    """Name what is inferred from one side's words."""
    return f"inferred-{side}"
