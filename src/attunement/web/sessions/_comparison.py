"""The therapist's own rating beside what was inferred from the patient's language.

On a common scale, with a model fitted on the same questionnaire, one is held against the other.
Otherwise nothing is subtracted: it is said where the session lies among this therapist's sessions
by the one, and where by the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from attunement import wire
from attunement.alliance.fitted import FittedModel, FittedScorer, corrective_signal
from attunement.live import Listener, State
from attunement.tables import ALLIANCE, MEASURES, RATINGS
from attunement.transcripts import Session, Turn
from attunement.web.sessions._signal import note
from attunement.web.sessions._views import RatingView, SessionView

FEWEST_OTHERS = 4
"""A place among fewer sessions says nothing."""


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
    own = {
        (one.instrument, one.scale): one.value for one in this.ratings if one.rater == "therapist"
    }
    held = (
        _on_one_scale(this, turns=turns, listener=listener, model=listener.model)
        if listener.model is not None and comparable and own
        else ()
    )
    on_one_scale = {(one.instrument, one.scale) for one in held}
    beside = [
        placed
        for (instrument, scale), value in own.items()
        if (instrument, scale) not in on_one_scale
        and (placed := _placed(this, others, instrument=instrument, scale=scale, value=value))
    ]
    return wire.Comparison(
        session_id=this.session.id,
        on_common_scale=bool(held),
        on_one_scale=tuple(held),
        side_by_side=tuple(beside),
        missing=None if held or beside else _missing(this, own),
        note=note(),
    )


def _on_one_scale(
    this: RatedSession, *, turns: Sequence[Turn], listener: Listener, model: FittedModel
) -> Iterable[wire.OnOneScale]:
    session = Session(session_id=this.session.id, turns=tuple(turns))
    scorer = FittedScorer(model=model, encoder=listener.encoder)
    instruments = {
        one.scale: one.instrument for one in model.scales if one.perspective == "patient"
    }
    ratings = pl.DataFrame(
        [
            (this.session.id, None, one.rater, one.instrument, one.scale, one.value)
            for one in this.ratings
        ],
        schema=pl.Schema({name: RATINGS.columns[name] for name in _RATED}),
        orient="row",
    )
    return [
        wire.OnOneScale.model_validate(row)
        for chunk in scorer.stream([session])
        for row in corrective_signal(chunk.estimates, ratings, instruments=instruments).rows(
            named=True
        )
    ]


_RATED = ("session_id", "turn", "rater", "instrument", "scale", "value")


def _placed(
    this: RatedSession,
    others: Sequence[RatedSession],
    *,
    instrument: str,
    scale: str,
    value: float,
) -> wire.SideBySide | None:
    """Find this session's place among the others that have both; None where they are too few."""
    inferred = _inferred(this.session, scale)
    if inferred is None or this.session.last is None:
        return None
    rated: list[float] = []
    heard: list[float] = []
    for other in others:
        theirs = next(
            (
                one.value
                for one in other.ratings
                if (one.rater, one.instrument, one.scale) == ("therapist", instrument, scale)
            ),
            None,
        )
        likewise = _inferred(other.session, scale)
        if (
            theirs is not None
            and likewise is not None
            and other.session.estimator == this.session.estimator
        ):
            rated.append(theirs)
            heard.append(likewise)
    if len(rated) < FEWEST_OTHERS:
        return None
    by_rating = _place(value, rated, unit=f"{instrument}, {scale}")
    by_language = _place(inferred, heard, unit=this.session.last.unit)
    return wire.SideBySide(
        instrument=instrument,
        scale=scale,
        therapist_rated=by_rating,
        inferred_patient=by_language,
        summary=(
            f"By the therapist's own rating {by_rating.lower} of {by_rating.others} other sessions "
            f"are lower than this one; by what the patient's language suggests, "
            f"{by_language.lower} of {by_language.others}. The two are not on one scale, and are "
            "not subtracted."
        ),
    )


def _inferred(session: SessionView, scale: str) -> float | None:
    """Give inferred-patient on the scale of that name, or of the whole alliance."""
    state: State | None = session.last
    if state is None:
        return None
    of_scale: Mapping[str, float | None] = {
        measure: None if (found := getattr(state.patient, measure)) is None else found.value
        for measure in MEASURES
    }
    return of_scale[scale.lower() if scale.lower() in MEASURES else ALLIANCE]


def _place(value: float, others: Sequence[float], *, unit: str) -> wire.Place:
    return wire.Place(
        value=value,
        unit=unit,
        lower=sum(one < value for one in others),
        equal=sum(one == value for one in others),
        others=len(others),
    )


def _missing(this: RatedSession, own: Mapping[tuple[str, str], float]) -> str:
    if not own:
        return "The therapist has not rated this session yet. Rate it first."
    if this.session.last is None or this.session.last.patient.alliance is None:
        return "Nothing was heard of the patient yet."
    return (
        f"A place needs at least {FEWEST_OTHERS} other sessions of the same therapist, rated on "
        "the same form and heard with the same model. Rate more sessions."
    )
