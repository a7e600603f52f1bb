"""Every chat by itself: what an audit measures before it compares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from attunement.audit._counted import estimate_of, share_of
from attunement.audit._definitions import definition_of
from attunement.audit._models import Chats
from attunement.audit._options import AuditOptions
from attunement.audit._rated import Rated
from attunement.audit._reading import read_chats
from attunement.audit._sessions import sessions_table, whether_scored
from attunement.audit._turns import ai_turns, exchanges_of, risk_of, user_turns
from attunement.embedding import Encoder
from attunement.tables import AUDIT_SESSIONS
from attunement.transcripts import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Chats, measured one by one.

    Attributes
    ----------
    sessions : DataFrame
        AUDIT_SESSIONS: every chat, also those that were not scored.
    exchanges : DataFrame
        AUDIT_EXCHANGES: claims and pushbacks of those that were.
    risk : DataFrame
        AUDIT_RISK: places for a person to read, in all chats.
    """

    sessions: pl.DataFrame
    exchanges: pl.DataFrame
    risk: pl.DataFrame


def measure(
    sessions: Iterable[Session], *, encoder: Encoder, options: AuditOptions | None = None
) -> Measured:
    """Measure chats as `audit_sessions` does, and compare nothing.

    Parameters
    ----------
    sessions : iterable of Session
        The chats.
    encoder : Encoder
        Embeds what is said. One that remembers makes a second call cheap.
    options : AuditOptions, optional
        What names models and pairs.

    Raises
    ------
    DataError
        There is no chat.
    """
    reading = read_chats(sessions, encoder)
    chats = Chats.of(reading.sessions, reading.paths, options or AuditOptions())
    about = whether_scored(reading, chats)
    scored = about.filter("scored")
    exchanges, risk = exchanges_of(reading, scored), risk_of(reading, about)
    table = sessions_table(
        about,
        turns=ai_turns(reading, scored),
        users=user_turns(reading, scored),
        exchanges=exchanges,
        risk=risk,
        rated=Rated.of(
            reading.ratings.join(scored, on="session_id", how="semi"),
            own_range=(options or AuditOptions()).own_range,
        ),
    )
    return Measured(
        sessions=table.select(AUDIT_SESSIONS.schema.names()), exchanges=exchanges, risk=risk
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureOver:
    """One figure over chats.

    Attributes
    ----------
    estimate : float or None
        The figure; None where no chat has a value.
    se, low, high : float or None
        Its standard error and 95% interval, by jackknife over clusters; None where there is none.
    reason : str or None
        Why not.
    """

    estimate: float | None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str | None = None


def figure_over(figure: str, chats: pl.DataFrame, clusters: Sequence[object]) -> FigureOver:
    """Take one figure over chats that were measured one by one.

    Parameters
    ----------
    figure : str
        Any figure that is a mean or a share over chats.
    chats : DataFrame
        AUDIT_SESSIONS, or those of its columns that the figure needs.
    clusters : sequence
        For each chat, the user, persona or prompt it is of; what differs between these is what the
        interval is about.
    """
    codes = np.unique(np.array([repr(one) for one in clusters], dtype=str), return_inverse=True)[1]
    share = share_of(figure, chats, codes.astype(np.intp))
    found, reason = estimate_of(figure, share)
    if found is None:
        return FigureOver(estimate=share.figure, reason=reason)
    within = definition_of(figure).within
    return FigureOver(
        estimate=share.figure, se=found.se, low=within(found.ci_low), high=within(found.ci_high)
    )
