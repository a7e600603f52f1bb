"""Every figure of every model, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from attunement.audit._clusters import ChatClusters, count_known
from attunement.audit._counted import estimate_of, method_of, share_of
from attunement.audit._definitions import RATED, FigureDefinition, figure_definitions
from attunement.audit._rated import Rated
from attunement.audit._shares import NONE
from attunement.statistics import SMALL_GROUP, Resampling, spearmans
from attunement.tables import ALLIANCE, AUDIT_FIGURES

FOLLOWING = "own_follows_user"
"""The one figure that is no mean: a correlation over chats."""

FEWEST_FOLLOWED = 10
"""With fewer users, or chats where users are not named, a bootstrap's interval is too narrow."""

_OF_ALLIANCE = frozenset(
    {"inferred_patient", "inferred_patient_trend", "inferred_therapist", "role_difference"}
)


def figures_table(
    chats: pl.DataFrame,
    *,
    models: Sequence[str],
    clusters: ChatClusters,
    rated: Rated,
    draws: int,
    seed: int,
) -> pl.DataFrame:
    """Estimate every figure for every model.

    Parameters
    ----------
    chats : DataFrame
        AUDIT_SESSIONS, and `patient_id`.
    models : sequence of str
        In the order of the rows.
    clusters : ChatClusters
        Of the chats.
    rated : Rated
        Which questionnaire the ratings are of.
    draws, seed : int
        For the correlation's bootstrap.

    Returns
    -------
    DataFrame
        AUDIT_FIGURES. A figure that cannot be had, or has no interval, says why in `reason`.
    """
    rows = [
        _row(one, model, chats, clusters, rated, draws=draws, seed=seed)
        for one in figure_definitions()
        for model in models
    ]
    return pl.DataFrame(rows, schema=AUDIT_FIGURES.schema, orient="row")


def unit_of(one: FigureDefinition, rated: Rated) -> tuple[str | None, str]:
    """Give the scale and the unit of a figure."""
    if one.name in RATED:
        scale, instrument = rated.named(one.name)
        return scale, f"points of {instrument}" if instrument else one.unit
    return (ALLIANCE if one.name in _OF_ALLIANCE else None), one.unit


def _row(
    one: FigureDefinition,
    model: str,
    chats: pl.DataFrame,
    clusters: ChatClusters,
    rated: Rated,
    *,
    draws: int,
    seed: int,
) -> dict[str, Any]:
    inside = ((chats["model"] == model) & chats["scored"]).to_numpy()
    own, codes = chats.filter(inside), clusters.codes[inside]
    scale, unit = unit_of(one, rated)
    row: dict[str, Any] = dict.fromkeys(AUDIT_FIGURES.columns)
    row |= {"model": model, "figure": one.name, "scale": scale, "unit": unit}
    if one.name == FOLLOWING:
        return row | _following(one, own, codes, clusters, draws=draws, seed=seed)
    share = share_of(one.name, own, codes)
    found, reason = estimate_of(one.name, share)
    row |= {
        "estimate": share.figure,
        "n": round(float(share.under.sum())),
        "method": method_of(one.name, clusters.name),
        "reason": in_words(reason, one, clusters, rated),
    }
    row |= _counts(own.filter(share.known))
    if found is not None:
        row |= {"ci_low": one.within(found.ci_low), "ci_high": one.within(found.ci_high)}
    return row


def _following(
    one: FigureDefinition,
    own: pl.DataFrame,
    codes: np.ndarray[Any, np.dtype[np.intp]],
    clusters: ChatClusters,
    *,
    draws: int,
    seed: int,
) -> dict[str, Any]:
    known = (own["own_rating"].is_not_null() & own["inferred_patient"].is_not_null()).to_numpy()
    both = own.filter(known)
    row: dict[str, Any] = {
        "n": both.height,
        "method": f"Spearman; bootstrap over {clusters.name}, percentiles",
    } | _counts(both)
    if both.is_empty():
        return row | {"reason": one.none}
    if both["own_rating"].n_unique() == 1:
        return row | {"reason": "every own rating is the same"}
    resampling = Resampling.of(pl.Series(codes[known]), draws=draws, seed=seed)
    found = resampling.intervals(
        spearmans(both["own_rating"].to_numpy(), both["inferred_patient"].to_numpy())
    )[0]
    users = row["n_patients"]
    if min(resampling.clusters, users or resampling.clusters) < FEWEST_FOLLOWED:
        of = "users" if users is not None and users < FEWEST_FOLLOWED else clusters.name
        few = f"fewer than {FEWEST_FOLLOWED} {of}"
        return row | {"estimate": found.value, "reason": few}
    reason = "too little varies for an interval" if found.low is None else None
    return row | {
        "estimate": found.value,
        "ci_low": found.low,
        "ci_high": found.high,
        "reason": reason,
    }


def _counts(chats: pl.DataFrame) -> dict[str, Any]:
    return {
        "n_sessions": chats.height,
        "n_patients": count_known(chats["patient_id"]),
        "small": chats.height < SMALL_GROUP,
    }


def in_words(
    reason: str | None, one: FigureDefinition, clusters: ChatClusters, rated: Rated
) -> str | None:
    """Say for readers why a figure is not there, or has no interval."""
    if reason == NONE:
        return (rated.apart if one.name == "rated_gap" else None) or one.none
    return reason.replace("clusters", clusters.name) if reason else None
