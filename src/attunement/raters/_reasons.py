"""Why an answer that was asked for is no score: a closed list of short texts."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a verdict is unscored, in the words of the `reason` column of `VERDICTS`.

    There is no reason "the score was mended": a score is read as it stands, or it is none.
    """

    NO_ANSWER = "the endpoint did not answer"
    TIMED_OUT = "the answer did not come in time"
    RATE_LIMITED = "the endpoint asked for fewer questions"
    SERVER_ERROR = "the endpoint failed"
    NOT_TAKEN = "the endpoint would not take the question"
    CONTEXT_TOO_LONG = "the question is too long for the model"
    REFUSED = "the model or its filter refused"
    CUT_SHORT = "the answer was cut short"
    NO_JSON = "no verdict in the answer"
    NOT_ONE_VERDICT = "more than one verdict in the answer"
    SCORE_MISSING = "the verdict has no score"
    NOT_A_NUMBER = "the score is not a number"
    OFF_THE_SCALE = "the score is off the scale"
    NOT_WHOLE = "the score is not a whole number"
    NO_EVIDENCE = "the judge found no evidence"
    NO_QUOTE = "the verdict quotes nothing"
    QUOTE_NOT_THERE = "a quote is not in the transcript"
    EMPTY_WINDOW = "nothing is said in the window"
    ONE_SIDED = "a side whose words are needed says nothing in the window"

    @property
    def transient(self) -> bool:
        """Whether the same question may well be answered if it is asked again."""
        return self in _TRANSIENT

    @property
    def asked(self) -> bool:
        """Whether the question was put to an endpoint at all."""
        return self not in _NEVER_ASKED


_TRANSIENT = frozenset(
    {
        Reason.NO_ANSWER,
        Reason.TIMED_OUT,
        Reason.RATE_LIMITED,
        Reason.SERVER_ERROR,
        Reason.NOT_TAKEN,
    }
)
_NEVER_ASKED = frozenset({Reason.EMPTY_WINDOW, Reason.ONE_SIDED})
