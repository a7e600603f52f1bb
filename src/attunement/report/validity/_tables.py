"""The page's tables: figures in rows, rated scales in columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from attunement.report._words import count, printable
from attunement.report.gap._views import EffectBody, EffectCell, EffectRow, EffectTable
from attunement.report.validity._cells import (
    agreement_cell,
    difference_cell,
    share_cell,
    turn_cell,
)
from attunement.report.validity._names import (
    baseline_name,
    scale_name,
    session_figures,
    turn_figures,
)
from attunement.validity import POOLINGS, KnownGroup, ValidityResult


def session_table(result: ValidityResult) -> EffectTable | None:
    """Set out agreement over whole sessions: the estimator's figures, then the baselines'."""
    if not result.scales:
        return None
    main = result.main
    own = [
        _row(label, remark, [agreement_cell(getattr(main, name).get(s)) for s in result.scales])
        for name, (label, remark) in session_figures(main).items()
    ]
    baselines = [
        _row(
            baseline_name(name),
            "",
            [
                agreement_cell(by_scale[s].baseline if s in by_scale else None)
                for s in result.scales
            ],
        )
        for name, by_scale in main.baselines.items()
    ]
    return EffectTable(
        key="sessions-table",
        caption=f"Spearman’s correlation with the {result.rated} scale [{_level(result)} CI].",
        corner="Figure",
        headings=[scale_name(one) for one in result.scales],
        bodies=[EffectBody(printable(main.estimator), own), EffectBody("Baselines", baselines)],
    )


def baseline_table(result: ValidityResult) -> EffectTable | None:
    """Set out by how much the estimator agrees better than each baseline."""
    if not result.scales:
        return None
    rows = [
        _row(
            f"{printable(result.main.estimator)} less {_within(baseline_name(name))}",
            "",
            [difference_cell(by_scale.get(scale)) for scale in result.scales],
        )
        for name, by_scale in result.main.baselines.items()
    ]
    return EffectTable(
        key="baselines-table",
        caption="Difference of the two correlations, on the same draws of the same sessions; "
        "bold: its interval excludes zero.",
        corner="Comparison",
        headings=[scale_name(one) for one in result.scales],
        bodies=[EffectBody("", rows)],
    )


def estimators_table(result: ValidityResult) -> EffectTable | None:
    """Set out every estimator on the first scale: one a row, its figures in columns."""
    if not result.scales or not result.others:
        return None
    scale = result.scales[0]
    figures = {name: label for name, (label, _) in session_figures(result.main).items()}
    figures.pop("session_position_out")
    rows = [
        _row(
            one.estimator,
            one.inferred.partition("-")[0],
            [agreement_cell(getattr(one, name).get(scale)) for name in figures],
        )
        for one in (result.main, *result.others)
    ]
    return EffectTable(
        key="estimators-table",
        caption=f"Spearman’s correlation with the {result.rated} scale, "
        f"{scale_name(scale).lower()}. Inferred comes from words alone; judged is what a language "
        "model answered when it was shown the session.",
        corner="Estimator",
        headings=list(figures.values()),
        bodies=[EffectBody("", rows)],
    )


def other_estimators_table(result: ValidityResult) -> EffectTable | None:
    """Set out the same figures of the other estimators."""
    if not result.scales or not result.others:
        return None
    bodies = [
        EffectBody(
            printable(f"{other.estimator}, {other.inferred.partition('-')[0]}"),
            [
                _row(
                    label, "", [agreement_cell(getattr(other, name).get(s)) for s in result.scales]
                )
                for name, (label, _) in session_figures(other).items()
            ],
        )
        for other in result.others
    ]
    return EffectTable(
        key="others-table",
        caption=f"Spearman’s correlation with the {result.rated} scale.",
        corner="Estimator and figure",
        headings=[scale_name(one) for one in result.scales],
        bodies=bodies,
    )


def turn_table(result: ValidityResult) -> EffectTable | None:
    """Set out agreement within sessions, for every estimator."""
    scales = list(result.main.turn.raw)
    if not scales:
        return None
    bodies = []
    for one in (result.main, *result.others):
        rows = [
            _row(label, remark, [turn_cell(getattr(one.turn, name).get(s)) for s in scales])
            for name, (label, remark) in turn_figures(one).items()
            if one is result.main or not name.endswith("_alone")
        ]
        bodies.append(EffectBody(printable(one.estimator), rows))
    return EffectTable(
        key="turns-table",
        caption="Pearson’s correlation within sessions, pooled: score and rating each less its "
        f"session’s mean [{_level(result)} CI].",
        corner="Figure",
        headings=[scale_name(one) for one in scales],
        bodies=bodies,
    )


def groups_table(result: ValidityResult) -> EffectTable | None:
    """Set out how well known groups are told apart."""
    if not result.main.known_groups:
        return None
    names = list(next(iter(result.main.known_groups.values())).baselines)
    rows = [
        _row(name, _sizes(group), _group_cells(group, names))
        for name, group in result.main.known_groups.items()
    ]
    return EffectTable(
        key="groups-table",
        caption="AUC: in how many of all pairs a session of the group scores lower than one of "
        "the others; .50 is chance, below it the group scores higher.",
        corner="Group",
        headings=[
            printable(result.main.estimator),
            "Length out",
            *(baseline_name(name) for name in names),
        ],
        bodies=[EffectBody("", rows)],
    )


def matrix_table(result: ValidityResult) -> EffectTable | None:
    """Set out every inferred scale against every rated one, alone and without the whole."""
    matrix = result.main.scales_matrix
    if not matrix.cells:
        return None
    bodies = []
    for field, heading in (
        ("raw", "As they are"),
        ("whole_out", "Mean of the rated scales partialled out"),
    ):
        rows = [
            _row(f"Inferred {name}", "", [share_cell(getattr(cell, field)) for cell in cells])
            for name, cells in groupby(matrix.cells, key=lambda cell: cell.inferred)
        ]
        bodies.append(EffectBody(heading, rows))
    rated = list(dict.fromkeys(cell.rated for cell in matrix.cells))
    return EffectTable(
        key="matrix-table",
        caption=f"Spearman’s correlation over {count(matrix.n, 'session', 'sessions')}.",
        corner="",
        headings=[f"Rated {one}" for one in rated],
        bodies=bodies,
    )


def pooling_table(result: ValidityResult) -> EffectTable | None:
    """Set out how the agreement depends on what each turn counts for."""
    poolings = result.main.poolings
    if not result.scales or result.main.pooling is None:
        return None
    scale = result.scales[0]
    titles: dict[str, str] = {name: one.title for name, one in POOLINGS.items()}
    rows = [
        _row(
            titles[name].capitalize(),
            "in use" if name == result.main.pooling else "",
            [agreement_cell(by_scale.get(scale))],
        )
        for name, by_scale in poolings.items()
    ]
    return EffectTable(
        key="poolings-table",
        caption=f"Spearman’s correlation, {scale_name(scale).lower()} alliance."
        if scale == "alliance"
        else f"Spearman’s correlation, {printable(scale)}.",
        corner="What a turn counts for",
        headings=["Agreement"],
        bodies=[EffectBody("", rows)],
    )


def views_table(result: ValidityResult) -> EffectTable | None:
    """Set out all pairs of whose rating and whose words."""
    if not result.scales or not result.main.views:
        return None
    own = (result.rated, result.inferred, result.main.session, result.main.session_length_out)
    others = [(v.rated, v.inferred, v.session, v.session_length_out) for v in result.main.views]
    scales = list(dict.fromkeys(s for _, _, raw, _ in (own, *others) for s in raw))
    bodies = []
    for rated, inferred, raw, length_out in (own, *others):
        rows = [
            _row("As they are", "", [agreement_cell(raw.get(s)) for s in scales]),
            _row("Length out", "", [agreement_cell(length_out.get(s)) for s in scales]),
        ]
        bodies.append(EffectBody(f"{rated} and {inferred}", rows))
    return EffectTable(
        key="views-table",
        caption="Spearman’s correlation.",
        corner="Whose rating and whose words",
        headings=[scale_name(one) for one in scales],
        bodies=bodies,
    )


def _group_cells(group: KnownGroup, baselines: Sequence[str]) -> list[EffectCell]:
    return [
        share_cell(group.auc, reason=group.reason),
        share_cell(group.length_out),
        *(
            share_cell(group.baselines[name][0]) if name in group.baselines else EffectCell("–")
            for name in baselines
        ),
    ]


def _sizes(group: KnownGroup) -> str:
    said = f"{group.n_group:,} against {group.n_rest:,} sessions"
    return f"{said}, rare" if group.rare else said


def _within(name: str) -> str:
    """Write a name as it stands within a sentence."""
    return name[:1].lower() + name[1:]


def _row(label: str, remark: str, cells: Sequence[EffectCell]) -> EffectRow:
    return EffectRow(label=printable(label), remark=printable(remark), cells=cells)


def _level(result: ValidityResult) -> str:
    return f"{result.options.confidence:.0%}"
