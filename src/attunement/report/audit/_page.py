"""The page of an audit: one self-contained HTML file."""

from __future__ import annotations

from pathlib import Path

from attunement.files import write_text
from attunement.report._templates import whole_page
from attunement.report._words import printable
from attunement.report.audit import _agreement, _apart, _courses, _models, _surface
from attunement.report.audit._about import AuditAbout
from attunement.report.audit._findings import findings
from attunement.report.audit._names import DOES, EXPRESSED, INFERRED, RATED, WRITES, Names
from attunement.report.audit._quotes import Said
from attunement.report.audit._risk import risk_list
from attunement.report.audit._rows import Figures
from attunement.report.audit._short_names import short_names, with_names
from attunement.report.audit._shown import AuditShown
from attunement.report.audit._story import HOW_TO_RATE, answers, counts, left_out, of_chats

_SIDE_BY_SIDE = (
    "agreement",
    "giving_way",
    "flattery",
    "inferred_patient",
    "inferred_patient_trend",
    "satisfaction_less_clarity",
)


def audit_page(shown: AuditShown, about: AuditAbout) -> str:
    """Draw an audit as one self-contained HTML page.

    Parameters
    ----------
    shown : AuditShown
        What is shown.
    about : AuditAbout
        How it came to be.

    Returns
    -------
    str
        HTML. It holds the words of turns: it is health data, as the transcripts are. Of a large
        audit it shows a bounded number of models, examples and chats, and says where the rest is.
    """
    short = short_names(shown.models)
    shown, beside_risk = _agreement.without_risk(with_names(shown, short))
    names = Names(shown.definitions)
    figures = Figures(shown.figures, shown.comparisons)
    said = Said(shown.texts)
    charts = _models.figure_charts(shown.models)
    main = (DOES, INFERRED, EXPRESSED)
    compared = (*main, RATED, WRITES)
    rated = any(figures.known(name, shown.models) for name in RATED.names)
    return whole_page(
        "audit_page.html.j2",
        {
            "about": about,
            "short_names": [(name, printable(model)) for model, name in short.items()],
            "figures": counts(shown),
            "left_out": left_out(shown),
            "answers": answers(shown, figures, names),
            "findings": findings(shown, said),
            "side_by_side": _models.panels(charts, figures, names, drawn=_SIDE_BY_SIDE, key="side"),
            "figure_table_shown": _models.figure_table(
                shown,
                figures,
                names,
                families=main,
                key="figures-table",
                caption="Means over chats and shares over all of them, with 95% intervals.",
            ),
            "differences": _models.differences(
                figures, names, families=compared, paired=shown.pair is not None
            ),
            "courses": _courses.courses(shown),
            "difference": shown.wording.name,
            "reading": of_chats(shown.wording.reading),
            "role_differences": _models.difference_lines(figures, names),
            "ratings": _models.figure_table(
                shown,
                figures,
                names,
                families=(RATED,),
                key="ratings-table",
                caption="Means over the chats that were rated, with 95% intervals.",
            )
            if rated
            else None,
            "on_one_questionnaire": bool(figures.known("rated_gap", shown.models)),
            "how_to_rate": HOW_TO_RATE,
            "exchange_counts": _agreement.counts_table(shown, figures, names),
            "exchanges": _agreement.examples(shown, said),
            "exchanges_beside_risk": beside_risk,
            "writes": _models.panels(
                charts, figures, names, drawn=("flattery", *WRITES.names), key="writes"
            ),
            "writes_table": _models.figure_table(
                shown,
                figures,
                names,
                families=(WRITES,),
                key="writes-table",
                caption="Means over a chat’s AI turns, then over chats, with 95% intervals.",
            ),
            "explained_story": _surface.explained_story(shown),
            "explained": _surface.explained_table(shown, names),
            "counterfactuals": _surface.counterfactual_table(shown, names),
            "counterfactual_story": _surface.counterfactual_story(shown, names),
            "features": _surface.features(shown),
            "apart": _apart.plots(shown),
            "moments": _apart.moments(shown, said),
            "risk": risk_list(shown, said),
            "definitions": names.defined(),
        },
    )


def write_audit_page(path: Path, shown: AuditShown, about: AuditAbout) -> None:
    """Write the audit's page to `path`, whole or not at all; parameters as in `audit_page`.

    Raises
    ------
    StorageError
        The file cannot be written; what stood there before is untouched.
    """
    write_text(path, audit_page(shown, about))
