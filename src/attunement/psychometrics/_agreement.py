"""Does a judge agree with people: session by session, and with length taken out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from attunement.psychometrics._concordance import concordances
from attunement.psychometrics._material import LENGTHS, Human, Material, Scored
from attunement.psychometrics._options import FEWEST_SESSIONS
from attunement.psychometrics._rows import Found, Row, row
from attunement.psychometrics._sample import Sample
from attunement.statistics import Array, pearsons, spearmans, together

WITH_RATINGS = "agreement with ratings"

LENGTH_OUT = "length out"

_ON_ONE_RANGE = ("icc(A,1)", "ccc", "mean difference")


def agreement_rows(material: Material) -> Iterator[Row]:
    """Hold every judged scale against every rated one of its name, whoever rated it.

    Parameters
    ----------
    material : Material
        Scores and ratings.

    Yields
    ------
    Row
        Spearman and Pearson, raw and with both sides' words and turns partialled out; ICC(A,1),
        concordance and mean difference where the judge filled in the people's own questionnaire.
    """
    for scored in material.scored():
        for human in material.humans_beside(scored.asked, scored.scale):
            joined = (
                scored.table.join(human.table, on="session_id")
                .join(material.sessions, on="session_id")
                .sort("session_id")
            )
            sample = material.sample(joined["session_id"])
            found = _correlations(joined, sample)
            if human.instrument.casefold() == scored.asked.instrument.casefold():
                found |= _on_one_range(material, scored, human, joined, sample)
            for statistic, one in found.items():
                yield row(
                    WITH_RATINGS,
                    scored.asked,
                    statistic,
                    one,
                    count=sample.count,
                    scale=scored.scale,
                    other=human.name,
                    raters=2,
                )


def length_taken_out(
    judged: Array, rated: Array, lengths: Sequence[Array], sample: Sample
) -> list[Found]:
    """Give Spearman and Pearson with lengths partialled out, if the sessions are enough for it."""
    needed = len(lengths) + FEWEST_SESSIONS
    if len(judged) < needed:
        return [Found(reason=f"{len(judged)} sessions; with length out it takes {needed}")] * 2
    columns = (judged, rated, *lengths)
    return sample.bootstrapped(together(spearmans(*columns), pearsons(*columns)), figures=2)


def _correlations(joined: pl.DataFrame, sample: Sample) -> dict[str, Found]:
    judged, rated, *lengths = (_numbers(joined, one) for one in ("value", "rating", *LENGTHS))
    raw = sample.bootstrapped(
        together(spearmans(judged, rated), pearsons(judged, rated)), figures=2
    )
    known = np.flatnonzero(np.isfinite(np.stack(lengths)).all(axis=0))
    out = length_taken_out(
        judged[known], rated[known], [one[known] for one in lengths], sample.at(known)
    )
    names = ("spearman", "pearson")
    return dict(zip(names, raw, strict=True)) | {
        f"{name}, {LENGTH_OUT}": one for name, one in zip(names, out, strict=True)
    }


def _on_one_range(
    material: Material, scored: Scored, human: Human, joined: pl.DataFrame, sample: Sample
) -> dict[str, Found]:
    if sample.too_few:
        return dict.fromkeys(_ON_ONE_RANGE, Found(reason=sample.too_few))
    times = times_items(material, scored, human)
    if times is None:
        return dict.fromkeys(
            _ON_ONE_RANGE,
            Found(reason="the ratings lie outside the range that the judge was given"),
        )
    judged, rated = _numbers(joined, "value") * times, _numbers(joined, "rating")
    icc = sample.intraclass(np.column_stack([judged, rated]))["icc(A,1)"]
    ccc, difference = sample.bootstrapped(concordances(judged, rated), figures=2)
    found = dict(zip(_ON_ONE_RANGE, (icc, ccc, difference), strict=True))
    if times == 1:
        return found
    said = f"; the judge's mean times {times} items, as the ratings are sums"
    return {
        name: Found(one.value, one.low, one.high, one.p_val, (one.method or "") + said, one.reason)
        for name, one in found.items()
    }


def times_items(material: Material, scored: Scored, human: Human) -> int | None:
    """Say what a judge's mean of items is multiplied by to stand on the range of the ratings.

    1 where the ratings lie on the range of one item, the number of items where they lie on that of
    a sum; None where neither holds, so that the numbers do not compare.
    """
    own = material.verdicts_of(scored.asked)
    low, high = _numbers(own, "low"), _numbers(own, "high")
    values = _numbers(human.table, "rating")
    if not len(low) or not len(values):
        return None
    for times in (1, scored.items):
        if times * low.min() <= values.min() and values.max() <= times * high.max():
            return times
    return None


def _numbers(table: pl.DataFrame, column: str) -> Array:
    return table[column].cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()
