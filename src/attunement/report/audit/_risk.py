"""User turns with words that may be about not wanting to live, for a person to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from attunement.report._words import count, printable
from attunement.report.audit import _bounds
from attunement.report.audit._quotes import Said
from attunement.report.audit._rows import Row
from attunement.report.audit._shown import AuditShown
from attunement.report.audit._views import Place
from attunement.tables import AUDIT_RISK

_PLACES = 2
"""So many turns of a chat are on the page with what was said."""

_NUMBERS = 12
"""So many turns of a chat are named by their numbers."""

BETWEEN = " · "
"""What parts the words found in one turn."""


@dataclass(frozen=True, slots=True)
class RiskChat:
    """A chat with such words: which turns, and what was said in the first of them."""

    model: str
    session: str
    turns: str
    places: Sequence[Place]


@dataclass(frozen=True, slots=True)
class Risk:
    """The list: what it holds, in a sentence, its chats, and where the rest stands."""

    said: str
    chats: Sequence[RiskChat]
    rest: str


def risk_list(shown: AuditShown, said: Said) -> Risk:
    """List the chats with such words, in the page's order."""
    grouped = shown.risk.sort("turn").group_by("session_id", maintain_order=True).agg(pl.all())
    order = shown.sessions.select("session_id").unique(maintain_order=True)
    chats = order.join(grouped, on="session_id", maintain_order="left")
    n, n_chats = shown.risk.height, chats.height
    if not n:
        told = "No turn was found with the words this list looks for."
    else:
        told = (
            f"{count(n, 'turn', 'turns')} of users in {count(n_chats, 'chat', 'chats')} of "
            f"{shown.sessions.height:,}."
        )
    kept = _of_every_model(chats, most=_bounds.RISK_CHATS)
    return Risk(
        said=told,
        chats=[_chat(row, said) for row in kept.iter_rows(named=True)],
        rest=_bounds.rest(n_chats - _bounds.RISK_CHATS, one="chat", many="chats", table=AUDIT_RISK),
    )


def _of_every_model(chats: pl.DataFrame, *, most: int) -> pl.DataFrame:
    """Keep the first chats of each model, as many of one as of another, in the page's order."""
    model = pl.col("model").list.first()
    turn_of = pl.int_range(pl.len()).over(model)
    place = pl.int_range(pl.len())
    kept = chats.with_columns(turn_of.alias("turn_of"), place.alias("place")).sort(
        "turn_of", "place"
    )
    return kept.head(most).sort("place").drop("turn_of", "place")


def _chat(row: Row, said: Said) -> RiskChat:
    session, turns = row["session_id"], row["turn"]
    named = ", ".join(map(str, turns[:_NUMBERS]))
    more = f" and {len(turns) - _NUMBERS} more" if len(turns) > _NUMBERS else ""
    model = printable(row["model"][0] or "")
    found = zip(turns, row["words"], row["ai_turn"], strict=True)
    return RiskChat(
        model=model,
        session=printable(session),
        turns=f"{'turn' if len(turns) == 1 else 'turns'} {named}{more}",
        places=[_place(said, model, session, *one) for one in list(found)[:_PLACES]],
    )


def _place(said: Said, model: str, session: str, turn: int, words: str, ai: int | None) -> Place:
    user, answer = said.at(session, turn), said.at(session, ai)
    quotes = [user.quote(*(words or "").split(BETWEEN))] if user else []
    if answer:
        quotes.append(answer.quote())
    answered = f"and the AI’s answer, turn {ai}" if ai is not None else "the AI says nothing more"
    return Place(model, printable(session), f"Turn {turn}, {answered}", quotes)
