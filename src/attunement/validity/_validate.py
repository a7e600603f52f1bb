"""How well an estimator's scores agree with ratings: all figures, and what to know of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import polars as pl

from attunement.errors import DataError, UsageError
from attunement.tables import Role
from attunement.validity._agreement import Truth, known
from attunement.validity._corrective import out_of_reach
from attunement.validity._figures import BASELINES, Study, estimator_validity
from attunement.validity._judged import left_out, of_perspective
from attunement.validity._material import Material, joined, material_of
from attunement.validity._options import FEW_CLUSTERS, ValidityOptions
from attunement.validity._result import EstimatorValidity, ValidityResult
from attunement.validity._wording import counted


def validate(
    *,
    scores: pl.DataFrame,
    sessions: pl.DataFrame,
    ratings: pl.DataFrame,
    turns: pl.DataFrame | None = None,
    estimates: pl.DataFrame | None = None,
    judged: Mapping[str, str] | None = None,
    estimator: str | None = None,
    rater: str = "patient",
    learning_curve: pl.DataFrame | None = None,
    options: ValidityOptions | None = None,
) -> ValidityResult:
    """Hold scores, and estimates where there are any, against ratings.

    Parameters
    ----------
    scores : DataFrame
        `attunement.tables.SCORES`, of one estimator or several; without `words`, give `turns`.
    sessions : DataFrame
        `attunement.tables.SESSIONS`, with the user's own columns.
    ratings : DataFrame
        `attunement.tables.RATINGS`; those of single turns are held against turn scores.
    turns : DataFrame, optional
        session_id, turn, role, time, words: every turn, for length and closing. By default the
        scored turns.
    estimates : DataFrame, optional
        `attunement.tables.ESTIMATES`, of estimators whose session value is no mean of turns.
    judged : Mapping of str to str, optional
        Which of them are language models' judgements: the estimator, and the instrument it filled
        in. A judge is held against the ratings of the perspective it answered as, an observer's
        too; its errors are given only where it filled in the questionnaire that was rated.
    estimator : str, optional
        The one in question; by default the first.
    rater : {"patient", "therapist", "observer"}
        Whose ratings. A side's ratings are held against what is inferred from that side's own
        words, an observer's against the patient's; the other pairs are in `views`.
    learning_curve : DataFrame, optional
        Carried through to the result.
    options : ValidityOptions, optional
        Draws, seed, pooling, groups.

    Returns
    -------
    ValidityResult

    Raises
    ------
    DataError
        Nothing is rated by this rater, no rating names a session of the corpus, no rated session
        is scored, two rows rate the same, or all ratings of every scale are equal.
    UsageError
        There is no such estimator, or no such group.
    """
    options = options or ValidityOptions()
    material = material_of(
        scores=scores,
        sessions=sessions,
        ratings=ratings,
        turns=turns,
        estimates=of_perspective(estimates, judged or {}, rater=rater),
        judged=judged or {},
    )
    side: Role = "therapist" if rater == "therapist" else "patient"
    names = _estimators(material, first=estimator)
    counts = joined(material, rater=rater, side=side)
    if not counts.ratings and not counts.turn_ratings:
        raise _nobody_rated(material, rater)
    truths, equal = _truths(material, rater, options)
    study = Study(material, truths, rater, side, options)
    baselines = {name: study.inferred(name) for name in BASELINES if name in names}
    found = [
        estimator_validity(study, name, baselines=baselines, in_full=name == names[0])
        for name in names
    ]
    result = ValidityResult(
        main=found[0],
        others=found[1:],
        rater=rater,
        side=side,
        scales=[one.target.key for one in truths],
        joined=counts,
        warnings=(),
        points=_points(study, names[0]),
        learning_curve=learning_curve,
        clusters=_drawn(material),
        options=options,
    )
    told = (*_warnings(result, truths), *left_out(estimates, material.judged, rater=rater))
    return replace(result, warnings=(*equal, *told, *_uncounted(material)))


def _estimators(material: Material, *, first: str | None) -> list[str]:
    """List the estimators there are, the one in question first."""
    names = pl.concat([material.scores["estimator"], material.estimates["estimator"]])
    found: list[str] = names.unique(maintain_order=True).to_list()
    if not found:
        raise DataError(
            "no session has a score, so there is nothing to hold against the ratings",
            mend="Run `attunement check` on the same paths to see what was read",
        )
    if first is None:
        return found
    if first not in found:
        raise UsageError(
            f'there are no scores of "{first}"',
            mend=f"Name one of: {', '.join(found)}",
            field="estimator",
        )
    return [first, *(name for name in found if name != first)]


def _truths(
    material: Material, rater: str, options: ValidityOptions
) -> tuple[list[Truth], list[str]]:
    """Gather a rater's scales; those on which all ratings are equal are left out and told."""
    found = [Truth.of(material, target, options) for target in material.targets(rater)]
    varying = [one for one in found if one.varies]
    equal = [
        f"All {one.table.height} ratings of {one.target.key} by the {rater} are "
        f"{one.table['rating'][0]:g}: nothing can agree with what does not vary"
        for one in found
        if not one.varies
    ]
    if equal and not varying:
        raise DataError(
            equal[0],
            mend="Check the column the ratings were read from",
            field="value",
        )
    return varying, [f"{said}, so the scale is left out." for said in equal]


def _uncounted(material: Material) -> Iterator[str]:
    n = material.turns["words"].null_count()
    if n:
        yield (
            f"The words of {n} turns were not counted: taking length out takes out the number of "
            "turns, and words only where they are known."
        )


def _nobody_rated(material: Material, rater: str) -> DataError:
    rated = pl.concat([material.whole["rater"], material.of_turns["rater"]])
    others = " and ".join(rated.unique(maintain_order=True))
    return DataError(
        f"no {rater} rated a session or turn of this corpus; its ratings are by: {others}",
        mend=f"Ask for another rater's view, or give the {rater}s' ratings",
        field="rater",
    )


def _points(study: Study, estimator: str) -> pl.DataFrame:
    """Give score and rating of each session with both, for a picture: no ids."""
    if not study.truths:
        return pl.DataFrame(schema={"inferred": pl.Float64, "rated": pl.Float64})
    truth = study.truths[0]
    score = study.inferred(estimator).score(truth)
    rows = known(score)
    return pl.DataFrame({"inferred": score[rows], "rated": truth.rating[rows]})


def _drawn(material: Material) -> str:
    unknown = material.sessions["patient_id"].null_count()
    if unknown == 0:
        return "patients"
    if unknown == material.sessions.height:
        return "sessions"
    return "patients, and sessions whose patient is unknown"


def _warnings(result: ValidityResult, truths: Sequence[Truth]) -> Iterator[str]:
    counts = result.joined
    if n := counts.ratings_unmatched:
        yield (
            f"Left out: {counted(n, 'rating', of=' of whole sessions')} under ids that no session "
            "of this corpus has."
        )
    if n := counts.turn_ratings_unmatched:
        yield (
            f"Left out: {counted(n, 'rating', of=' of turns')} where the {result.side} has no turn "
            "in this corpus."
        )
    yield from _reversed(result)
    for truth in truths:
        n = result.main.session[truth.target.key].n
        if n < truth.table.height:
            yield (
                f"{truth.table.height - n} of {truth.table.height} sessions rated on "
                f"{truth.target.key} have no score ({_why_unscored(result)}), and are left out."
            )
    for one in result.others:
        if one.inferred != result.inferred:
            yield from _unjudged(one, truths)
    for scale, figure in result.main.turn.raw.items():
        alone = counts.turn_ratings - figure.n
        if len(result.main.turn.raw) == 1 and alone:
            yield (
                f"{alone} of {counts.turn_ratings} rated turns are left out of {scale} within "
                "sessions: nothing else in their session is rated, or they have no score."
            )
    if truths and result.headline.reason:
        yield f"No headline: {result.headline.reason}."
    for scale, signal in result.main.corrective_signal.items():
        yield from out_of_reach(scale, signal)
    if counts.sessions_without_patient:
        if counts.patients is None:
            yield (
                "No patient is named: sessions are drawn again as if each had a patient of its "
                "own, so intervals are too narrow where patients come more than once."
            )
        else:
            yield (
                f"{counted(counts.sessions_without_patient, 'rated session')} without a patient's "
                "id; each is drawn as if it had one of its own."
            )
    fewest = min((one.resampling.clusters for one in truths), default=FEW_CLUSTERS)
    if fewest < FEW_CLUSTERS:
        drawn = result.clusters if fewest > 1 else result.clusters.removesuffix("s")
        yield (
            f"The figures rest on {fewest} {drawn} only: intervals from drawing them again are too "
            "narrow."
        )
    for name, group in result.main.known_groups.items():
        if group.rare and group.auc.value is not None:
            yield (
                f"{name}: the smaller side has "
                f"{counted(min(group.n_group, group.n_rest), 'session')}; its "
                "AUC is no more than a hint."
            )


def _reversed(result: ValidityResult) -> Iterator[str]:
    """Name the scales whose ratings fall where the scores rise."""
    scales = [
        scale
        for scale, found in result.main.session.items()
        if found.spearman.high is not None and found.spearman.high < 0
    ]
    if scales:
        yield (
            f"Ratings of {', '.join(scales)} run against what {result.main.estimator} infers: do "
            "high values mean a weak alliance there, or were forms scored the wrong way round?"
        )


def _unjudged(one: EstimatorValidity, truths: Sequence[Truth]) -> Iterator[str]:
    """Count the sessions that a judge did not score, where its figures are of the others."""
    for truth in truths[:1]:
        n = one.session[truth.target.key].n
        if n < truth.table.height:
            yield (
                f"{truth.table.height - n} of {truth.table.height} sessions rated on "
                f"{truth.target.key} have no score by {one.estimator}: its figures are of the "
                "others, which need not be like them."
            )


def _why_unscored(result: ValidityResult) -> str:
    if result.main.pooling is None:
        return "no estimate"
    if result.main.pooling == "last_quarter":
        return f"the {result.side} says nothing in the last quarter"
    return f"no turn of the {result.side}'s counts"
