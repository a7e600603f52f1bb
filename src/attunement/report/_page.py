"""The whole page: one HTML file that asks the network for nothing."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from attunement.files import write_text
from attunement.report._inputs import MEASURES, About, ReportTables
from attunement.report._moments import EACH_END, LEAST_WORDS
from attunement.report._overview import (
    condition_charts,
    condition_groups,
    condition_label,
    conditions_in_order,
    head_figures,
    session_table,
    trajectory_rows,
)
from attunement.report._sections import CLOSE, session_sections, shown_sessions
from attunement.report._smooth import BANDWIDTH
from attunement.report._summary import SMALL_GROUP, session_summary
from attunement.report._words import difference_wording, measure_name, similarity

MAX_SESSIONS = 250


def render_report(tables: ReportTables, about: About, *, max_sessions: int = MAX_SESSIONS) -> str:
    """Draw the report as one self-contained HTML page.

    Parameters
    ----------
    tables : ReportTables
        What is shown.
    about : About
        How it came to be.
    max_sessions : int
        At most so many sessions get a section of their own: those whose patient's last quarter is
        lowest. The page says so, and its table lists every session.

    Returns
    -------
    str
        HTML. It holds the words of turns: it is health data, as the transcripts are.
    """
    summary = session_summary(tables)
    shown = shown_sessions(summary, most=max_sessions)
    keys = {session_id: f"session-{place}" for place, session_id in enumerate(shown, start=1)}
    around_zero = not about.on_common_scale
    wording = difference_wording(on_common_scale=about.on_common_scale)
    templates = _environment()
    style = _source(templates, "report.css")
    script = _source(templates, "report.js")
    return templates.get_template("page.html.j2").render(
        about=about,
        policy=_policy(style=style, script=script),
        style=style,
        script=script,
        figures=head_figures(tables),
        conditions=[condition_label(condition) for condition in conditions_in_order(tables)],
        wording=wording,
        small=SMALL_GROUP,
        measures={measure: measure_name(measure) for measure in MEASURES},
        condition_charts=condition_charts(tables, summary, around_zero=around_zero),
        condition_groups=condition_groups(tables, summary),
        trajectories=trajectory_rows(tables, summary, around_zero=around_zero),
        table=session_table(tables, summary, keys=keys, difference=wording.name),
        sections=session_sections(tables, summary, keys=keys, around_zero=around_zero),
        n_sessions=summary.height,
        n_shown=len(shown),
        bandwidth=f"{BANDWIDTH:.0%}",
        least_words=LEAST_WORDS,
        enough_turns=2 * EACH_END,
        close=similarity(CLOSE) if tables.evidence.height else "",
    )


def write_report(
    path: Path, tables: ReportTables, about: About, *, max_sessions: int = MAX_SESSIONS
) -> None:
    """Write the report to `path`, whole or not at all; parameters as in `render_report`.

    Raises
    ------
    StorageError
        The file cannot be written; what stood there before is untouched.
    """
    write_text(path, render_report(tables, about, max_sessions=max_sessions))


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("attunement.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _source(templates: Environment, name: str) -> Markup:
    """Read a style sheet or script of ours as it stands between its tags."""
    return Markup(templates.get_template(name).render())  # noqa: S704 (our own file, no data)


def _policy(*, style: str, script: str) -> str:
    """Allow this style sheet and this script by their hashes, and nothing else whatever."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(source: str) -> str:
    return f"sha256-{b64encode(sha256(source.encode()).digest()).decode()}"
