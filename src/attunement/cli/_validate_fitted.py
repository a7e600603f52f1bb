"""The fitted estimator in `attunement validate`: a model's estimates, or cross-fitted ones."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from attunement.alliance import EmbeddedChunk
from attunement.alliance.fitted import (
    FEWEST_LEFT,
    FEWEST_PATIENTS,
    FEWEST_SESSIONS,
    FittedModel,
    FittedScorer,
    Gathering,
    Material,
    cross_closing,
    cross_estimates,
    cross_fit,
    cross_steps,
    learning_curve,
    rated_sessions,
)
from attunement.cli._progress import progress_bar
from attunement.cli._rated import counted, joined_ratings, learnable, met_before
from attunement.embedding import Encoder
from attunement.errors import DataError
from attunement.instruments.questionnaires import Instrument
from attunement.tables import ALLIANCE
from attunement.validity import LENGTH_ALONE


@dataclass(frozen=True, slots=True)
class Learned:
    """What the fitted estimator says of a corpus, None where it was not asked.

    Attributes
    ----------
    estimates : DataFrame or None
        With the schema of ESTIMATES; cross-fitted ones also with `mean_of_others`, and beside them
        those of heads that hear length alone.
    closing : DataFrame or None
        Cross-fitted estimates of sessions ended before their closing, as rows of scores.
    curve : DataFrame or None
        The learning curve.
    """

    estimates: pl.DataFrame | None
    closing: pl.DataFrame | None
    curve: pl.DataFrame | None


class Learning:
    """Takes in a corpus as it is scored, and gives what the fitted estimator says of it.

    Parameters
    ----------
    encoder : Encoder
        What embeds the turns.
    model : FittedModel, optional
        A model to apply.
    crossed : bool
        Whether to cross-fit estimates on the corpus itself.
    curve : bool
        Whether a learning curve is wanted.
    own : Instrument, optional
        A questionnaire of the user's own, whose range is known beside those that ship.

    Attributes
    ----------
    notes : list of str
        What the reader must know.
    """

    def __init__(
        self,
        *,
        encoder: Encoder,
        model: FittedModel | None,
        crossed: bool,
        curve: bool,
        own: Instrument | None = None,
    ) -> None:
        self.notes: list[str] = []
        self._scorer = (
            FittedScorer(model=model, encoder=encoder, running=True) if model is not None else None
        )
        self._crossed = crossed
        self._curve = curve
        self._gathering = Gathering(encoder) if crossed or curve else None
        self._found: list[pl.DataFrame] = []
        self._seen: list[str] = []
        self._met = 0
        self._model = model
        self._own = own

    def take(self, chunk: EmbeddedChunk) -> list[pl.DataFrame]:
        """Take in some sessions; give the model's running estimates of them, if there is one."""
        if self._gathering is not None:
            self._gathering.add(chunk)
        if self._scorer is None:
            return []
        found = self._scorer.estimate(chunk)
        self._seen += found.seen
        self._met += len(found.of_known_patients)
        unseen = ~pl.col("session_id").is_in(found.seen)
        self._found.append(found.estimates.filter(unseen))
        return [found.scores.filter(unseen)] if found.scores is not None else []

    def results(self, ratings: pl.DataFrame, *, rater: str, seed: int) -> Learned:
        """Give the estimates and the learning curve.

        Raises
        ------
        DataError
            Estimates are to be cross-fitted, and too few sessions are rated, or none of these; or
            a model was fitted on all the sessions, or on another questionnaire.
        """
        material = self._gathering.material() if self._gathering is not None else None
        estimates = pl.concat(self._found) if self._found else None
        closing = None
        if self._model is not None and estimates is not None:
            self._check(self._model, estimates, ratings, rater=rater)
        if material is not None and self._crossed:
            estimates, closing = _cross_fitted(material, ratings, own=self._own, seed=seed)
            self.notes.append(_crossed_on(material))
        curve = None
        if material is not None and self._curve:
            curve = _learning_curve(material, ratings, rater=rater, seed=seed)
            if curve is None or curve.is_empty():
                self.notes.append(
                    f"No learning curve: it begins with {FEWEST_SESSIONS} rated sessions of "
                    f"{FEWEST_PATIENTS} patients, and takes {FEWEST_LEFT} sessions of others to "
                    "measure on"
                )
            elif material.sessions["patient_id"].null_count():
                self.notes.append(
                    "The learning curve takes a session that names no patient for one of a patient "
                    "of its own; where it is not, the curve is too good"
                )
        return Learned(estimates=estimates, closing=closing, curve=curve)

    def _check(
        self, model: FittedModel, estimates: pl.DataFrame, ratings: pl.DataFrame, *, rater: str
    ) -> None:
        if self._seen and estimates.is_empty():
            raise DataError(
                f"the model was fitted on all {counted(self._seen)}, so their agreement would "
                "show nothing",
                mend="Give sessions it has not seen, or leave --fitted out: `-e fitted` fits on "
                "these and leaves each patient out in turn",
                field="--fitted",
            )
        if self._seen:
            self.notes.append(
                f"left out of the model's figures: {counted(self._seen)} that it was fitted on"
            )
        if self._met:
            self.notes.append(
                f"{met_before(self._met)}. For those, let `-e fitted` leave each patient out in "
                "turn, or give sessions of other patients"
            )
        rated = ratings.filter(pl.col("rater") == rater, pl.col("turn").is_null())
        for one in model.scales:
            given = rated.filter(pl.col("scale") == one.scale)["instrument"].unique().to_list()
            if one.perspective == rater and given and one.instrument not in given:
                raise DataError(
                    f"the model estimates {one.scale} of {one.instrument!r}, and the ratings are "
                    f"of {given[0]!r}: their numbers do not compare",
                    mend="Give ratings of the questionnaire it was fitted on, and if it is the "
                    "same one, call it the same",
                    field="instrument",
                )


def _cross_fitted(
    material: Material, ratings: pl.DataFrame, *, own: Instrument | None, seed: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    joined = joined_ratings(ratings, given=None, sessions=material.sessions, own=own)
    rated = learnable(material, joined.ratings, elsewhere=joined.elsewhere, own=own)
    with progress_bar("Fitting", unit="fits", total=2 * cross_steps(rated)) as advance:
        crossed = cross_fit(material, rated, seed=seed, on_fold=advance)
        lengths = cross_fit(material, rated, seed=seed, kinds=("length",), on_fold=advance)
    estimates = [
        cross_estimates(material, crossed),
        cross_estimates(material, lengths, name=LENGTH_ALONE),
    ]
    return pl.concat(estimates), cross_closing(material, crossed)


def _crossed_on(material: Material) -> str:
    """Say whom the heads had no part in: patients, or sessions that may be of one patient."""
    said = "The fitted estimates are cross-fitted: each session's come from heads fitted on other"
    unknown = material.sessions["patient_id"].null_count()
    if not unknown:
        return f"{said} patients of this corpus"
    if unknown == material.sessions.height:
        return (
            f"{said} sessions of this corpus. Patients are unknown: where one has several "
            "sessions, heads may have been fitted on some and measured on others, and the figures "
            "are too good"
        )
    return (
        f"{said} patients of this corpus, as far as patients are known: {unknown:,} of "
        f"{material.sessions.height:,} sessions name none, and each counts as a patient of its "
        "own. Where they are of patients who have other sessions here, the figures are too good"
    )


def _learning_curve(
    material: Material, ratings: pl.DataFrame, *, rater: str, seed: int
) -> pl.DataFrame | None:
    """Draw the curve of the rater's overall scale, or of the first there is."""
    try:
        rated = rated_sessions(material, ratings.filter(pl.col("rater") == rater))
    except DataError:
        return None
    whole = [one for one in rated if one.scale == ALLIANCE] or rated
    with progress_bar("Learning curve", unit="fits", total=None) as advance:
        return learning_curve(material, whole[0], seed=seed, on_step=advance)
