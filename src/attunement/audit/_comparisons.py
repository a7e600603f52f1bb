"""Every figure between every two models: paired where both met the same user, persona or prompt.

Pairs, and not all chats as one, because a user differs from the next far more than a model does;
differences *of users*, and not chats with a mixed model's intercept a user, because models differ
in how they fare with one user and another, too, and seven personas played five times over are
seven, not thirty-five. Each pair counts by nA nB / (nA + nB), as in a stratified comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from attunement.audit._clusters import FEWEST_CLUSTERS, ChatClusters, count_known
from attunement.audit._counted import share_of
from attunement.audit._definitions import FigureDefinition, definition_of, figure_definitions
from attunement.audit._figures import FOLLOWING, in_words, unit_of
from attunement.audit._rated import Rated
from attunement.audit._shares import (
    FEW,
    SAME,
    Array,
    Share,
    cluster_differences,
    cluster_values,
    paired_difference,
    unpaired_difference,
)
from attunement.statistics import SMALL_GROUP, exchange_p, hedges_g, holm, sign_flip_p
from attunement.tables import ALLIANCE, AUDIT_COMPARISONS

ROLE_DIFFERENCE = "role_difference"

NOT_RUN = "not run"
"""The verdict where `attunement.gap` put no difference of this direction under controls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """Permutation draws, and where they start."""

    draws: int
    seed: int


def comparisons_table(
    chats: pl.DataFrame,
    *,
    models: Sequence[str],
    clusters: ChatClusters,
    pair: str | None,
    rated: Rated,
    effects: pl.DataFrame,
    draws: int,
    seed: int,
) -> pl.DataFrame:
    """Compare every two models by every figure but the correlation.

    Parameters
    ----------
    chats : DataFrame
        AUDIT_SESSIONS, and `patient_id`.
    models : sequence of str
        Each is held against those before it.
    clusters : ChatClusters
        Of the chats.
    pair : str or None
        The column `pair` was taken from.
    rated : Rated
        Which questionnaire the ratings are of.
    effects : DataFrame
        EFFECTS of the role difference and of ratings, whose verdicts under controls are carried
        over, and nothing else of them.
    draws, seed : int
        For permutations.

    Returns
    -------
    DataFrame
        AUDIT_COMPARISONS; `p_holm` over all figures of a family and all pairs of models.
    """
    chance = Chance(draws=draws, seed=seed)
    rows: list[dict[str, Any]] = []
    for one in figure_definitions():
        if one.name == FOLLOWING:
            continue
        scale, unit = unit_of(one, rated)
        found = [
            _row(one, model, reference, chats, clusters, pair, rated, chance)
            | {"scale": scale, "unit": unit}
            for reference, model in combinations(models, 2)
        ]
        rows += [_controlled(row, effects, rated) for row in found]
    _adjust(rows)
    return pl.DataFrame(rows, schema=AUDIT_COMPARISONS.schema, orient="row")


def _row(
    one: FigureDefinition,
    model: str,
    reference: str,
    chats: pl.DataFrame,
    clusters: ChatClusters,
    pair: str | None,
    rated: Rated,
    chance: Chance,
) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(AUDIT_COMPARISONS.columns)
    row |= {"figure": one.name, "model": model, "reference": reference}
    share = share_of(one.name, chats, clusters.codes)
    sides = [
        ((chats["model"] == name) & chats["scored"]).to_numpy() & share.known
        for name in (model, reference)
    ]
    weights, n_pairs = _pairs(chats["pair"], sides[0], sides[1])
    paired = n_pairs > 0 and _wide_enough(clusters, weights)
    if paired:
        sides = [side & (weights > 0) for side in sides]
        weighted = share.times(weights)
        shares = weighted.at(sides[0]), weighted.at(sides[1])
        found, reason = paired_difference(*shares)
    else:
        shares = share.at(sides[0]), share.at(sides[1])
        found, reason = unpaired_difference(*shares)
    both = chats.filter(sides[0] | sides[1])
    counts = [int(side.sum()) for side in sides]
    row |= {
        "n_pairs": n_pairs if paired else 0,
        "n_sessions": both.height,
        "n_patients": count_known(both["patient_id"]),
        "small": min(counts) < SMALL_GROUP,
        "method": _method(clusters, pair if paired else None),
        "reason": in_words(reason, one, clusters, rated),
    }
    if found is None:
        return row | _without_spread(shares, reason)
    row |= {
        "estimate": found.estimate,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "g": hedges_g(found.estimate, shares[0].values, shares[1].values),
        "p_val": found.p_val,
    }
    return row | (_permuted(row, shares, paired, clusters, chance) if row["small"] else {})


def _pairs(
    keys: pl.Series,
    one: np.ndarray[Any, np.dtype[np.bool_]],
    other: np.ndarray[Any, np.dtype[np.bool_]],
) -> tuple[Array, int]:
    """Weigh each chat so that both models meet every pair equally; 0 for chats without a pair."""
    codes = keys.rank("dense").fill_null(0).to_numpy().astype(np.intp)
    one_here, other_here = one & (codes > 0), other & (codes > 0)
    size = int(codes.max(initial=0)) + 1
    ours = np.bincount(codes[one_here], minlength=size)
    theirs = np.bincount(codes[other_here], minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = np.where(ours * theirs > 0, ours + theirs, np.inf)
        weights = np.where(one_here, (theirs / total)[codes], 0.0)
        weights += np.where(other_here, (ours / total)[codes], 0.0)
    return weights, int(np.count_nonzero(ours * theirs))


def _wide_enough(clusters: ChatClusters, weights: Array) -> bool:
    return len(np.unique(clusters.codes[weights > 0])) >= FEWEST_CLUSTERS


def _method(clusters: ChatClusters, pair: str | None) -> str:
    if pair is None:
        return f"not paired; jackknife over {clusters.name}, Welch t"
    return f"paired by {pair}; jackknife over {clusters.name}, t"


def _without_spread(shares: tuple[Share, Share], reason: str | None) -> dict[str, Any]:
    if reason not in (FEW, SAME):
        return {}
    figures = [share.figure for share in shares]
    if figures[0] is None or figures[1] is None:
        return {}
    return {"estimate": figures[0] - figures[1]}


def _permuted(
    row: dict[str, Any],
    shares: tuple[Share, Share],
    paired: bool,
    clusters: ChatClusters,
    chance: Chance,
) -> dict[str, Any]:
    """Take the larger p of t's and of a permutation's: few chats may be anything but normal."""
    rng = np.random.default_rng(chance.seed)
    if paired and not clusters.of_chats:
        p_val = sign_flip_p(cluster_differences(*shares), draws=chance.draws, rng=rng)
        what = f"signs of {clusters.name} flipped"
    else:
        p_val = exchange_p(*cluster_values(*shares), draws=chance.draws, rng=rng)
        what = f"{clusters.name} exchanged"
    method = f"{row['method']}; p: the larger of t's and of a permutation's ({what})"
    if p_val is None:
        return {"p_val": None, "reason": f"too few {clusters.name} for a test"}
    return {"p_val": max(p_val, row["p_val"]), "method": method}


def _controlled(row: dict[str, Any], effects: pl.DataFrame, rated: Rated) -> dict[str, Any]:
    """Carry over what `attunement.gap` found under controls, where it asked the same."""
    if row["figure"] == ROLE_DIFFERENCE:
        instrument, scale = None, ALLIANCE
    elif row["figure"] == "rated_gap" and rated.on_one_scale and rated.own is not None:
        instrument, scale = rated.own
    else:
        return row
    same = effects.filter(
        pl.col("family") == "between",
        pl.col("effect") == "pair",
        pl.col("scale") == scale,
        pl.col("instrument").eq_missing(pl.lit(instrument)),
        pl.col("group").is_in([row["model"], row["reference"]]),
        pl.col("reference").is_in([row["model"], row["reference"]]),
    )
    if row["estimate"] is None:
        return row
    for effect in same.drop_nulls("estimate").head(1).iter_rows(named=True):
        turned = -1 if effect["group"] == row["reference"] else 1
        if turned * effect["estimate"] * row["estimate"] > 0:
            return row | {"controls": effect["controls"]}
    return row | {"controls": NOT_RUN}


def _adjust(rows: Sequence[dict[str, Any]]) -> None:
    """Set Holm's p over all that one part of the page asks, of whichever figure and models."""
    for family in {one.family for one in figure_definitions()}:
        asked = [row for row in rows if definition_of(row["figure"]).family == family]
        raw = np.array([np.nan if row["p_val"] is None else row["p_val"] for row in asked])
        for row, p in zip(asked, holm(raw), strict=True):
            row["p_holm"] = float(p) if np.isfinite(p) else None
