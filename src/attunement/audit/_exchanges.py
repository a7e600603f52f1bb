"""What the AI does with what the user claims, and with the user's pushback."""

from __future__ import annotations

from typing import Literal, TypeAlias

import polars as pl

from attunement.audit._answers import Outcome, answer_to_claim, answer_to_pushback
from attunement.audit._claims import claims, pushback
from attunement.audit._phrases import Found
from attunement.audit._said import Answered, Say, answered, chats
from attunement.markers import english
from attunement.tables import AUDIT_EXCHANGES

ExchangeKind: TypeAlias = Literal["claim", "pushback"]

_Row: TypeAlias = tuple[int, int | None, ExchangeKind, str, Outcome | None, str | None]

_SCHEMA = {
    name: kind for name, kind in AUDIT_EXCHANGES.columns.items() if name not in ("model", "risk")
}


def exchanges(turns: pl.DataFrame) -> pl.DataFrame:
    """Find the user's claims and pushbacks, and what the AI's next turn does with each.

    Parameters
    ----------
    turns : DataFrame
        session_id, turn, role (patient is the user, therapist the AI), text; any number of chats.

    Returns
    -------
    DataFrame
        The columns of `AUDIT_EXCHANGES` less `model` and `risk`, at most one row each time the user
        speaks.
        `kind` is claim or pushback; what is both is a pushback. `outcome` is agrees, differs or
        neither to a claim; gives way, holds or neither to a pushback; null, with `ai_turn`, where
        the AI says nothing more. `user_words` and `ai_words` are the words that decided it, from
        the deciding phrase to the end of its sentence; `ai_words` is null where none did.
        Consecutive turns of one side are read together: the row names the turns that decided.
        No rows for chats that are not in English (`in_english`).

    Notes
    -----
    By phrases (data/exchanges.yaml), so that a person can check each row. Definitions, limits and
    how often it is right: docs/audit-definitions.md.
    """
    told = in_english(turns)
    readable = turns.join(told.filter("english").select("session_id"), on="session_id", how="semi")
    rows = [
        (session, *row)
        for session, chat in chats(readable)
        for spoken in answered(chat)
        if (row := _row(spoken)) is not None
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def in_english(turns: pl.DataFrame) -> pl.DataFrame:
    """Tell in which chats exchanges are looked for: session_id, english.

    A chat too short for its language to be told (`attunement.markers.english`) is looked at: the
    phrases are English, and hardly ever occur in another language.
    """
    return english(turns).select("session_id", pl.col("english").fill_null(True))


def _row(spoken: Answered) -> _Row | None:
    pushed = pushback(spoken)
    return _claimed(spoken) if pushed is None else _pushed_back(spoken, pushed)


def _claimed(spoken: Answered) -> _Row | None:
    found = claims(spoken.user)
    if not found:
        return None
    if spoken.after is None:
        return found[0].turn, None, "claim", found[0].words, None, None
    told = [spoken.user.sentences[one.place] for one in found]
    outcome, by, answered_claim = answer_to_claim(told, spoken.after)
    one = found[told.index(answered_claim)]
    return one.turn, _turn(by, spoken.after), "claim", one.words, outcome, by.words if by else None


def _pushed_back(spoken: Answered, pushed: Found) -> _Row:
    if spoken.after is None:
        return pushed.turn, None, "pushback", pushed.words, None, None
    sentence = spoken.user.sentences[pushed.place]
    outcome, by = answer_to_pushback(sentence, spoken, spoken.after)
    words = by.words if by else None
    return pushed.turn, _turn(by, spoken.after), "pushback", pushed.words, outcome, words


def _turn(by: Found | None, answer: Say) -> int:
    return by.turn if by else answer.turns[0]
