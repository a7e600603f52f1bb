"""What moves a judge besides the alliance: words spoken, and rewritten turns."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from attunement.psychometrics._material import AS_IT_IS, Material, Scored
from attunement.psychometrics._rows import Asked, Found, Row, row
from attunement.psychometrics._sample import Sample
from attunement.statistics import (
    Array,
    Estimate,
    holm,
    patient_means,
    sign_flip_p,
    spearmans,
)

LENGTH = "length"
PROBE = "probe"

WITH_WORDS = "spearman with words"
WITH_WORDS_HELD = "spearman with words, rating held constant"
RATING_WITH_WORDS = "spearman of the rating with words"
MEAN_DIFFERENCE = "mean difference"


def length_rows(material: Material) -> Iterator[Row]:
    """Ask whether a judge's score goes with the words spoken, and beyond what people rated.

    Parameters
    ----------
    material : Material
        Scores, ratings and lengths.

    Yields
    ------
    Row
        Spearman of score and words; for each rating of the judge's own perspective, the same with
        the rating partialled out, and of rating and words, on the sessions that have both.
    """
    words = material.sessions.select(
        "session_id", words=pl.sum_horizontal("patient_words", "therapist_words")
    )
    for scored in material.scored():
        joined = scored.table.join(words.drop_nulls(), on="session_id").sort("session_id")
        sample = material.sample(joined["session_id"])
        columns = [_numbers(joined, one) for one in ("value", "words")]
        found = sample.bootstrapped(spearmans(*columns))[0]
        yield _length_row(scored, WITH_WORDS, found, sample)
        for human in material.humans_beside(
            scored.asked, scored.scale, rater=scored.asked.perspective
        ):
            both = joined.join(human.table, on="session_id").sort("session_id")
            sample = material.sample(both["session_id"])
            value, said, rating = (_numbers(both, one) for one in ("value", "words", "rating"))
            for statistic, asked in (
                (WITH_WORDS_HELD, spearmans(value, said, rating)),
                (RATING_WITH_WORDS, spearmans(rating, said)),
            ):
                found = sample.bootstrapped(asked)[0]
                yield _length_row(scored, statistic, found, sample, other=human.name)


def probe_rows(material: Material) -> Iterator[Row]:
    """Ask how far rewritings of the therapist's turns, or another order, move a judge's score.

    The same judge rates the same session twice: as it is, and rewritten. The difference of the two
    is averaged over sessions; its standard error is clustered by patient. Under ten patients signs
    are flipped instead. Holm's adjustment is over the probes of one scale.

    Parameters
    ----------
    material : Material
        Scores of the variants.

    Yields
    ------
    Row
        The mean difference, rewritten less as it is, in points of the instrument.
    """
    whole = material.scores.filter(pl.col("seed").is_null()).drop_nulls("value")
    plain = whole.filter(pl.col("variant") == AS_IT_IS).rename({"value": "plain"})
    keys = ["session_id", "judge", "perspective", "framing", "instrument", "scale"]
    paired = whole.filter(pl.col("variant") != AS_IT_IS).join(plain.select(*keys, "plain"), on=keys)
    for names, family in paired.sort(keys).group_by(keys[1:], maintain_order=True):
        *who, scale = (str(one) for one in names)
        asked = Asked(*who)
        found = [
            _probe(material, asked, scale, str(variant), own)
            for (variant,), own in family.group_by("variant", maintain_order=True)
        ]
        p_values = np.array([np.nan if one["p_val"] is None else one["p_val"] for one in found])
        for one, p_holm in zip(found, holm(p_values), strict=True):
            yield one | {"p_holm": float(p_holm) if np.isfinite(p_holm) else None}


def _probe(material: Material, asked: Asked, scale: str, variant: str, own: pl.DataFrame) -> Row:
    sample = material.sample(own["session_id"])
    found = mean_difference(_numbers(own, "value") - _numbers(own, "plain"), sample)
    return row(PROBE, asked, MEAN_DIFFERENCE, found, count=sample.count, scale=scale, other=variant)


def mean_difference(differences: Array, sample: Sample) -> Found:
    """Give the mean of one difference a session, with an interval and a test.

    The standard error is sqrt(G / (G - 1) sum over patients of (sum of their e)^2) / n, e the
    deviations from the mean and G the patients; t with G - 1 df.

    Parameters
    ----------
    differences : ndarray of shape (n,)
        None missing.
    sample : Sample
        Whose sessions they are.

    References
    ----------
    Cameron A.C. & Miller D.L. (2015). A practitioner's guide to cluster-robust inference. Journal
    of Human Resources 50, 317-372.
    """
    if sample.too_few:
        return Found(reason=sample.too_few)
    codes = sample.codes
    estimate, groups = float(differences.mean()), int(codes.max()) + 1
    sums = np.bincount(codes, differences - estimate)
    se = float(np.sqrt(groups / max(groups - 1, 1) * (sums**2).sum()) / len(differences))
    if np.ptp(differences) <= 1e-12:
        return Found(estimate, reason="every session moves alike: no interval")
    if sample.no_interval:
        rng = np.random.default_rng(sample.options.seed)
        means = patient_means(differences, codes)
        p_val = sign_flip_p(means, draws=sample.options.draws, rng=rng)
        method = f"signs flipped of {sample.drawn}"
        return Found(estimate, p_val=p_val, method=method, reason=sample.no_interval)
    t = Estimate.from_t(estimate=estimate, se=se, df=groups - 1)
    return Found(
        estimate,
        t.ci_low,
        t.ci_high,
        p_val=t.p_val,
        method=f"t, standard error clustered by {sample.drawn}",
    )


def _length_row(
    scored: Scored, statistic: str, found: Found, sample: Sample, *, other: str | None = None
) -> Row:
    return row(
        LENGTH,
        scored.asked,
        statistic,
        found,
        count=sample.count,
        scale=scored.scale,
        other=other,
    )


def _numbers(table: pl.DataFrame, column: str) -> Array:
    return table[column].cast(pl.Float64).to_numpy().copy()
