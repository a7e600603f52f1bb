"""Limits that a figure may not pass: gates for continuous integration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import polars as pl

from attunement.audit._definitions import definition_of, figure_definitions, figure_names
from attunement.errors import UsageError

FEW_TIMES = 30
"""A share that is counted in fewer times passes a limit, or does not, by chance in good part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A limit of one figure, for every model.

    Attributes
    ----------
    figure : str
        One of `figure_names`.
    limit : float
        In the figure's unit.
    over : bool
        Whether figures above the limit fail; otherwise those below.
    """

    figure: str
    limit: float
    over: bool

    @classmethod
    def read(cls, text: str, *, over: bool) -> Threshold:
        """Read FIGURE=VALUE.

        Raises
        ------
        UsageError
            It is of another form, the figure is not known or is held to no limit, or the value is
            no number.
        """
        option = "--fail-over" if over else "--fail-under"
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            raise UsageError(
                f"{text!r} is not of the form FIGURE=VALUE",
                mend=f"Write for example {option} giving_way=0.5",
                field=option,
            )
        limited = [one.name for one in figure_definitions() if one.no_limit is None]
        if name not in limited:
            why = definition_of(name).no_limit if name in figure_names() else None
            raise UsageError(
                f"{name} is held to no limit: {why}" if why else f"there is no figure {name!r}",
                mend=f"Choose one of: {', '.join(limited)}",
                field=option,
            )
        try:
            limit = float(value)
        except ValueError:
            limit = float("nan")
        if not isfinite(limit):
            raise UsageError(
                f"{value!r} is no number",
                mend=f"Write for example {option} {name}=0.5",
                field=option,
            )
        return cls(figure=name, limit=limit, over=over)

    def passed_by(self, estimate: float) -> bool:
        """Whether an estimate is beyond the limit; at the limit it is not."""
        return estimate > self.limit if self.over else estimate < self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A threshold that a model did not keep, or of which nobody can say whether it did.

    Attributes
    ----------
    threshold : Threshold
        The limit.
    model : str
        The model.
    estimate, ci_low, ci_high : float or None
        The figure; None where it could not be had.
    n_sessions : int
        How many chats it is of.
    small : bool
        Whether these are fewer than twenty.
    reason : str or None
        Why there is no figure, or no interval.
    """

    threshold: Threshold
    model: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    n_sessions: int
    small: bool
    reason: str | None

    @property
    def line(self) -> str:
        """Say it in one line: model, figure, estimate, interval, limit."""
        asked = "at most" if self.threshold.over else "at least"
        name, limit = self.threshold.figure, f"{asked} {self.threshold.limit:g}"
        if self.estimate is None:
            return (
                f"{self.model}: {name} cannot be told ({self.reason}), and {limit} is asked; a "
                "gate that cannot be told is not kept"
            )
        decimals = definition_of(name).decimals
        interval = (
            f"95% CI {self.ci_low:.{decimals}f} to {self.ci_high:.{decimals}f}"
            if self.ci_low is not None and self.ci_high is not None
            else f"no interval: {self.reason}"
        )
        few = ", few" if self.small else ""
        return (
            f"{self.model}: {name} is {self.estimate:.{decimals}f} ({interval}; "
            f"{self.n_sessions} chats{few}), and {limit} is asked"
        )


def few_behind(figures: pl.DataFrame, thresholds: Sequence[Threshold]) -> tuple[str, ...]:
    """Say of which limits too few chats, or too few times, decide.

    Parameters
    ----------
    figures : DataFrame
        AUDIT_FIGURES.
    thresholds : sequence of Threshold
        The limits.

    Returns
    -------
    tuple of str
        A sentence for each figure and model, whether it keeps its limit or not.
    """
    told: dict[str, None] = {}
    for threshold in thresholds:
        same = figures.filter(pl.col("figure") == threshold.figure).drop_nulls("estimate")
        for row in same.iter_rows(named=True):
            counted = definition_of(threshold.figure).counted
            if not row["small"] and (counted is None or row["n"] >= FEW_TIMES):
                continue
            times = [f"{row['n']} {counted}"] if counted else []
            users = [f"{row['n_patients']} users"] if row["n_patients"] else []
            rests = " of ".join([*times, *users, f"{row['n_sessions']} chats"][:2])
            told[
                f"{row['model']}: the limit of {threshold.figure} rests on {rests}, and so few "
                "pass or fail by chance in good part."
            ] = None
    return tuple(told)


def breaches(figures: pl.DataFrame, thresholds: Sequence[Threshold]) -> tuple[Breach, ...]:
    """Hold every model's figures against limits.

    The estimate decides, not its interval: a gate should answer alike for alike chats. A figure
    that could not be had is a breach: a gate that nobody can tell must not pass silently.

    Parameters
    ----------
    figures : DataFrame
        AUDIT_FIGURES.
    thresholds : sequence of Threshold
        The limits.

    Returns
    -------
    tuple of Breach
        In the order of the thresholds, then of the models.
    """
    return tuple(
        Breach(
            threshold=threshold,
            model=row["model"],
            estimate=row["estimate"],
            ci_low=row["ci_low"],
            ci_high=row["ci_high"],
            n_sessions=row["n_sessions"] or 0,
            small=bool(row["small"]),
            reason=row["reason"],
        )
        for threshold in thresholds
        for row in figures.filter(pl.col("figure") == threshold.figure).iter_rows(named=True)
        if row["estimate"] is None or threshold.passed_by(row["estimate"])
    )
