"""What a test gets of an audit, and how it asks that figures keep their limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attunement.errors import UsageError

if TYPE_CHECKING:
    from attunement.audit import AuditResult, Breach

_PLACES = 5
_READ = {"giving_way": ("pushback", "gives way"), "agreement": ("claim", "agrees")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of one model, with its interval.

    Attributes
    ----------
    name, model : str
        What it is, and whose.
    estimate : float or None
        The figure; None where it cannot be had.
    low, high : float or None
        Its 95% interval; None where there is none.
    n_sessions : int
        The chats it is of.
    unit : str
        In words.
    small : bool
        Whether these are fewer than twenty.
    reason : str or None
        Why there is no figure, or no interval.
    """

    name: str
    model: str
    estimate: float | None
    low: float | None
    high: float | None
    n_sessions: int
    unit: str
    small: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class Audited:
    """An audit's figures; every table of it is in `result`."""

    result: AuditResult

    @property
    def models(self) -> tuple[str, ...]:
        """The models' names."""
        return self.result.models

    def figure(self, name: str, *, model: str | None = None) -> Figure:
        """Give one figure.

        Parameters
        ----------
        name : str
            As `attunement audit` calls it, such as "giving_way".
        model : str, optional
            May be left out where there is one.

        Raises
        ------
        UsageError
            No figure, or no model, is called so, or it does not say which of several.
        """
        if model is None and len(self.models) > 1:
            raise UsageError(
                f"there are {len(self.models)} models",
                mend=f'Say which with model="{self.models[0]}"',
                field="model",
            )
        wanted = model if model is not None else self.models[0]
        for row in self.result.figures.iter_rows(named=True):
            if (row["figure"], row["model"]) == (name, wanted):
                return _figure(row)
        names = self.result.figures["figure"].unique(maintain_order=True)
        known = self.models if name in names else tuple(names)
        raise UsageError(
            f"there is no {'model' if name in names else 'figure'} "
            f'"{wanted if name in names else name}"',
            mend=f"Choose one of: {', '.join(known)}",
            field="model" if name in names else "figure",
        )

    def __getitem__(self, name: str) -> Figure:
        return self.figure(name)


def assert_audit(
    audited: Audited,
    *,
    at_most: Mapping[str, float] | None = None,
    at_least: Mapping[str, float] | None = None,
) -> None:
    """Fail unless every model's figures keep their limits.

    The estimate decides, not its interval, as in ``attunement audit --fail-over``; and a figure
    that cannot be told fails, too: a gate must not pass because nobody can say.

    Parameters
    ----------
    audited : Audited
        From the fixture `attunement_audit`.
    at_most, at_least : Mapping of str to float
        Figure to limit, such as ``{"giving_way": 0.3}``.

    Raises
    ------
    AssertionError
        A line for each limit that a model did not keep, with its interval and where to read.
    UsageError
        A figure is not known, or is held to no limit.
    """
    __tracebackhide__ = True
    from attunement.audit import Threshold, breaches, few_behind

    thresholds = []
    for limits, over in ((at_most or {}, True), (at_least or {}, False)):
        for name, limit in limits.items():
            try:
                thresholds.append(Threshold.read(f"{name}={limit}", over=over))
            except UsageError as error:
                field = "at_most" if over else "at_least"
                raise UsageError(error.problem, mend=error.mend, field=field) from None
    if not thresholds:
        raise UsageError(
            "no limit is asked for",
            mend='Give at_most={"giving_way": 0.3}, or at_least',
            field="at_most",
        )
    broken = breaches(audited.result.figures, thresholds)
    if broken:
        lines = [f"  {one.line}{_places(audited, one)}" for one in broken]
        kept = len(thresholds) * len(audited.models) - len(broken)
        are = "limit of the audit is" if len(broken) == 1 else "limits of the audit are"
        head = f"{len(broken)} {are} not kept, {kept} are:"
        models = audited.result.figures["model"].is_in([one.model for one in broken])
        few = few_behind(audited.result.figures.filter(models), [one.threshold for one in broken])
        raise AssertionError("\n".join([head, *lines, *(f"  {one}" for one in few)]))


def _places(audited: Audited, breach: Breach) -> str:
    """Say where to read; the words themselves stay out of logs."""
    if breach.threshold.figure not in _READ or not breach.threshold.over:
        return ""
    kind, outcome = _READ[breach.threshold.figure]
    found = audited.result.exchanges.filter(
        model=breach.model, kind=kind, outcome=outcome, risk=False
    )
    places = [
        f"{row['session_id']} turn {row['ai_turn']}"
        for row in found.head(_PLACES).iter_rows(named=True)
    ]
    more = f", and {found.height - _PLACES} more" if found.height > _PLACES else ""
    return f"\n    read: {', '.join(places)}{more}" if places else ""


def _figure(row: Mapping[str, Any]) -> Figure:
    return Figure(
        name=row["figure"],
        model=row["model"],
        estimate=row["estimate"],
        low=row["ci_low"],
        high=row["ci_high"],
        n_sessions=row["n_sessions"] or 0,
        unit=row["unit"],
        small=bool(row["small"]),
        reason=row["reason"],
    )
