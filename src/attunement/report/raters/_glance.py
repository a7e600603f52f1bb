"""Everything of importance in one table: a judge a row."""

from __future__ import annotations

from attunement.psychometrics import (
    BETWEEN_JUDGES,
    BETWEEN_REPEATS,
    LENGTH_OUT,
    PROBE,
    SHARE,
    UNSCORED,
)
from attunement.report._words import MISSING, printable
from attunement.report.gap._views import EffectBody, EffectCell, EffectRow, EffectTable
from attunement.report.raters._cells import cell, probe_cell, share_cell
from attunement.report.raters._shown import RatersShown, Row, Who, known, small
from attunement.report.raters._story import VARIANTS, agreement


def glance_table(shown: RatersShown) -> EffectTable | None:
    """Set out the whole of each judge: with people, itself and others; what moves it; unscored."""
    rows = [_row(shown, who) for who in shown.asked()]
    if not rows:
        return None
    return EffectTable(
        key="glance",
        caption="Of the whole: Spearman’s correlation with what people rated, from the judge’s own "
        "perspective where there is one; intraclass correlations of agreement; the probe that "
        "moves the score most, in points [95% CI].",
        corner="Judge",
        headings=["With people", "Length out", "Asked again", "Other judge", "Probe", "Unscored"],
        bodies=[EffectBody("", rows)],
    )


def _row(shown: RatersShown, who: Who) -> EffectRow:
    scale = shown.whole(who)
    human = next(iter(shown.humans(who, scale)), None)
    people: list[Row | None] = [None, None]
    if human is not None:
        people = [
            agreement(shown, who, human),
            agreement(shown, who, human, f"spearman, {LENGTH_OUT}"),
        ]
    again = shown.row(BETWEEN_REPEATS, who, scale=scale, statistic="icc(A,1)")
    return EffectRow(
        label=printable(who.judge),
        remark=f"{who.manner}{f', beside {printable(human)}' if human else ''}",
        cells=[
            *(cell(one) for one in people),
            EffectCell("–", reason="asked once") if again is None else cell(again),
            _other_judge(shown, who, scale),
            _probe(shown, who, scale),
            _unscored(shown, who),
        ],
    )


def _other_judge(shown: RatersShown, who: Who, scale: str) -> EffectCell:
    """Set the agreement with the first other judge that was asked the same."""
    for row in shown.rows(BETWEEN_JUDGES, scale=scale, statistic="icc(A,1)"):
        same = all(row[one] == getattr(who, one) for one in ("perspective", "framing"))
        pair = (row["judge"], row["other"])
        if same and who.judge in pair:
            other = pair[1] if pair[0] == who.judge else pair[0]
            set_out = cell(row)
            return EffectCell(
                set_out.estimate,
                set_out.interval,
                beside=_beside(printable(other), row),
                reason=set_out.reason,
            )
    return EffectCell(MISSING)


def _probe(shown: RatersShown, who: Who, scale: str) -> EffectCell:
    probes = known(shown.rows(PROBE, who, scale=scale))
    if not probes:
        return EffectCell(MISSING, reason="not probed")
    most = max(probes, key=lambda row: abs(row["estimate"]))
    found = probe_cell(most)
    return EffectCell(
        found.estimate,
        found.interval,
        statistics=found.statistics,
        beside=_beside(VARIANTS.get(most["other"], printable(most["other"])), most),
        beyond_chance=found.beyond_chance,
    )


def _beside(what: str, row: Row) -> str:
    return f"{what}, small" if row["estimate"] is not None and small(row) else what


def _unscored(shown: RatersShown, who: Who) -> EffectCell:
    row = shown.row(UNSCORED, who, statistic=SHARE, other=None)
    return EffectCell(MISSING) if row is None else share_cell(row)
