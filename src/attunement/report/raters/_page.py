"""The raters' page: one self-contained HTML file."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from attunement.psychometrics import (
    BETWEEN_JUDGES,
    BETWEEN_REPEATS,
    LENGTH_OUT,
    NO_RATINGS,
    PROBE,
    SHARE,
    UNSCORED,
    WITH_RATINGS,
)
from attunement.report._about import PageAbout
from attunement.report._svg import figure
from attunement.report._templates import whole_page
from attunement.report._views import Figure
from attunement.report._words import printable
from attunement.report.gap._views import EffectTable, PlainTable
from attunement.report.raters._bias_tables import length_table, probes_table, unscored_table
from attunement.report.raters._form_tables import forms_table, items_table
from attunement.report.raters._glance import glance_table
from attunement.report.raters._shown import RatersShown, Row
from attunement.report.raters._story import LIMITS, VARIANTS, answers, lead
from attunement.report.raters._tables import people_table, retest_table, scales_table, selves_table
from attunement.report.validity._forest import Line, described, forest
from attunement.statistics import Interval

_MOST_DRAWN = 4
_LONG = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class RatersAbout(PageAbout):
    """What stands beside the figures."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page under a heading: some words, then tables."""

    key: str
    heading: str
    words: str
    table: EffectTable | None = None
    plain: PlainTable | None = None
    folded: bool = True


def render_raters_page(shown: RatersShown, about: RatersAbout) -> str:
    """Draw how far judges can be relied on as one self-contained HTML page.

    Parameters
    ----------
    shown : RatersShown
        What is shown.
    about : RatersAbout
        How it came to be.

    Returns
    -------
    str
        HTML. It holds figures and the names of judges, scales and items; no ids and no words of a
        session or of an item.
    """
    lines, probes = _agreement_lines(shown), _probe_lines(shown)
    parts = [
        Part(
            "people-all",
            "With people, scale by scale",
            "Patients, therapists and observers are held apart: a judge that answers as the "
            "patient is to be held against patients.",
            people_table(shown),
        ),
        Part(
            "selves-all",
            "With itself, and with other judges",
            "Asked again is the same prompt at the same session; what changes is the model’s own "
            "chance.",
            selves_table(shown),
        ),
        Part(
            "retest-all",
            "From one session to the patient’s next",
            "Not to be confused with asking again.",
            retest_table(shown),
        ),
        Part(
            "consistency-all",
            "Consistency of the items",
            "Whether a scale’s items say one thing, in this judge’s answers.",
            scales_table(shown),
        ),
        Part(
            "forms-all",
            "The best few items",
            "Every item costs a call. How few do as well as all?",
            forms_table(shown),
            folded=False,
        ),
        Part("items-all", "Every item", "", plain=items_table(shown)),
        Part(
            "probes-all",
            "Probes",
            "The same session with the therapist’s turns rewritten, or in another order.",
            probes_table(shown),
            folded=False,
        ),
        Part(
            "length-all",
            "Length as it happens",
            "Where a judge goes with words although the rating is held constant, it may like "
            "length; or the rating, which is never fully reliable, may leave some of the alliance "
            "to it. The length probe tells these apart.",
            length_table(shown),
        ),
        Part(
            "unscored-all",
            "What was not scored",
            "A verdict that cannot be read is unscored with its reason, and never a number.",
            unscored_table(shown),
            folded=False,
        ),
    ]
    return whole_page(
        "raters_page.html.j2",
        {
            "about": about,
            "figures": _figures(shown),
            "lead": lead(shown),
            "answers": answers(shown),
            "headline": glance_table(shown),
            "forest": _drawn(lines, "agreement", "1 is perfect, 0 is chance"),
            "probes": _drawn(probes, "probes", "points of the instrument, rewritten less as it is"),
            "parts": [one for one in parts if one.table is not None or one.plain is not None],
            "limits": LIMITS,
            "warnings": [printable(one) for one in shown.notes if one != NO_RATINGS],
        },
    )


def _figures(shown: RatersShown) -> list[Figure]:
    asked = shown.asked()
    every = [row for row in shown.rows(UNSCORED, statistic=SHARE) if row["other"] is None]
    sessions = max((row["n_sessions"] for row in every), default=0)
    judges = len({who.judge for who in asked})
    verdicts = int(shown.items["asked"].sum())
    scored = int(shown.items["scored"].sum())
    found = [
        Figure(f"{judges:,}", "judge" if judges == 1 else "judges"),
        Figure(f"{sessions:,}", "session" if sessions == 1 else "sessions"),
        Figure(f"{verdicts:,}", "verdicts without probes" if shown.rows(PROBE) else "verdicts"),
    ]
    if verdicts:
        found.append(Figure(f"{1 - scored / verdicts:.1%}", "unscored"))
    return found


def _agreement_lines(shown: RatersShown) -> list[Line]:
    found = []
    for who in shown.asked()[:_MOST_DRAWN]:
        scale = shown.whole(who)
        lines = []
        for human in shown.humans(who, scale):
            side = human.partition("-")[0].capitalize()
            for statistic, label in (
                ("spearman", f"{side}-rated"),
                (f"spearman, {LENGTH_OUT}", f"{side}, {LENGTH_OUT}"),
            ):
                row = shown.row(WITH_RATINGS, who, scale=scale, other=human, statistic=statistic)
                lines += _line(label, row)
        again = shown.row(BETWEEN_REPEATS, who, scale=scale, statistic="icc(A,1)")
        lines += _line("Asked again, ICC", again)
        for row in shown.rows(BETWEEN_JUDGES, who, scale=scale, statistic="icc(A,1)"):
            lines += _line(f"And {_short(row['other'])}, ICC", row)
        if lines:
            found += [Line(who.name), *lines]
    return found


def _probe_lines(shown: RatersShown) -> list[Line]:
    found = []
    for who in shown.asked()[:_MOST_DRAWN]:
        rows = shown.rows(PROBE, who, scale=shown.whole(who))
        lines = [line for row in rows for line in _line(_named(str(row["other"])), row)]
        if lines:
            found += [Line(who.name), *lines]
    return found


def _named(variant: str) -> str:
    return _short(VARIANTS.get(variant, variant).capitalize())


def _short(text: str) -> str:
    written = printable(text)
    return written if len(written) <= _LONG else f"{written[: _LONG - 1]}…"


def _line(label: str, row: Row | None) -> list[Line]:
    if row is None or row["estimate"] is None:
        return []
    return [Line(label, Interval(row["estimate"], row["ci_low"], row["ci_high"]))]


def _drawn(lines: list[Line], key: str, axis: str) -> Markup | None:
    if not lines:
        return None
    return figure(forest(lines, axis=axis), key=key, title=axis, description=described(lines))
