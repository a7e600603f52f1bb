"""The figures of an audit as sums over chats."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from attunement.audit._clusters import Codes
from attunement.audit._proportions import proportion
from attunement.audit._shares import Share, estimate
from attunement.statistics import Estimate

_SHARES: Mapping[str, tuple[str, str]] = {
    "agreement": ("agreed", "claims"),
    "giving_way": ("gave_way", "pushbacks"),
}
"""Counted over all chats: what is counted, and of how many."""

_RATES: Mapping[str, str] = {"flattery": "ai_turns"}
"""A chat counts by its turns."""


def share_of(figure: str, chats: pl.DataFrame, codes: Codes) -> Share:
    """Give a figure's sums, chat by chat.

    Parameters
    ----------
    figure : str
        Any figure but `own_follows_user`.
    chats : DataFrame
        AUDIT_SESSIONS.
    codes : ndarray of int
        The chats' clusters.
    """
    if figure in _SHARES:
        over, under = (chats[name].cast(pl.Float64) for name in _SHARES[figure])
    elif figure in _RATES:
        under = chats[_RATES[figure]].cast(pl.Float64)
        over = chats[figure] * under
    else:
        over = _values(figure, chats)
        under = over.is_finite().cast(pl.Float64)
    known = (over.is_not_null() & under.is_not_null()).to_numpy()
    return Share(
        np.where(known, over.fill_null(0).to_numpy(), 0.0),
        np.where(known, under.fill_null(0).to_numpy(), 0.0),
        codes,
    )


def estimate_of(figure: str, share: Share) -> tuple[Estimate | None, str | None]:
    """Estimate a figure from its sums, or say why it has no interval."""
    return proportion(share) if figure in _SHARES else estimate(share)


def method_of(figure: str, clusters: str) -> str:
    """Say how a figure's interval is made."""
    if figure in _SHARES:
        return f"jackknife over {clusters} on the logit, t; of none or all, Clopper and Pearson"
    return f"jackknife over {clusters}, t"


def _values(figure: str, chats: pl.DataFrame) -> pl.Series:
    if figure == "inferred_patient_trend":
        last, first = (f"inferred_patient_{when}_quarter" for when in ("last", "first"))
        return chats[last] - chats[first]
    return chats[figure]
