"""Each item of a judge: how it spreads, goes with the rest, and with what people rated."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from attunement.psychometrics._forms import Forms
from attunement.psychometrics._material import Material
from attunement.psychometrics._options import FEWEST_SESSIONS
from attunement.psychometrics._rows import Row
from attunement.reliability import alpha_of
from attunement.statistics import Array, Codes, pearson, spearman
from attunement.tables import RATER_ITEMS


def item_table(material: Material, forms: Forms) -> pl.DataFrame:
    """Describe each of a judge's items.

    Parameters
    ----------
    material : Material
        Verdicts and ratings.
    forms : Forms
        One judge's.

    Returns
    -------
    DataFrame
        RATER_ITEMS. Within a scale, rank 1 goes best with what people rated from the judge's own
        perspective; where nobody rated, with the other items.
    """
    table = pl.DataFrame(list(_rows(material, forms)), schema=RATER_ITEMS.schema)
    by_rating = pl.col("r_rated").count().over("scale") > 0
    merit = pl.when(by_rating).then("r_rated").otherwise("item_rest")
    return table.with_columns(
        rank=merit.rank("ordinal", descending=True).over("scale").cast(pl.Int32)
    )


def _rows(material: Material, forms: Forms) -> Iterator[Row]:
    answered = _answered(material, forms)
    for place, (item, scale, key) in enumerate(forms.items.iter_rows()):
        own = forms.columns(scale)
        others = own[own != place]
        rated = forms.rated(material, scale)
        yield {
            "judge": forms.asked.judge,
            "perspective": forms.asked.perspective,
            "framing": forms.asked.framing,
            "instrument": forms.asked.instrument,
            "item": item,
            "scale": scale,
            "key": key,
            **answered[item],
            "item_rest": _item_rest(forms.answers[:, place], forms.answers[:, others]),
            "alpha_without": _alpha_without(forms, others),
            "r_rated": None
            if rated is None
            else _correlation(forms.answers[:, place], rated[1], ranked=True),
            "rank": None,
        }


def _answered(material: Material, forms: Forms) -> dict[str, Row]:
    """Count and describe answers as they were given, not turned round."""
    score = pl.col("score")
    table = (
        material.verdicts_of(forms.asked)
        .group_by("item")
        .agg(
            asked=pl.len().cast(pl.Int64),
            scored=score.count().cast(pl.Int64),
            mean=score.mean(),
            sd=score.std(),
            at_floor=(score == pl.col("low")).mean(),
            at_ceiling=(score == pl.col("high")).mean(),
        )
    )
    return {one.pop("item"): one for one in table.iter_rows(named=True)}


def _item_rest(item: Array, others: Array) -> float | None:
    """Correlate an item with the mean of the others, where at least half of them are scored."""
    if not others.shape[1]:
        return None
    known = np.isfinite(others)
    enough = known.sum(axis=1) * 2 >= others.shape[1]
    with np.errstate(invalid="ignore"):
        mean = np.where(enough, np.nansum(others, axis=1) / known.sum(axis=1), np.nan)
    return _correlation(item, mean)


def _alpha_without(forms: Forms, others: Codes) -> float | None:
    complete = forms.complete(others)
    if len(others) < 2 or len(complete) < FEWEST_SESSIONS:
        return None
    return _known(float(alpha_of(np.cov(forms.answers[complete][:, others], rowvar=False))))


def _correlation(x: Array, y: Array, *, ranked: bool = False) -> float | None:
    rows = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if len(rows) < FEWEST_SESSIONS:
        return None
    return _known((spearman if ranked else pearson)(x[rows], y[rows]))


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
