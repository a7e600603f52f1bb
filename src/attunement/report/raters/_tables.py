"""Agreement in tables: with people, with itself, with other judges, and of the items."""

from __future__ import annotations

from collections.abc import Sequence

from attunement.psychometrics import (
    BETWEEN_JUDGES,
    BETWEEN_REPEATS,
    CONSISTENCY,
    LENGTH_OUT,
    MEAN_DIFFERENCE,
    RETEST,
    WITH_RATINGS,
)
from attunement.report._words import printable
from attunement.report.gap._views import EffectBody, EffectRow, EffectTable
from attunement.report.raters._cells import cell, filled_table, scale_name
from attunement.report.raters._shown import RatersShown, Who


def people_table(shown: RatersShown) -> EffectTable | None:
    """Set out agreement with people, scale by scale."""
    columns = ["spearman", f"spearman, {LENGTH_OUT}", "pearson", "icc(A,1)", "ccc", MEAN_DIFFERENCE]
    bodies = []
    for who in shown.asked():
        rows = [
            _row(
                scale_name(scale),
                f"beside {human}",
                shown,
                WITH_RATINGS,
                who,
                columns,
                scale=scale,
                other=human,
            )
            for scale in shown.scales(who)
            for human in shown.humans(who, scale)
        ]
        bodies.append(EffectBody(who.name, rows))
    return filled_table(
        "people",
        "Correlation over sessions of what was judged with what people rated [95% CI]; length out: "
        "both sides’ words and turns. ICC, concordance and difference only on one questionnaire.",
        "Judged and rated",
        columns,
        bodies,
    )


def selves_table(shown: RatersShown) -> EffectTable | None:
    """Set out what a judge says when it is asked again, and what other judges say."""
    columns = [
        "icc(A,1)",
        "icc(C,1)",
        "icc(A,k)",
        "krippendorff alpha, interval",
        "krippendorff alpha, ordinal",
    ]
    bodies = []
    for who in shown.asked():
        rows = [
            _row(
                scale_name(scale), "asked again", shown, BETWEEN_REPEATS, who, columns, scale=scale
            )
            for scale in shown.scales(who)
            if shown.rows(BETWEEN_REPEATS, who, scale=scale)
        ]
        for scale in shown.scales(who):
            found = shown.rows(BETWEEN_JUDGES, who, scale=scale)
            others = dict.fromkeys(str(row["other"]) for row in found)
            rows += [
                _row(
                    scale_name(scale),
                    f"and {other}",
                    shown,
                    BETWEEN_JUDGES,
                    who,
                    columns,
                    scale=scale,
                    other=other,
                )
                for other in others
            ]
        bodies.append(EffectBody(who.name, rows))
    return filled_table(
        "selves",
        "Two-way intraclass correlations, of agreement (A) and of consistency (C), of one answer "
        "(1) and of the mean of all (k); Krippendorff’s alpha, which takes sessions that not all "
        "scored [95% CI].",
        "Scale, and with whom",
        columns,
        bodies,
    )


def scales_table(shown: RatersShown) -> EffectTable | None:
    """Set out how far the items of a scale say one thing."""
    columns = ["cronbach alpha", "omega"]
    bodies = [
        EffectBody(
            who.name,
            [
                _row(scale_name(scale), "", shown, CONSISTENCY, who, columns, scale=scale)
                for scale in shown.scales(who)
            ],
        )
        for who in shown.asked()
    ]
    return filled_table(
        "consistency",
        "Over sessions in which every item was scored [95% CI]. High is not good by itself: a "
        "judge that answers every item alike has an alpha near 1.",
        "Scale",
        columns,
        bodies,
    )


def retest_table(shown: RatersShown) -> EffectTable | None:
    """Set out what becomes of a figure from one session to the patient's next."""
    columns = ["spearman", "icc(A,1)"]
    bodies = []
    for who in shown.asked():
        rows = []
        for scale in shown.scales(who):
            others = dict.fromkeys(row["other"] for row in shown.rows(RETEST, who, scale=scale))
            rows += [
                _row(
                    scale_name(scale),
                    "as judged" if other is None else f"as rated: {other}",
                    shown,
                    RETEST,
                    who,
                    columns,
                    scale=scale,
                    other=other,
                )
                for other in others
            ]
        bodies.append(EffectBody(who.name, rows))
    return filled_table(
        "retest",
        "Pairs of a patient’s sessions that follow each other [95% CI]. The alliance itself "
        "changes between them, so what is judged is to be read beside what was rated.",
        "Scale",
        columns,
        bodies,
    )


def _row(
    label: str,
    remark: str,
    shown: RatersShown,
    question: str,
    who: Who,
    columns: Sequence[str],
    *,
    scale: str,
    other: str | None = None,
) -> EffectRow:
    cells = [
        cell(shown.row(question, who, scale=scale, other=other, statistic=one)) for one in columns
    ]
    return EffectRow(label, printable(remark), cells)
