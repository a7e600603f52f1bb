"""The therapist's own rating beside what was inferred from the patient's language.

It is the first one that counts: later ones were given with the figures in sight. On a common scale,
with a model fitted on the same questionnaire, one is held against the other. Otherwise nothing is
subtracted: it is said where the session lies among this therapist's sessions by the one, and where
by the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from attunement import wire
from attunement.alliance.fitted import FittedModel, FittedScorer, corrective_signal
from attunement.live import Estimate, Listener
from attunement.tables import RATINGS
from attunement.transcripts import Session, Turn
from attunement.web.sessions._forms import ALLIANCE_FORMS, measure_of
from attunement.web.sessions._places import by_chance, place_among
from attunement.web.sessions._signal import note
from attunement.web.sessions._views import RatingView, SessionView

FEWEST_OTHERS = 10
"""Among fewer sessions two places lie far apart by chance alone."""

_RATED = ("session_id", "turn", "rater", "instrument", "scale", "value")


@dataclass(frozen=True, slots=True)
class RatedSession:
    """One of a therapist's sessions, and the ratings of it."""

    session: SessionView
    ratings: Sequence[RatingView]


def compare(
    this: RatedSession,
    *,
    others: Sequence[RatedSession],
    turns: Sequence[Turn],
    listener: Listener,
    comparable: bool,
) -> wire.Comparison:
    """Put the two beside each other.

    Parameters
    ----------
    this : RatedSession
        The session.
    others : sequence of RatedSession
        The same therapist's other sessions.
    turns : sequence of Turn
        What was said in this session.
    listener : Listener
        What hears sessions now.
    comparable : bool
        Whether this session was heard with it.
    """
    own = [one for one in this.ratings if one.rater == "therapist"]
    held = (
        _on_one_scale(this, own, turns=turns, listener=listener, model=listener.model)
        if listener.model is not None and comparable and own
        else []
    )
    on_one_scale = {(one.instrument, one.scale) for one in held}
    rest = [
        _placed(this, others, rating=one)
        for one in own
        if (one.instrument, one.scale) not in on_one_scale
    ]
    beside = tuple(one for one in rest if isinstance(one, wire.SideBySide))
    return wire.Comparison(
        session_id=this.session.id,
        on_common_scale=bool(held),
        on_one_scale=tuple(held),
        side_by_side=beside,
        without_place=tuple(one for one in rest if isinstance(one, wire.WithoutPlace)),
        missing=None if held or beside else _missing(this, own),
        note=note(),
    )


def _on_one_scale(
    this: RatedSession,
    own: Sequence[RatingView],
    *,
    turns: Sequence[Turn],
    listener: Listener,
    model: FittedModel,
) -> list[wire.OnOneScale]:
    session = Session(session_id=this.session.id, turns=tuple(turns))
    scorer = FittedScorer(model=model, encoder=listener.encoder)
    instruments = {
        one.scale: one.instrument for one in model.scales if one.perspective == "patient"
    }
    ratings = pl.DataFrame(
        [
            (this.session.id, None, one.rater, one.instrument, one.scale, one.first_value)
            for one in own
        ],
        schema=pl.Schema({name: RATINGS.columns[name] for name in _RATED}),
        orient="row",
    )
    seen_before = {(one.instrument, one.scale): one.seen_before for one in own}
    return [
        wire.OnOneScale.model_validate(
            {**row, "seen_before": seen_before[row["instrument"], row["scale"]]}
        )
        for chunk in scorer.stream([session])
        for row in corrective_signal(chunk.estimates, ratings, instruments=instruments).rows(
            named=True
        )
    ]


def _placed(
    this: RatedSession, others: Sequence[RatedSession], *, rating: RatingView
) -> wire.SideBySide | wire.WithoutPlace:
    """Find this session's place among the others that have both, or say why it has none."""
    instrument, scale = rating.instrument, rating.scale

    def without(reason: str) -> wire.WithoutPlace:
        return wire.WithoutPlace(instrument=instrument, scale=scale, reason=reason)

    measure = measure_of(instrument, scale)
    if measure is None:
        return without(
            "Nothing inferred is of the same: it can be put beside task, bond, goal and total of "
            f"{', '.join(ALLIANCE_FORMS)}."
        )
    last, inferred = this.session.last, _inferred(this.session, measure)
    if last is None or inferred is None:
        return without("Nothing was heard of the patient yet.")
    both = [
        (one.first_value, heard)
        for other in others
        if other.session.estimator == this.session.estimator
        and other.session.fictional == this.session.fictional
        and (heard := _inferred(other.session, measure)) is not None
        for one in other.ratings
        if (one.rater, one.instrument, one.scale) == ("therapist", instrument, scale)
    ]
    if len(both) < FEWEST_OTHERS:
        return without(
            f"A place needs at least {FEWEST_OTHERS} other sessions of the same therapist, rated "
            f"on the same form and heard with the same model; there are {len(both)}."
        )
    rated, heard_in = [one for one, _ in both], [one for _, one in both]
    by_rating = place_among(rating.first_value, rated, unit=f"{instrument}, {scale}")
    by_language = place_among(inferred, heard_in, unit=last.unit)
    chance = by_chance([rating.first_value, *rated], [inferred, *heard_in])
    return wire.SideBySide(
        instrument=instrument,
        scale=scale,
        seen_before=rating.seen_before,
        therapist_rated=by_rating,
        inferred_patient=by_language,
        chance=chance,
        summary=(
            f"Of {by_rating.others} other sessions, {_spread(by_rating)} by the therapist's own "
            f"rating, and {_spread(by_language)} by what the patient's language suggests. "
            f"{_by_chance(chance)} The two are not on one scale, and are not subtracted."
        ),
    )


def _inferred(session: SessionView, measure: str) -> float | None:
    last = session.last
    found: Estimate | None = None if last is None else getattr(last.patient, measure)
    return None if found is None else found.value


def _spread(place: wire.Place) -> str:
    return f"{place.lower} are lower, {place.equal} equal and {place.higher} higher"


def _by_chance(chance: float) -> str:
    return (
        f"Places as far apart as these, or farther, come in about {round(100 * chance)} of 100 "
        "sessions where rating and language have nothing to do with each other."
    )


def _missing(this: RatedSession, own: Sequence[RatingView]) -> str:
    if not own:
        return "The therapist has not rated this session yet. Rate it first."
    if this.session.last is None or this.session.last.patient.alliance is None:
        return "Nothing was heard of the patient yet."
    return (
        f"A place needs at least {FEWEST_OTHERS} other sessions of the same therapist, rated on "
        "the same form of the alliance and heard with the same model. Rate more sessions."
    )
