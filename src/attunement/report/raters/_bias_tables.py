"""What moves a judge besides the alliance, and what it did not score, in tables."""

from __future__ import annotations

from attunement.psychometrics import (
    LENGTH,
    PROBE,
    RATING_WITH_WORDS,
    SHARE,
    UNSCORED,
    WITH_WORDS,
    WITH_WORDS_HELD,
    WORDS_APART,
)
from attunement.report._words import printable
from attunement.report.gap._views import EffectBody, EffectRow, EffectTable
from attunement.report.raters._cells import (
    capital,
    cell,
    filled_table,
    probe_cell,
    scale_name,
    share_cell,
)
from attunement.report.raters._shown import RatersShown
from attunement.report.raters._story import VARIANTS


def probes_table(shown: RatersShown) -> EffectTable | None:
    """Set out how far rewritings move a judge."""
    variants = dict.fromkeys(str(row["other"]) for row in shown.rows(PROBE))
    bodies = []
    for who in shown.asked():
        rows = []
        for scale in shown.scales(who):
            found = {row["other"]: row for row in shown.rows(PROBE, who, scale=scale)}
            if found:
                cells = [probe_cell(found.get(variant)) for variant in variants]
                rows.append(EffectRow(scale_name(scale), "", cells))
        bodies.append(EffectBody(who.name, rows))
    bodies = [body for body in bodies if body.rows]
    if not bodies:
        return None
    return EffectTable(
        key="probes",
        caption="The score of the rewritten session less that of the session as it is, in points "
        "of the instrument [95% CI], p by Holm over a scale’s probes. Length, structure and order "
        "should not move a judge of the alliance; under praise and vagueness the therapist is "
        "another, and a move may be the judge’s reading of it. Bold: p below .05.",
        corner="Scale",
        headings=[capital(VARIANTS.get(one, printable(one))) for one in variants],
        bodies=bodies,
    )


def length_table(shown: RatersShown) -> EffectTable | None:
    """Set out how a score goes with the words spoken."""
    columns = [WITH_WORDS, WITH_WORDS_HELD, RATING_WITH_WORDS]
    bodies = []
    for who in shown.asked():
        rows = []
        for scale in shown.scales(who):
            alone = shown.row(LENGTH, who, scale=scale, statistic=WITH_WORDS)
            humans = dict.fromkeys(
                row["other"] for row in shown.rows(LENGTH, who, scale=scale) if row["other"]
            )
            for human in humans or [None]:
                beside = [
                    shown.row(LENGTH, who, scale=scale, other=human, statistic=one)
                    for one in columns[1:]
                ]
                cells = [cell(alone), *(cell(one) for one in beside)]
                remark = f"beside {human}" if human else ""
                rows.append(EffectRow(scale_name(scale), printable(remark), cells))
        bodies.append(EffectBody(who.name, rows))
    return filled_table(
        "length",
        "Spearman’s correlation with the words of the session [95% CI].",
        "Scale",
        columns,
        bodies,
    )


def unscored_table(shown: RatersShown) -> EffectTable | None:
    """Set out what was not scored, by reason, and how the rest differs."""
    bodies = []
    for who in shown.asked():
        rows = []
        for row in shown.rows(UNSCORED, who):
            if row["statistic"] == SHARE:
                label = "All reasons" if row["other"] is None else capital(str(row["other"]))
                rows.append(EffectRow(printable(label), "", [share_cell(row)]))
            elif row["estimate"] is not None:
                label = "Words a window" if row["statistic"] == WORDS_APART else str(row["other"])
                remark = "scored less unscored"
                rows.append(EffectRow(printable(label), remark, [cell(row)]))
        bodies.append(EffectBody(who.name, rows))
    bodies = [body for body in bodies if body.rows]
    if not bodies:
        return None
    return EffectTable(
        key="unscored-table",
        caption="Share of verdicts without a score, by reason [95% CI]; and how what was scored "
        "differs from what was not.",
        corner="Reason",
        headings=["Of all verdicts"],
        bodies=bodies,
    )
