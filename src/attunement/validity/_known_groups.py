"""Known groups: how well a score tells sessions apart that are known to differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.errors import UsageError
from attunement.statistics import Array, Interval, Resampling, Statistic, ranks
from attunement.tables import SESSIONS
from attunement.validity._agreement import known, numbers
from attunement.validity._material import CLUSTER, Material
from attunement.validity._options import RARE_GROUP, GroupQuestion, ValidityOptions
from attunement.validity._wording import counted

Members: TypeAlias = NDArray[np.bool_]

_LOW, _HIGH = 0.25, 0.75
LOW_AGAINST_HIGH = "rated lowest against highest quarter"
_MOST_FLAGS = 8


@dataclass(frozen=True, slots=True)
class Group:
    """Sessions of a group, and those it is told from.

    Attributes
    ----------
    name : str
        What the group is called: column=value.
    sessions : DataFrame
        session_id, member.
    reason : str or None
        Why there are no two groups.
    """

    name: str
    sessions: pl.DataFrame
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """How well scores tell a group from the rest.

    Attributes
    ----------
    auc : Interval
        The probability that a session of the group scores lower than one of the rest (equal
        scores count half): .5 is chance; below .5 the group scores higher.
    length_out : Interval
        The same after words and turns are taken out of the score by ranks, once, before drawing.
    n_group, n_rest : int
        Sessions.
    patients : int or None
        None where no patient is known.
    rare : bool
        Whether the smaller side has fewer than ten sessions.
    baselines : Mapping of str to (Interval, Interval)
        Each baseline's own AUC, and the estimator's minus it, on the same draws.
    reason : str or None
        Why there is no figure, or no interval.
    """

    auc: Interval
    length_out: Interval
    n_group: int
    n_rest: int
    patients: int | None
    rare: bool
    baselines: Mapping[str, tuple[Interval, Interval]] = field(default_factory=dict)
    reason: str | None = None


def groups_of(sessions: pl.DataFrame, questions: Sequence[GroupQuestion]) -> Iterator[Group]:
    """Give the groups that are asked for; every truth-valued column of the user's if none is.

    Raises
    ------
    UsageError
        There is no such column or value, or the column has more than two values and none is named.
    """
    if not questions:
        flags = [
            name
            for name, dtype in sessions.schema.items()
            if dtype == pl.Boolean and name not in SESSIONS.columns
        ]
        questions = [GroupQuestion(name) for name in flags[:_MOST_FLAGS]]
    for question in questions:
        yield _group(sessions, question)


def rated_low(name: str, ratings: pl.DataFrame) -> Group:
    """Set the lowest quarter of ratings against the highest, ties at a boundary included."""
    low, high = (ratings["rating"].quantile(one, "linear") for one in (_LOW, _HIGH))
    if low is None or high is None or low >= high:
        return Group(name, pl.DataFrame(schema=_MEMBERS), "the quarters' boundaries are one value")
    extremes = ratings.filter((pl.col("rating") <= low) | (pl.col("rating") >= high))
    return Group(name, extremes.select("session_id", member=pl.col("rating") <= low))


def known_group(
    material: Material,
    group: Group,
    *,
    score: pl.DataFrame,
    lengths: Sequence[str],
    baselines: Mapping[str, pl.DataFrame],
    options: ValidityOptions,
) -> KnownGroup:
    """Tell one group from the rest.

    Parameters
    ----------
    material : Material
        For patients and lengths.
    group : Group
        Whom to tell from whom.
    score : DataFrame
        session_id, value.
    lengths : sequence of str
        The columns of `material.lengths` to take out.
    baselines : Mapping of str to DataFrame
        session_id, value.
    options : ValidityOptions
        Draws.
    """
    table = (
        group.sessions.join(
            material.sessions.select("session_id", "patient_id", CLUSTER), on="session_id"
        )
        .join(score.select("session_id", score="value"), on="session_id")
        .join(material.lengths.select("session_id", *lengths), on="session_id", how="left")
        .sort("session_id")
    )
    for name, values in baselines.items():
        table = table.join(
            values.select("session_id", pl.col("value").alias(f"baseline {name}")),
            on="session_id",
            how="left",
        )
    member = table["member"].to_numpy().astype(np.bool_)
    n_group, n_rest = int(member.sum()), int((~member).sum())
    nothing = KnownGroup(
        auc=Interval(None),
        length_out=Interval(None),
        n_group=n_group,
        n_rest=n_rest,
        patients=table["patient_id"].drop_nulls().n_unique() or None,
        rare=min(n_group, n_rest) < RARE_GROUP,
        reason=group.reason,
    )
    if group.reason or min(n_group, n_rest) < 2:
        said = (
            f"{counted(n_group, 'session')} of the group and {counted(n_rest, 'other')} with a "
            "score; at least two of each are needed"
        )
        return replace(nothing, reason=group.reason or said)
    resampling = Resampling.of(
        table[CLUSTER], draws=options.draws, seed=options.seed, confidence=options.confidence
    )
    own = numbers(table["score"])
    left = _residual(own, [numbers(table[one]) for one in lengths])
    auc, length_out = resampling.intervals(aucs([own, left], member))
    return replace(
        nothing,
        auc=auc,
        length_out=length_out,
        baselines={
            name: _compared(own, numbers(table[f"baseline {name}"]), member, resampling)
            for name in baselines
        },
        reason="every draw tells them apart alike: no interval" if auc.low is None else None,
    )


def aucs(columns: Sequence[Array], member: Members) -> Statistic:
    """Make the statistic of the AUC of each column: members score lower.

    Mann and Whitney's U over the product of the group sizes, from mid-ranks in each draw.
    """
    ranked = [ranks(column) for column in columns]
    inside = member.astype(np.float64)

    def statistic(weights: Array) -> Array:
        size = weights @ inside
        rest = weights.sum(axis=1) - size
        found = []
        for one in ranked:
            above = np.einsum("dn,dn,n->d", one(weights), weights, inside) - size * (size + 1) / 2
            with np.errstate(invalid="ignore", divide="ignore"):
                found.append(1 - above / (size * rest))
        return np.stack(found, axis=1)

    return statistic


def _compared(
    own: Array, other: Array, member: Members, resampling: Resampling
) -> tuple[Interval, Interval]:
    rows = known(own, other)
    if min(member[rows].sum(), (~member[rows]).sum()) < 2:
        return Interval(None), Interval(None)
    both = aucs([own[rows], other[rows]], member[rows])

    def statistic(weights: Array) -> Array:
        found = both(weights)
        return np.column_stack([found[:, 1], found[:, 0] - found[:, 1]])

    value, difference = resampling.at(rows).intervals(statistic)
    return value, difference


def _residual(values: Array, given: Sequence[Array]) -> Array:
    """Give what is left of the ranks of a score after a plane through others' ranks."""
    once = np.ones((1, len(values)))
    of_others = [ranks(np.nan_to_num(one))(once)[0] for one in given]
    design = np.column_stack([once[0], *of_others])
    own = ranks(values)(once)[0]
    return np.asarray(own - design @ np.linalg.lstsq(design, own, rcond=None)[0])


_MEMBERS = {"session_id": pl.String, "member": pl.Boolean}


def _group(sessions: pl.DataFrame, question: GroupQuestion) -> Group:
    column = question.column
    if column not in sessions.columns or column == CLUSTER:
        own = [name for name in sessions.columns if name not in ("session_id", CLUSTER)]
        raise UsageError(
            f'the sessions have no column "{column}"',
            mend=f"Name one of: {', '.join(own)}",
            field="--groups",
        )
    texts = _texts(sessions[column])
    found = sorted(texts.drop_nulls().unique())
    wanted = question.value if question.value is not None else _marked(texts, found, column)
    if wanted not in found:
        if question.value is None:
            empty = pl.DataFrame(schema=_MEMBERS)
            return Group(column, empty, f"every session has the same {column}")
        raise UsageError(
            f'no session has "{wanted}" in the column {column}',
            mend=f"Name a value that is there: {', '.join(found[:10])}",
            field="--groups",
        )
    members = pl.DataFrame({"session_id": sessions["session_id"], "member": texts == wanted})
    return Group(f"{column}={wanted}", members.drop_nulls())


def _texts(values: pl.Series) -> pl.Series:
    """Write values as the user writes them: true, 1, anxiety."""
    if values.dtype == pl.Float64 and (values.drop_nulls() == values.drop_nulls().round()).all():
        values = values.cast(pl.Int64)
    return values.cast(pl.String)


def _marked(texts: pl.Series, found: Sequence[str], column: str) -> str:
    """Choose the value that marks the group: true, yes or 1, or the rarer of two."""
    if len(found) > 2:
        raise UsageError(
            f"the column {column} has {len(found)} values, so it names no group by itself",
            mend=f"Name the group, as in --groups {column}={found[0]}",
            field="--groups",
        )
    for value in found:
        if value.casefold() in ("true", "yes", "1"):
            return value
    if len(found) < 2:
        return ""
    return min(found, key=lambda value: int((texts == value).sum()))
