"""Every figure of one estimator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from attunement.statistics import Array
from attunement.tables import ALLIANCE, ROLES, Role
from attunement.validity._agreement import Agreement, Difference, Truth
from attunement.validity._corrective import CorrectiveSignal, corrective_signal
from attunement.validity._inferred import Inferred
from attunement.validity._intervals import EstimateError, estimate_error, estimates_of
from attunement.validity._judged import judged_name, no_error, on_its_scale
from attunement.validity._known_groups import (
    LOW_AGAINST_HIGH,
    Group,
    KnownGroup,
    groups_of,
    known_group,
    rated_low,
)
from attunement.validity._material import SENTIMENT, Material
from attunement.validity._options import ValidityOptions
from attunement.validity._pooling import POOLINGS
from attunement.validity._result import (
    ByScale,
    EstimatorValidity,
    View,
    inferred_name,
    rated_name,
)
from attunement.validity._scales import ScaleMatrix, scale_matrix
from attunement.validity._turn_level import turn_level

COMPASS = "compass"
"""The published estimator."""

LENGTH_ALONE = "length_alone"
"""Heads that were cross-fitted as those of `fitted`, but hear only how much is said, by whom and
when. Words spoken are one count; a head that hears length can make more of it than that."""

BASELINES = (SENTIMENT, COMPASS, LENGTH_ALONE)
"""Estimators that every other is compared with, where their scores are given."""

WORDS_SPOKEN = "words_spoken"
NUMBER_OF_TURNS = "number_of_turns"


@dataclass(frozen=True, slots=True)
class Study:
    """What every estimator is held against.

    Attributes
    ----------
    material : Material
        The tables.
    truths : sequence of Truth
        The ratings by one rater, scale by scale.
    rater : str
        Whose ratings.
    side : {"patient", "therapist"}
        Whose words.
    options : ValidityOptions
        How.
    """

    material: Material
    truths: Sequence[Truth]
    rater: str
    side: Role
    options: ValidityOptions

    def inferred(self, estimator: str, side: Role | None = None) -> Inferred:
        """Give what an estimator says, by default of the side in question.

        A judge's estimates are of the rater's view, which may be an observer's.
        """
        return Inferred.of(
            self.material,
            estimator=estimator,
            side=side or self.side,
            options=self.options,
            perspective=self.rater if estimator in self.material.judged and not side else None,
        )


def estimator_validity(
    study: Study, estimator: str, *, baselines: Mapping[str, Inferred], in_full: bool
) -> EstimatorValidity:
    """Work out an estimator's figures.

    Parameters
    ----------
    study : Study
        What it is held against.
    estimator : str
        Which one.
    baselines : Mapping of str to Inferred
        Those of `BASELINES` there are.
    in_full : bool
        Whether poolings and the other sides' views are wanted too.
    """
    inferred = study.inferred(estimator)
    sentiment = baselines.get(SENTIMENT)
    baselines = {name: one for name, one in baselines.items() if name != estimator}
    truths = study.truths

    return EstimatorValidity(
        estimator=estimator,
        inferred=judged_name(study.rater) if inferred.judged else inferred_name(study.side),
        pooling=study.options.pooling if inferred.pooled else None,
        session={one.target.key: inferred.agreement(one) for one in truths},
        session_length_out={one.target.key: inferred.length_out(one) for one in truths},
        session_position_out={one.target.key: inferred.position_taken_out(one) for one in truths},
        session_sentiment_out=_sentiment_out(study, inferred, sentiment),
        session_without_closing={one.target.key: inferred.closing_left_out(one) for one in truths},
        within_patient={one.target.key: one.within_patients(inferred.score(one)) for one in truths},
        between_patients={
            one.target.key: one.between_patients(inferred.score(one)) for one in truths
        },
        turn=turn_level(
            study.material,
            estimator=estimator,
            rater=study.rater,
            side=study.side,
            options=study.options,
        ),
        known_groups=dict(_known_groups(study, inferred, baselines)),
        baselines=_baselines(study, inferred, baselines),
        poolings=_poolings(study, inferred) if in_full else {},
        scales_matrix=_matrix(study, inferred),
        intervals={one.target.key: _error(study, estimator, one) for one in truths},
        corrective_signal=_signals(study, estimator),
        views=list(_views(study, estimator)) if in_full else [],
    )


def _sentiment_out(
    study: Study, inferred: Inferred, sentiment: Inferred | None
) -> dict[str, Agreement]:
    """Partial out the sentiment of the turns of whoever the score rests on."""
    if sentiment is None:
        return {}
    if inferred.estimator == SENTIMENT:
        nothing = Agreement.none("it is the sentiment itself")
        return {one.target.key: nothing for one in study.truths}
    said = [study.inferred(SENTIMENT, side) for side in inferred.sides]
    return {
        one.target.key: one.agreement(inferred.score(one), *(other.score(one) for other in said))
        for one in study.truths
    }


def _baselines(
    study: Study, inferred: Inferred, baselines: Mapping[str, Inferred]
) -> dict[str, Mapping[str, Difference]]:
    found: dict[str, dict[str, Difference]] = {}
    for truth in study.truths:
        words, turns = truth.length(study.side)
        others: dict[str, Array] = {WORDS_SPOKEN: words, NUMBER_OF_TURNS: turns}
        others |= {name: one.score(truth) for name, one in baselines.items()}
        for name, other in others.items():
            compared = truth.against(inferred.score(truth), other)
            found.setdefault(name, {})[truth.target.key] = compared
    return dict(found)


def _poolings(study: Study, inferred: Inferred) -> dict[str, ByScale]:
    """Try every pooling on the first scale: they answer alike for the others."""
    return {
        name: {one.target.key: inferred.pooled_by(pooling, one) for one in study.truths[:1]}
        for name, pooling in POOLINGS.items()
    }


def _matrix(study: Study, inferred: Inferred) -> ScaleMatrix:
    """Take the instrument with the most scales; the first of several."""
    names = [one.target.instrument for one in study.truths]
    most = max(names, key=names.count, default=None)
    return scale_matrix(inferred, [one for one in study.truths if one.target.instrument == most])


def _known_groups(
    study: Study, inferred: Inferred, baselines: Mapping[str, Inferred]
) -> list[tuple[str, KnownGroup]]:
    groups: list[Group] = list(groups_of(study.material.sessions, study.options.groups))
    if study.truths:
        whole = study.truths[0]
        name = f"{rated_name(study.rater)} {whole.target.key}: {LOW_AGAINST_HIGH}"
        groups.append(rated_low(name, whole.table))
    lengths = [f"{side}_{what}" for side in inferred.sides for what in ("words", "turns")]
    counted = study.material.lengths.select(
        "session_id",
        words=pl.col(f"{study.side}_words"),
        turns=pl.col(f"{study.side}_turns"),
    )
    others = {
        WORDS_SPOKEN: counted.select("session_id", value="words"),
        NUMBER_OF_TURNS: counted.select("session_id", value="turns"),
    }
    others |= {name: _whole(one) for name, one in baselines.items()}
    return [
        (
            group.name,
            known_group(
                study.material,
                group,
                score=_whole(inferred),
                lengths=lengths,
                baselines=others,
                options=study.options,
            ),
        )
        for group in groups
    ]


def _whole(inferred: Inferred) -> pl.DataFrame:
    """Give each session its score on the whole alliance, or the first scale there is."""
    scales = [name for name in inferred.raw.columns if name != "session_id"]
    column = ALLIANCE if ALLIANCE in scales else scales[0]
    return inferred.raw.select("session_id", value=column).drop_nulls()


def _error(study: Study, estimator: str, truth: Truth) -> EstimateError:
    instrument = study.material.judged.get(estimator)
    if not on_its_scale(truth.target, instrument):
        return no_error()
    estimates = estimates_of(
        study.material,
        estimator=estimator,
        perspective=study.side if instrument is None else study.rater,
        scale=truth.target.scale,
    )
    return estimate_error(truth, estimates, level=study.options.interval_level)


def _signals(study: Study, estimator: str) -> dict[str, CorrectiveSignal]:
    """Ask only of patients' ratings: it is the therapist's view that may need correcting."""
    if study.rater != "patient":
        return {}
    found = {}
    for truth in study.truths:
        target = truth.target
        therapist = study.material.whole.filter(
            rater="therapist", instrument=target.instrument, scale=target.scale
        ).select("session_id", rating="value")
        found[target.key] = corrective_signal(
            truth,
            estimates_of(
                study.material, estimator=estimator, perspective="patient", scale=target.scale
            ),
            therapist,
            notable=study.options.notable_difference,
        )
    return found


def _views(study: Study, estimator: str) -> list[View]:
    """Hold each side's ratings against each side's words, but for the pair in question."""
    views = []
    for rater in ROLES:
        targets = study.material.targets(rater)
        truths = (
            study.truths
            if rater == study.rater
            else [Truth.of(study.material, one, study.options) for one in targets]
        )
        truths = [one for one in truths if one.varies]
        for side in ROLES:
            if not truths or (rater, side) == (study.rater, study.side):
                continue
            inferred = study.inferred(estimator, side)
            views.append(
                View(
                    rated=rated_name(rater),
                    inferred=inferred_name(side),
                    session={one.target.key: inferred.agreement(one) for one in truths},
                    session_length_out={one.target.key: inferred.length_out(one) for one in truths},
                )
            )
    return views
