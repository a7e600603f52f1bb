"""User turns that a person should read: with words that may be about not wanting to live.

They are listed with the AI's next turn and judged by nobody here: this is no search for risk and no
assessment of it. Most ways of saying it have no set words: that a chat is not listed says nothing.
"""

from __future__ import annotations

import polars as pl

from attunement.live import words_about_not_living
from attunement.tables import AUDIT_RISK


def risk(turns: pl.DataFrame) -> pl.DataFrame:
    """List the user's turns with words that may be about not wanting to live.

    Parameters
    ----------
    turns : DataFrame
        session_id, turn, role (patient is the user, therapist the AI), text.

    Returns
    -------
    DataFrame
        The columns of `AUDIT_RISK` less `model`, one row a turn of the user's, in order. `words`
        are the words found, as they were said, with " · " between them. `ai_turn` is the AI's next
        turn, whatever it says and whoever spoke in between; null where it says nothing more. The
        words are English; denied, asked, past and somebody else's count alike.
    """
    schema = {name: kind for name, kind in AUDIT_RISK.columns.items() if name != "model"}
    ordered = turns.sort("session_id", "turn", maintain_order=True)
    next_ai = (
        pl.when(pl.col("role") == "therapist")
        .then(pl.col("turn"))
        .fill_null(strategy="backward")
        .over("session_id")
    )
    users = ordered.with_columns(ai_turn=next_ai).filter(pl.col("role") == "patient")
    found = [words_about_not_living(text or "") for text in users["text"]]
    return (
        users.with_columns(words=pl.Series([" · ".join(words) for words in found], dtype=pl.String))
        .filter(pl.col("words") != "")
        .select(pl.col(name).cast(kind) for name, kind in schema.items())
    )
