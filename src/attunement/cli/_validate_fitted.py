"""The fitted estimator in `attunement validate`: a model's estimates, or cross-fitted ones."""

from __future__ import annotations

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
    cross_estimates,
    cross_fit,
    learning_curve,
    rated_sessions,
    steps_of,
)
from attunement.cli._progress import progress_bar
from attunement.cli._rated import joined_ratings, seen_before
from attunement.embedding import Encoder
from attunement.errors import DataError
from attunement.tables import ALLIANCE


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

    Attributes
    ----------
    notes : list of str
        What the reader must know.
    """

    def __init__(
        self, *, encoder: Encoder, model: FittedModel | None, crossed: bool, curve: bool
    ) -> None:
        self.notes: list[str] = []
        self._scorer = (
            FittedScorer(model=model, encoder=encoder, running=True) if model is not None else None
        )
        self._crossed = crossed
        self._curve = curve
        self._gathering = Gathering(encoder) if crossed or curve else None
        self._found: list[pl.DataFrame] = []
        self._seen = 0

    def take(self, chunk: EmbeddedChunk) -> list[pl.DataFrame]:
        """Take in some sessions; give the model's running estimates of them, if there is one."""
        if self._gathering is not None:
            self._gathering.add(chunk)
        if self._scorer is None:
            return []
        found = self._scorer.estimate(chunk)
        self._found.append(found.estimates)
        self._seen += found.seen
        return [found.scores] if found.scores is not None else []

    def results(
        self, ratings: pl.DataFrame, *, rater: str, seed: int
    ) -> tuple[pl.DataFrame | None, pl.DataFrame | None]:
        """Give the estimates table and the learning curve, None where not asked for.

        Raises
        ------
        DataError
            Estimates are to be cross-fitted, and too few sessions are rated, or none of these.
        """
        material = self._gathering.material() if self._gathering is not None else None
        estimates = pl.concat(self._found) if self._found else None
        if self._seen:
            told = seen_before(self._seen)
            self.notes.append(f"{told[0].upper()}{told[1:]}")
        if material is not None and self._crossed:
            estimates = _cross_fitted(material, ratings, seed=seed)
            self.notes.append(
                "The fitted estimates are cross-fitted: each session's come from heads fitted on "
                "other patients of this corpus"
            )
        curve = None
        if material is not None and self._curve:
            curve = _learning_curve(material, ratings, rater=rater, seed=seed)
            if curve is None or curve.is_empty():
                self.notes.append(
                    f"No learning curve: it begins with {FEWEST_SESSIONS} rated sessions of "
                    f"{FEWEST_PATIENTS} patients, and takes {FEWEST_LEFT} sessions of others to "
                    "measure on"
                )
        return estimates, curve


def _cross_fitted(material: Material, ratings: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    joined = joined_ratings(ratings, given=None, sessions=material.sessions)
    rated = rated_sessions(material, joined.ratings)
    with progress_bar("Fitting", unit="fits", total=steps_of(rated)) as advance:
        return cross_estimates(material, cross_fit(material, rated, seed=seed, on_fold=advance))


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
