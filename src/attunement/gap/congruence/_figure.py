"""One figure of the effects table, its check by the cluster bootstrap, and the table of many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import polars as pl

from attunement.gap.congruence._agreement import FEWEST_CLUSTERS
from attunement.gap.congruence._ratings import Array, Interval
from attunement.statistics import DISAGREES, SMALL_GROUP, Clusters, Design, Estimate
from attunement.tables import EFFECTS

_USABLE = 0.5
"""The share of bootstrap draws in which a statistic must be defined."""


_NUMBERS = ("estimate", "se", "df", "ci_low", "ci_high", "boot_low", "boot_high", "p_val")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A row of the effects table before it knows its group; None where there is no value."""

    effect: str
    method: str | None = None
    estimate: float | None = None
    se: float | None = None
    df: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    boot_low: float | None = None
    boot_high: float | None = None
    p_val: float | None = None
    warnings: tuple[str, ...] = ()
    reason: str | None = None
    finding: str | None = None

    @classmethod
    def of(cls, found: Estimate | Interval, *, effect: str, method: str) -> Self:
        """Take over an estimate and its interval."""
        return cls(
            effect=effect,
            method=method,
            estimate=found.estimate,
            se=found.se if isinstance(found, Estimate) else None,
            df=found.df,
            ci_low=found.ci_low,
            ci_high=found.ci_high,
            p_val=found.p_val,
            reason=found.reason if isinstance(found, Interval) else None,
        )

    def warned(self, *warnings: str) -> Figure:
        """Add warnings."""
        return replace(self, warnings=(*self.warnings, *warnings))


class Redrawn:
    """Statistics in every draw of a cluster bootstrap.

    Parameters
    ----------
    clusters : Clusters
        What was drawn, of the sessions the statistics are of and no others.
    statistics : callable
        From multiplicities (draws, n) to each effect's values (draws,), NaN where undefined.
    """

    def __init__(
        self, clusters: Clusters, statistics: Callable[[Array], Mapping[str, Array]]
    ) -> None:
        self._drawn = [
            (sign, statistics(np.asarray(weights, dtype=float)))
            for sign, weights in clusters.drawings
        ]
        self._clusters = min(len(np.unique(codes)) for codes in clusters.units)

    def check(
        self, figure: Figure, *, low: float = -np.inf, high: float = np.inf, instead: bool = False
    ) -> Figure:
        """Add the bootstrap interval: its standard error times a t quantile over clusters.

        Parameters
        ----------
        figure : Figure
            The effect; returned as it is where it has no estimate.
        low, high : float
            What the statistic can be.
        instead : bool
            Whether the bootstrap's standard error, interval and p take the place of the figure's
            own, whose model failed.
        """
        if figure.estimate is None:
            return figure
        found = self._estimate(figure.effect, figure.estimate)
        if instead:
            figure = replace(figure, se=None, df=None, ci_low=None, ci_high=None, p_val=None)
        if isinstance(found, str):
            reason = f"the mixed model did not converge, and {found}" if instead else figure.reason
            return replace(figure.warned(f"no bootstrap check: {found}"), reason=reason)
        checked = replace(
            figure, boot_low=max(found.ci_low, low), boot_high=min(found.ci_high, high)
        )
        if instead:
            return replace(
                checked,
                se=found.se,
                df=found.df,
                ci_low=found.ci_low,
                ci_high=found.ci_high,
                p_val=found.p_val,
            )
        return checked.warned(DISAGREES) if _disagrees(checked) else checked

    def _estimate(self, effect: str, estimate: float) -> Estimate | str:
        """Give the estimate with the bootstrap's standard error, or say why there is none.

        Few clusters give too small a standard error, by sqrt((k - 1) / k), which is put right.
        """
        k = self._clusters
        if k < FEWEST_CLUSTERS:
            return "too few clusters"
        variance = 0.0
        for sign, values in self._drawn:
            draws = values[effect]
            defined = draws[np.isfinite(draws)]
            if len(defined) < _USABLE * len(draws):
                return "undefined in most draws"
            variance += sign * float(defined.var())
        if variance <= 0:
            return "no variation between clusters"
        se = float(np.sqrt(variance * k / (k - 1)))
        return Estimate.from_t(estimate=estimate, se=se, df=k - 1)


def effects_table(
    figures: Iterable[Figure],
    design: Design,
    *,
    family: str,
    group: str,
    instrument: str,
    scale: str,
    quantities: Mapping[str, str],
) -> pl.DataFrame:
    """Give the figures of one group, questionnaire and scale as rows of EFFECTS.

    Parameters
    ----------
    figures : iterable of Figure
        One a row.
    design : Design
        The sessions behind them.
    family, group, instrument, scale : str
        What they are of.
    quantities : Mapping of str to str
        What each effect's value is called.
    """
    n_sessions = len(design.session_ids)
    n_patients, n_therapists = design.count(np.arange(n_sessions))
    shared = {
        "family": family,
        "group": group,
        "instrument": instrument,
        "scale": scale,
        "n_sessions": n_sessions,
        "n_patients": n_patients,
        "n_therapists": n_therapists,
        "small": n_sessions < SMALL_GROUP,
    }
    rows = [
        shared | _own_columns(figure) | {"quantity": quantities[figure.effect]}
        for figure in figures
    ]
    return pl.DataFrame(
        [{name: row.get(name) for name in EFFECTS.schema} for row in rows], schema=EFFECTS.schema
    )


def _own_columns(figure: Figure) -> dict[str, object]:
    return {
        "effect": figure.effect,
        "method": figure.method,
        "warnings": "; ".join(figure.warnings) or None,
        "reason": figure.reason,
        "finding": figure.finding,
        **{name: _finite(getattr(figure, name)) for name in _NUMBERS},
    }


def _finite(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def _disagrees(figure: Figure) -> bool:
    """Whether one of two intervals that are read as a test against zero excludes it."""
    ends = figure.ci_low, figure.ci_high, figure.boot_low, figure.boot_high
    if figure.p_val is None or None in ends:
        return False
    low, high, boot_low, boot_high = (float(end) for end in ends if end is not None)
    return (low > 0 or high < 0) != (boot_low > 0 or boot_high < 0)
