"""CaSiNo: negotiations over camping supplies, each partner asked how they liked the other.

Chawla, K., Ramirez, J., Clever, R., Lucas, G., May, J., and Gratch, J. (2021). CaSiNo: a corpus of
campsite negotiation dialogues for automatic negotiation systems. NAACL.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from attunement.alliance import COLUMNS, EmbeddedChunk, Estimator, Form
from attunement.embedding import Encoder
from attunement.errors import DataError
from attunement.markers import sentiment
from attunement.tables import ROLES, Role
from attunement.transcripts import Rating, Session, Turn

LIKING, SATISFACTION = "liking", "satisfaction"
TARGETS = (LIKING, SATISFACTION)

ASKED = {
    LIKING: (
        "opponent_likeness",
        ("Extremely dislike", "Slightly dislike", "Undecided", "Slightly like", "Extremely like"),
    ),
    SATISFACTION: (
        "satisfaction",
        (
            "Extremely dissatisfied",
            "Slightly dissatisfied",
            "Undecided",
            "Slightly satisfied",
            "Extremely satisfied",
        ),
    ),
}
"""What the file calls each rating, and its answers from 1 to 5."""

NOT_SAID = frozenset({"Submit-Deal", "Accept-Deal", "Reject-Deal", "Walk-Away"})
"""Buttons that were pressed, which stand among the utterances."""

FORM: Form = "patient"
"""Both partners are held against what patients say: neither has the other in their care."""


def read_casino(path: Path) -> list[Session]:
    """Give every dialogue as a session.

    The partners, in order of their names, sit on the patient's and on the therapist's chair, which
    only tells them apart.
    """
    return [_session(dialogue, path) for dialogue in json.loads(path.read_text(encoding="utf-8"))]


def _session(dialogue: Mapping[str, Any], path: Path) -> Session:
    chairs = dict(zip(sorted(dialogue["participant_info"]), ROLES, strict=True))
    said = [one for one in dialogue["chat_logs"] if one["text"] not in NOT_SAID]
    name = str(dialogue["dialogue_id"])
    return Session(
        session_id=name,
        turns=tuple(
            Turn(turn=place, role=chairs[one["id"]], text=one["text"])
            for place, one in enumerate(said)
        ),
        ratings=tuple(
            Rating(
                rater=chair,
                instrument="CaSiNo",
                scale=scale,
                value=_answer(dialogue["participant_info"][partner]["outcomes"], scale, name, path),
            )
            for partner, chair in chairs.items()
            for scale in TARGETS
        ),
        path=path,
    )


def _answer(outcomes: Mapping[str, str], scale: str, dialogue: str, path: Path) -> float:
    asked, answers = ASKED[scale]
    found = outcomes.get(asked)
    if found not in answers:
        raise DataError(
            f"dialogue {dialogue}: {found!r} is none of its five answers",
            mend=f"The answers are {', '.join(answers)}",
            path=path,
            field=asked,
        )
    return 1.0 + answers.index(found)


def told(
    chunk: EmbeddedChunk, encoder: Encoder, estimators: Mapping[str, Estimator]
) -> pl.DataFrame:
    """Score every turn with every estimator and with a list of emotion words.

    Parameters
    ----------
    chunk : EmbeddedChunk
        The dialogues.
    encoder : Encoder
        What embedded them.
    estimators : Mapping of str to Estimator
        Unfitted. Each gives four columns, "name measure".

    Returns
    -------
    DataFrame
        session_id, turn, role, time, words; the estimators' raw scores, which ranks can do
        without a standard for; sentiment.
    """
    keys = chunk.spoken.select("session_id", "turn", "role", "time", "words")
    return keys.with_columns(
        *_scores(chunk, encoder, estimators),
        sentiment(chunk.spoken["text"])["compound"].alias("sentiment"),
    )


def _scores(
    chunk: EmbeddedChunk, encoder: Encoder, estimators: Mapping[str, Estimator]
) -> Iterator[pl.Series]:
    roles: Sequence[Role] = chunk.spoken["role"].to_list()
    for name, estimator in estimators.items():
        raw = estimator.fit(encoder).raw(chunk.vectors, roles, form=FORM)
        for measure, scores in zip(COLUMNS, raw.T.astype("float64"), strict=True):
            yield pl.Series(f"{name} {measure}", scores)
