"""The validity page: one self-contained HTML file."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from markupsafe import Markup

from attunement.report._svg import figure, unchecked
from attunement.report._templates import whole_page
from attunement.report._views import Figure
from attunement.report._words import printable
from attunement.report.gap._views import EffectTable, PlainTable
from attunement.report.validity._about import ValidityAbout
from attunement.report.validity._estimate_tables import intervals_table, signal_table
from attunement.report.validity._forest import described, forest, lines
from attunement.report.validity._names import scale_name
from attunement.report.validity._points import points_plot
from attunement.report.validity._story import answer, limits, qualifications
from attunement.report.validity._tables import (
    baseline_table,
    estimators_table,
    groups_table,
    matrix_table,
    other_estimators_table,
    pooling_table,
    session_table,
    turn_table,
    views_table,
)
from attunement.validity import ValidityResult

_FEWEST_POINTS = 5


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page under a heading: some words, then a table."""

    key: str
    heading: str
    words: str
    table: EffectTable | None = None
    plain: PlainTable | None = None


@unchecked
def render_validity_page(result: ValidityResult, about: ValidityAbout) -> str:
    """Draw a validation as one self-contained HTML page.

    Parameters
    ----------
    result : ValidityResult
        What is shown.
    about : ValidityAbout
        How it came to be.

    Returns
    -------
    str
        HTML. It holds figures and the names of groups and scales; no ids and no words of a
        session.
    """
    rows = lines(result)
    options = result.options
    return whole_page(
        "validity_page.html.j2",
        {
            "about": about,
            "figures": _figures(result),
            "answer": answer(result),
            "qualifications": list(qualifications(result)),
            "headline": session_table(result) or turn_table(result),
            "forest": _forest(result) if rows else None,
            "points": _points(result),
            "points_title": _points_title(result),
            "parts": _parts(result),
            "limits": limits(),
            "warnings": [printable(one) for one in result.warnings],
            "joined": _joined(result),
            "drawn": f"{options.draws:,} draws of {result.clusters}, seed {options.seed}",
        },
    )


def _figures(result: ValidityResult) -> list[Figure]:
    counts = result.joined
    found = []
    if counts.sessions_rated:
        found.append(Figure(f"{counts.sessions_rated:,}", "rated sessions"))
    if counts.turn_ratings:
        found.append(Figure(f"{counts.turn_ratings:,}", "rated turns"))
    if counts.patients is not None:
        found.append(Figure(f"{counts.patients:,}", "patients"))
    return found


def _forest(result: ValidityResult) -> Markup:
    rows = lines(result)
    return figure(
        forest(rows),
        key="forest",
        title="Agreement with the ratings, and its intervals",
        description=described(rows),
    )


def _points(result: ValidityResult) -> Markup | None:
    if result.points.height < _FEWEST_POINTS:
        return None
    return figure(
        points_plot(result.points, inferred=result.inferred, rated=result.rated),
        key="points",
        title="Inferred against rated",
        description=f"{result.points.height:,} sessions: what is inferred from the words, across, "
        "against the rating, upwards, with a least-squares line.",
    )


def _points_title(result: ValidityResult) -> str:
    return f"{scale_name(result.scales[0])} alliance" if result.scales else ""


def _parts(result: ValidityResult) -> list[Part]:
    main, rater = printable(result.main.estimator), result.rater
    parts = [
        Part(
            "groups",
            "Known groups",
            "Sessions that are known to differ should be told apart.",
            groups_table(result),
        ),
        Part(
            "baselines",
            "Against simpler counts",
            f"What {main} adds over counting words or turns, over a list of good and bad "
            "words, and over the published estimator.",
            baseline_table(result),
        ),
        Part(
            "scales",
            "Three scales or one?",
            "A scale that means something of its own agrees with its own rating (the diagonal) "
            "more than with the others, also once the overall rating is taken out.",
            matrix_table(result),
        ),
        Part(
            "views",
            "Whose rating, whose words",
            "Four quantities that are not the same: patient-rated, therapist-rated, "
            "inferred-patient, inferred-therapist.",
            views_table(result),
        ),
        Part(
            "poolings",
            "From turns to a session",
            "How the agreement depends on what each turn counts for. The row in use was set "
            "beforehand.",
            pooling_table(result),
        ),
        Part(
            "intervals",
            "How far off the estimates are",
            f"Estimates of what the {rater} reports, on the questionnaire’s scale.",
            intervals_table(result),
        ),
        Part(
            "signal",
            "The corrective signal",
            "A session is flagged where the therapist’s own rating lies outside the interval of "
            "the estimated patient rating: over where it lies above, under where it lies below.",
            signal_table(result),
        ),
        Part(
            "estimators",
            "Every estimator",
            "What each makes of the same sessions.",
            estimators_table(result),
        ),
        Part(
            "others",
            "Other estimators",
            "The same, scale by scale.",
            other_estimators_table(result),
        ),
    ]
    if result.scales:
        parts.insert(
            1,
            Part(
                "turns",
                "Turn by turn",
                "Does the score rise and fall with the rating within a session?",
                turn_table(result),
            ),
        )
    curve = result.learning_curve
    if curve is not None and not curve.is_empty():
        parts.append(_learning_curve(curve))
    return [part for part in parts if part.table is not None or part.plain is not None]


def _learning_curve(table: pl.DataFrame) -> Part:
    plain = PlainTable(
        key="curve-table",
        caption="Agreement on held-out patients, by the rated sessions it was fitted on.",
        headings=[printable(name.replace("_", " ")) for name in table.columns],
        rows=[[_cell(value) for value in row] for row in table.iter_rows()],
        n_heads=1,
    )
    return Part("curve", "Learning curve", "Would more rated sessions help?", plain=plain)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else printable(str(value))


def _joined(result: ValidityResult) -> list[tuple[str, str]]:
    counts = result.joined
    rows = [
        ("Sessions in the corpus", counts.sessions),
        ("with a score", counts.sessions_scored),
        (f"rated by the {result.rater} as a whole", counts.sessions_rated),
        ("not rated", counts.sessions_unrated),
        ("Ratings of whole sessions joined", counts.ratings),
        ("matching no session", counts.ratings_unmatched),
        ("Ratings of turns joined", counts.turn_ratings),
        ("matching no turn of that side", counts.turn_ratings_unmatched),
        ("Sessions without a known patient", counts.sessions_without_patient),
    ]
    return [(name, f"{n:,}") for name, n in rows]
