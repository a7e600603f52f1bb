"""The page's tables of estimates on the questionnaire's scale, and of the flags that follow."""

from __future__ import annotations

from attunement.report._words import count, printable
from attunement.report.gap._views import EffectBody, EffectCell, EffectRow, EffectTable
from attunement.report.validity._cells import number_cell, share_cell
from attunement.report.validity._names import scale_name
from attunement.validity import CorrectiveSignal, ValidityResult

_EITHER_WAY = (
    ("flagged", "Sessions flagged", "the therapist’s rating is outside the interval"),
    ("right_direction", "Flags with the right direction", ""),
    ("precision", "Flags that are right", "a notable difference that way"),
    ("by_chance", "the same by chance", "as many flags on any sessions"),
    (
        "without_language",
        "the same without the words",
        "the therapist’s rating far from patients’ mean rating",
    ),
    ("recall", "Notable differences flagged", ""),
    ("base_rate", "Sessions with a notable difference", ""),
)
_EACH_WAY = (
    ("over", "Over", "the interval ends below the highest rating given"),
    ("under", "Under", "the interval begins above the lowest rating given"),
)


def intervals_table(result: ValidityResult) -> EffectTable | None:
    """Set out how far estimates on the questionnaire's scale are off."""
    found = {s: one for s, one in result.main.intervals.items() if one.rmse.value is not None}
    if not found:
        return None
    level = next(iter(found.values())).level or 0
    shares = (("coverage", f"Ratings inside the {level:.0%} interval", ""),)
    amounts = (
        ("mean_width", "Mean width of the interval", ""),
        ("rmse", "Root mean square error", ""),
        ("rmse_of_mean", "the same, saying the mean each time", ""),
        ("mae", "Mean absolute error", ""),
        ("mae_of_mean", "the same, saying the mean each time", ""),
        ("calibration_slope", "Calibration slope", "1 is neither too bold nor too shy"),
        ("explained", "Squared error saved over the mean", ""),
    )
    rows = [
        _row(label, remark, [share_cell(getattr(one, name)) for one in found.values()])
        for name, label, remark in shares
    ]
    rows += [
        _row(label, remark, [number_cell(getattr(one, name)) for one in found.values()])
        for name, label, remark in amounts
    ]
    return EffectTable(
        key="intervals-table",
        caption="Estimates on the questionnaire’s own scale.",
        corner="Figure",
        headings=[scale_name(one) for one in found],
        bodies=[EffectBody("", rows)],
    )


def signal_table(result: ValidityResult) -> EffectTable | None:
    """Set out how often a flag on a therapist's own rating is right, and that in each direction."""
    found = {s: one for s, one in result.main.corrective_signal.items() if one.n}
    found = {s: one for s, one in found.items() if one.flagged.value is not None}
    if not found:
        return None
    either = [
        _row(label, remark, [share_cell(getattr(one, name)) for one in found.values()])
        for name, label, remark in _EITHER_WAY
    ]
    each = [
        EffectBody(heading, _rows_of(list(found.values()), way, reachable))
        for way, heading, reachable in _EACH_WAY
    ]
    return EffectTable(
        key="signal-table",
        caption="; ".join(
            f"{scale_name(scale)}: notable is {one.notable:.2f} or more, "
            f"{count(one.n, 'session', 'sessions')}"
            for scale, one in found.items()
        )
        + ".",
        corner="Figure",
        headings=[scale_name(one) for one in found],
        bodies=[EffectBody("Either way", either), *each],
    )


def _rows_of(found: list[CorrectiveSignal], way: str, reachable: str) -> list[EffectRow]:
    """Give the figures of one direction; how many of how many stands below the shares of few."""

    def cells(name: str, right_of: str = "") -> list[EffectCell]:
        return [
            share_cell(
                getattr(one, f"{name}_{way}"),
                below=f"{getattr(one, f'n_right_{way}'):,} of {getattr(one, right_of):,}"
                if right_of
                else "",
            )
            for one in found
        ]

    return [
        _row("Sessions in which it can be flagged", reachable, cells("possible")),
        _row("Sessions with a notable difference", "precision by chance", cells("base_rate")),
        _row("Flags that are right", "", cells("precision", f"n_flagged_{way}")),
        _row("Notable differences flagged", "", cells("recall", f"n_notably_{way}")),
    ]


def _row(label: str, remark: str, cells: list[EffectCell]) -> EffectRow:
    return EffectRow(label=label, remark=printable(remark), cells=cells)
