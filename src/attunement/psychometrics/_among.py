"""Do judges agree with each other, and does a judge agree with itself when it is asked again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import polars as pl

from attunement.psychometrics._concordance import concordances
from attunement.psychometrics._krippendorff import Measurement, krippendorff_alphas
from attunement.psychometrics._material import AS_IT_IS, Material, in_order
from attunement.psychometrics._rows import Asked, Found, Row, row
from attunement.statistics import Array, Codes, spearmans, together
from attunement.tables import ALLIANCE

BETWEEN_JUDGES = "agreement between judges"
BETWEEN_REPEATS = "agreement between repeats"

_LEVELS: tuple[Measurement, ...] = ("interval", "ordinal")


def judge_rows(material: Material) -> Iterator[Row]:
    """Hold judges that were asked the same in the same way against each other.

    Parameters
    ----------
    material : Material
        The scores.

    Yields
    ------
    Row
        Every pair, and all of them where there are more than two; not where they were asked
        different items of the scale.
    """
    ways = ["perspective", "framing", "instrument"]
    for names, own in _of_judges(material).group_by(ways, maintain_order=True):
        perspective, framing, instrument = (str(one) for one in names)
        for scale in in_order(own["scale"].unique().to_list()):
            of_scale = own.filter(pl.col("scale") == scale)
            judges = sorted(of_scale["judge"].unique().to_list())
            wide = of_scale.pivot("judge", index="session_id", values="value")
            several = [tuple(judges)] if len(judges) > 2 else []
            for chosen in [*combinations(judges, 2), *several]:
                asked = Asked(chosen[0], perspective, framing, instrument)
                if not _same_items(material, [replace(asked, judge=one) for one in chosen], scale):
                    continue
                yield from _set_rows(
                    BETWEEN_JUDGES,
                    material,
                    wide.select("session_id", *chosen),
                    asked=asked,
                    scale=scale,
                    other=", ".join(chosen[1:]),
                )


def repeat_rows(material: Material) -> Iterator[Row]:
    """Hold a judge's answers to one prompt against its answers when it was asked again.

    Parameters
    ----------
    material : Material
        The scores, by seed.

    Yields
    ------
    Row
        Of judges that were asked more than once. Nothing is said of other sessions of the same
        patients: see `retest_rows`.
    """
    repeats = material.scores.filter(pl.col("seed").is_not_null(), pl.col("variant") == AS_IT_IS)
    for asked in material.asked():
        own = repeats.filter(
            judge=asked.judge,
            perspective=asked.perspective,
            framing=asked.framing,
            instrument=asked.instrument,
        )
        if own["seed"].n_unique() < 2:
            continue
        for scale in material.scales_of(asked):
            wide = (
                own.filter(pl.col("scale") == scale)
                .sort("seed")
                .pivot("seed", index="session_id", values="value")
            )
            yield from _set_rows(BETWEEN_REPEATS, material, wide, asked=asked, scale=scale)


def different_items(material: Material) -> bool:
    """Whether judges that answered alike were asked different items of a scale."""
    own = material.verdicts.filter(pl.col("variant") == AS_IT_IS)
    keys = ["perspective", "framing", "instrument", "scale"]
    items = own.group_by(*keys, "judge").agg(pl.col("item").unique().sort())
    return bool((items.group_by(keys).agg(pl.col("item").n_unique())["item"] > 1).any())


def _same_items(material: Material, judges: Sequence[Asked], scale: str) -> bool:
    asked = [
        own["item"] if scale == ALLIANCE else own.filter(pl.col("scale") == scale)["item"]
        for own in (material.verdicts_of(one) for one in judges)
    ]
    return len({frozenset(one) for one in asked}) == 1


def _of_judges(material: Material) -> pl.DataFrame:
    whole = material.scores.filter(pl.col("variant") == AS_IT_IS, pl.col("seed").is_null())
    several = pl.col("judge").n_unique().over("perspective", "framing", "instrument") > 1
    return whole.filter(several).sort("perspective", "framing", "instrument", "judge")


def _set_rows(
    question: str,
    material: Material,
    wide: pl.DataFrame,
    *,
    asked: Asked,
    scale: str,
    other: str | None = None,
) -> Iterator[Row]:
    """Give the figures of sessions by raters: complete ones, and those rated twice or more."""
    wide = wide.sort("session_id")
    values = wide.drop("session_id").cast(pl.Float64).fill_null(float("nan")).to_numpy()
    known = np.isfinite(values)
    complete, twice = (np.flatnonzero(one) for one in (known.all(axis=1), known.sum(axis=1) > 1))
    for rows, found in (
        (complete, _complete(material, wide, values, complete)),
        (twice, _incomplete(material, wide, values, twice)),
    ):
        count = material.sample(wide["session_id"].gather(rows)).count
        for statistic, one in found.items():
            yield row(
                question,
                asked,
                statistic,
                one,
                count=count,
                scale=scale,
                other=other,
                raters=values.shape[1],
            )


def _complete(
    material: Material, wide: pl.DataFrame, values: Array, rows: Codes
) -> dict[str, Found]:
    sample = material.sample(wide["session_id"].gather(rows))
    chosen = values[rows]
    found = sample.intraclass(chosen)
    if values.shape[1] == 2:
        x, y = (chosen[:, at] for at in (0, 1))
        names = ("spearman", "ccc", "mean difference")
        figures: list[Found] = (
            [Found(reason=sample.too_few)] * 3
            if sample.too_few
            else sample.bootstrapped(together(spearmans(x, y), concordances(x, y)), figures=3)
        )
        found |= dict(zip(names, figures, strict=True))
    return found


def _incomplete(
    material: Material, wide: pl.DataFrame, values: Array, rows: Codes
) -> dict[str, Found]:
    sample = material.sample(wide["session_id"].gather(rows))
    found = {}
    for level in _LEVELS:
        if sample.too_few:
            one = Found(reason=sample.too_few)
        else:
            (one,) = sample.bootstrapped(krippendorff_alphas(values[rows], level))
        found[f"krippendorff alpha, {level}"] = one
    return found
