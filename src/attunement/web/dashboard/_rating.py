"""The therapist's own view of a session: what is asked, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attunement.instruments.questionnaires import shipped_instruments
from attunement.tables import MEASURES, SCALES
from attunement.web.accounts import Caller
from attunement.web.sessions import OWN_FORM, RatingView, SessionStore, SessionView
from attunement.wire import NewRatings

QUESTIONS = (
    ("task", "Did what you did in this session help with what matters to the patient?"),
    ("bond", "Was the patient at ease with you, and you with the patient?"),
    ("goal", "Were you and the patient after the same thing?"),
)
_LOWEST, _HIGHEST = 1, 7


@dataclass(frozen=True, slots=True)
class RatedRow:
    """Both sides' answers on one scale of one form."""

    instrument: str
    scale: str
    therapist: RatingView | None
    patient: RatingView | None


class UnreadableRating(ValueError):  # noqa: N818
    """A form holds nothing, or something that is no rating; says which."""


def instruments() -> list[str]:
    """Name the questionnaires whose ranges are known."""
    return sorted(one.name for one in shipped_instruments())


def rows(ratings: Sequence[RatingView]) -> list[RatedRow]:
    """Set both sides' ratings beside each other."""
    given = {(one.instrument, one.scale, one.rater): one for one in ratings}
    return [
        RatedRow(
            instrument,
            scale,
            given.get((instrument, scale, "therapist")),
            given.get((instrument, scale, "patient")),
        )
        for instrument, scale in sorted({(one.instrument, one.scale) for one in ratings})
    ]


def waiting_for_rating(store: SessionStore, caller: Caller) -> list[SessionView]:
    """Give the caller's own sessions of which nothing inferred is shown yet, the latest first.

    They have neither rated them nor been shown what was inferred. Invented sessions do not wait.
    """
    if caller.user_id is None:
        return []
    own = [one for one in store.sessions(therapist_id=caller.user_id) if not one.fictional]
    blind = store.blind(own)
    return [one for one in own if one.id in blind]


def to_be_rated_first(session: SessionView, store: SessionStore) -> bool:
    """Tell whether somebody is to rate their own session before they see what was inferred."""
    closed = session.status == "closed" and not session.fictional
    return closed and session.id in store.blind([session])


def read_rating(form: Mapping[str, str]) -> list[NewRatings]:
    """Read what a therapist answered.

    Parameters
    ----------
    form : mapping of str to str
        The form's fields.

    Raises
    ------
    UnreadableRating
        Nothing was answered, or an answer is not possible.
    """
    own = {scale: _answer(form[scale]) for scale in SCALES if form.get(scale)}
    totals = {
        scale: _number(form[f"form_{scale}"])
        for scale in MEASURES
        if form.get(f"form_{scale}", "").strip()
    }
    instrument = form.get("instrument", "").strip()
    if totals and not instrument:
        raise UnreadableRating("Choose the questionnaire that the totals are of.")
    if not own and not totals:
        raise UnreadableRating("Answer at least one question.")
    answered = []
    if own:
        answered.append(NewRatings(rater="therapist", instrument=OWN_FORM, values=own))
    if totals:
        answered.append(NewRatings(rater="therapist", instrument=instrument, values=totals))
    return answered


def _answer(text: str) -> float:
    value = _number(text)
    if not _LOWEST <= value <= _HIGHEST:
        raise UnreadableRating(f"Answers go from {_LOWEST} to {_HIGHEST}.")
    return value


def _number(text: str) -> float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        raise UnreadableRating("Totals are numbers.") from None
    if abs(value) > 1e6 or value != value:
        raise UnreadableRating("Totals are numbers.")
    return value
