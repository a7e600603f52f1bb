"""The gap's tables: effects in rows, scales in columns, the words under the figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import polars as pl

from attunement.report._words import MISSING, count, number, short_name
from attunement.report.gap._cells import (
    effect_cell,
    finding_verdict,
    interval,
    p_value,
    statistics,
)
from attunement.report.gap._counts import remark
from attunement.report.gap._rows import (
    ABSOLUTE_SLOPE,
    ALL_SESSIONS,
    MEAN,
    SLOPE,
    THE_REST,
    EffectRows,
    Row,
    contrast_name,
    group_name,
    in_order,
)
from attunement.report.gap._views import EffectBody, EffectCell, EffectRow, EffectTable

NAIVE_LEVEL = "level and |gap|, same turns"
SPLIT_LEVEL = "level and |gap|, split halves"

_FROM_MEAN = "its distance from the mean over all sessions; below zero: it shrinks"
"""Off a common scale zero is nobody's agreement, and the size is not measured from it."""

Cells = Callable[[Row | None], EffectCell]


def headline_table(
    effects: EffectRows, *, name: str, on_common_scale: bool, key: str
) -> EffectTable:
    """Set out each group's mean difference, scale by scale.

    Off a common scale no mean is tested against zero here, which is nobody's agreement.
    """
    cell = _brief if on_common_scale else _untested
    means = effects.where(family="difference", effect=MEAN)
    rows = [
        EffectRow(
            label=group_name(group),
            remark=remark(means.where(group=group)),
            cells=_across(means.where(group=group), means.scales(), cell),
        )
        for group in means.values("group")
    ]
    return EffectTable(
        key=key,
        caption=(
            f"{name.capitalize()}, mean over sessions [95% CI], Hedges’ g, p after Holm (bold: "
            "under .05, 20 sessions or more), controls."
            if on_common_scale
            else f"No sign and no size of a {name} means anything by itself: compare down a "
            "column. Mean over sessions [95% CI], Hedges’ g, controls."
        ),
        corner="Condition",
        headings=[short_name(scale) for scale in means.scales()],
        bodies=[EffectBody("", rows)],
    )


def between_table(effects: EffectRows, *, name: str, key: str) -> EffectTable | None:
    """Set out the contrasts between conditions: pairs, and each against the rest."""
    found = effects.where(family="between").contrasts()
    return _contrast_table(
        found,
        effect_cell,
        key=key,
        caption=(
            f"The first condition’s {name} minus the second’s [95% CI], Hedges’ g, p after Holm "
            "(bold: under .05, both with 20 sessions or more), controls."
        ),
    )


def convergence_table(
    effects: EffectRows, *, name: str, on_common_scale: bool, key: str
) -> EffectTable | None:
    """Set out whether the two sides converge, condition by condition."""
    absolute = effects.where(family="convergence", effect=ABSOLUTE_SLOPE)
    signed = effects.where(family="convergence", effect=SLOPE)
    if not absolute.rows:
        return None
    rows = []
    for group in absolute.values("group"):
        cells = [
            _convergence_cell(
                absolute.one(group=group, scale=scale), signed.one(group=group, scale=scale)
            )
            for scale in absolute.scales()
        ]
        rows.append(EffectRow(group_name(group), remark(absolute.where(group=group)), cells))
    return EffectTable(
        key=key,
        caption=(
            f"Change over a session, from start to end: slope of the {name}’s size ("
            + ("below zero: the sides draw closer" if on_common_scale else _FROM_MEAN)
            + f"), less what shuffled time gives; under it the signed slope of the {name} itself."
        ),
        corner="Condition",
        headings=[short_name(scale) for scale in absolute.scales()],
        bodies=[EffectBody("", rows)],
    )


def convergence_contrasts(effects: EffectRows, *, name: str, key: str) -> EffectTable | None:
    """Set out differences between conditions in how far apart the sides move."""
    found = effects.where(family="convergence between", effect=ABSOLUTE_SLOPE).contrasts()
    return _contrast_table(
        found,
        effect_cell,
        key=key,
        caption=(
            f"The first condition’s slope of the {name}’s size minus the second’s [95% CI], "
            "Hedges’ g, p after Holm, controls."
        ),
    )


def level_table(effects: EffectRows, *, name: str, key: str) -> EffectTable | None:
    """Set out whether the alliance is higher where the sides are further apart."""
    level = effects.where(family="level")
    if not level.rows:
        return None
    bodies = []
    for effect, heading in (
        (SPLIT_LEVEL, "Level and size from different turns: to be read"),
        (NAIVE_LEVEL, "Level and size from the same turns: biased, for comparison"),
    ):
        rows = level.where(effect=effect)
        bodies.append(
            EffectBody(
                heading,
                [
                    EffectRow(
                        group_name(group),
                        remark(rows.where(group=group)),
                        _across(rows.where(group=group), level.scales(), effect_cell),
                    )
                    for group in rows.values("group")
                ],
            )
        )
    return EffectTable(
        key=key,
        caption=(
            f"Level of the alliance and size of the {name} over sessions: standardised "
            "slope [95% confidence interval], p."
        ),
        corner="Condition",
        headings=[short_name(scale) for scale in level.scales()],
        bodies=bodies,
    )


def statistics_table(
    effects: EffectRows, *, family: str, caption: str, key: str
) -> EffectTable | None:
    """Set out a family whose effects are different statistics: one row each, groups apart."""
    found = effects.where(family=family)
    if not found.rows:
        return None
    bodies = []
    for group in sorted(found.values("group"), key=lambda group: group != ALL_SESSIONS):
        rows = found.where(group=group)
        bodies.append(
            EffectBody(
                ", ".join(filter(None, [group_name(group), remark(rows)])),
                [
                    EffectRow(
                        effect,
                        "",
                        _across(rows.where(effect=effect), found.scales(), _plain),
                    )
                    for effect in rows.values("effect")
                ],
            )
        )
    return EffectTable(
        key=key,
        caption=caption,
        corner="Statistic",
        headings=[short_name(scale) for scale in found.scales()],
        bodies=bodies,
    )


def published_table(published: pl.DataFrame, *, key: str) -> EffectTable | None:
    """Set out the published analysis: t-tests over pooled turns."""
    if published.is_empty():
        return None
    rows = published.to_dicts()
    scales = in_order(dict.fromkeys(row["scale"] for row in rows))
    by_condition: dict[str | None, dict[str, Row]] = {}
    for row in rows:
        by_condition.setdefault(row["condition"], {})[row["scale"]] = row
    table_rows = []
    for condition, of_scale in by_condition.items():
        most = max(of_scale.values(), key=lambda row: row["patient_turns"])
        sides = [count(most[f"{role}_turns"], "turn", "turns") for role in ("patient", "therapist")]
        said = f"patient {sides[0]}, therapist {sides[1]}"
        cells = [_published_cell(of_scale.get(scale)) for scale in scales]
        table_rows.append(EffectRow(group_name(condition), said, cells))
    return EffectTable(
        key=key,
        caption=(
            "For comparison only. Student’s t-tests over pooled turns, therapist minus patient. "
            "Turns of one session are not independent, so these p values are far too small."
        ),
        corner="Condition",
        headings=[short_name(scale) for scale in scales],
        bodies=[EffectBody("", table_rows)],
    )


def _contrast_table(
    found: EffectRows, cell: Cells, *, key: str, caption: str
) -> EffectTable | None:
    if not found.rows:
        return None
    scales = found.scales()
    pairs: list[EffectRow] = []
    rest: list[EffectRow] = []
    for group, reference in dict.fromkeys((row["group"], row["reference"]) for row in found.rows):
        rows = found.where(group=group, reference=reference)
        made = EffectRow(contrast_name(group, reference), remark(rows), _across(rows, scales, cell))
        (rest if reference == THE_REST else pairs).append(made)
    bodies = [("One condition and another", pairs), ("One condition and all the others", rest)]
    return EffectTable(
        key=key,
        caption=caption,
        corner="Contrast",
        headings=[short_name(scale) for scale in scales],
        bodies=[EffectBody(heading, rows) for heading, rows in bodies if rows],
    )


def _across(rows: EffectRows, scales: Sequence[str], cell: Cells) -> list[EffectCell]:
    return [cell(rows.one(scale=scale)) for scale in scales]


def _brief(row: Row | None) -> EffectCell:
    return effect_cell(row, brief=True)


def _untested(row: Row | None) -> EffectCell:
    """Set a mean that may not be held against zero."""
    return _brief({**row, "p_holm": None, "p_val": None} if row is not None else None)


def _plain(row: Row | None) -> EffectCell:
    """Set a statistic that is no difference: no sign unless it is below zero."""
    return replace(effect_cell(row, signed=False), verdict=None)


def _convergence_cell(absolute: Row | None, signed: Row | None) -> EffectCell:
    cell = effect_cell(absolute)
    if absolute is None:
        return cell
    beside = ""
    if signed is not None and signed["estimate"] is not None:
        limits = interval(signed["ci_low"], signed["ci_high"])
        beside = f"signed {number(signed['estimate'], signed=True)} {limits}"
    return replace(
        cell,
        statistics=statistics({**absolute, "g": None}),
        finding=finding_verdict(absolute["finding"]),
        beside=beside,
    )


def _published_cell(row: Row | None) -> EffectCell:
    if row is None or row["estimate"] is None:
        return EffectCell(MISSING, reason=row["note"] if row is not None else "")
    said = []
    if row["t"] is not None:
        said.append(f"t({row['df']:,.0f}) = {number(row['t'])}, {p_value(row['p_val'])}")
    return EffectCell(number(row["estimate"], signed=True), statistics="".join(said))
