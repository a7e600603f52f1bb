"""`attunement gap`: scores or questionnaires in; the gap's statistics, controls and report out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attunement import __version__
from attunement.cli._options import Json
from attunement.errors import UsageError

if TYPE_CHECKING:
    from attunement.cli._gap_inputs import GapInputs
    from attunement.gap import GapOptions, GapResult


def gap(
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="DIR", help="The folder to write to.")
    ],
    scores: Annotated[
        Path | None,
        typer.Argument(
            metavar="SCORES",
            help="A scores table (.parquet, .csv, .jsonl), or the folder that `analyze` wrote. "
            "May be left out with --ratings.",
        ),
    ] = None,
    ratings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Questionnaires: session_id, rater, instrument, scale, value; optionally "
            "patient_id, therapist_id, condition. By default the ratings.csv beside SCORES.",
        ),
    ] = None,
    sessions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="One row a session: session_id, patient_id, therapist_id, condition, own columns. "
            "By default the sessions.csv beside SCORES, or what the ratings say.",
        ),
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="COLUMN", help="The column of sessions that names the groups.")
    ] = "condition",
    estimator: Annotated[
        str | None,
        typer.Option(
            "--estimator", "-e", metavar="NAME", help="Which scores, if the table has several."
        ),
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="A column of sessions that agreement of the ratings may predict.",
        ),
    ] = None,
    reliability: Annotated[
        float | None,
        typer.Option(
            metavar="NUMBER",
            help="The questionnaire's reliability, between 0 and 1, for the reliable change index.",
        ),
    ] = None,
    draws: Annotated[
        int,
        typer.Option(metavar="NUMBER", help="Bootstrap and permutation draws, at least 199."),
    ] = 2_000,
    seed: Annotated[
        int, typer.Option(metavar="NUMBER", min=0, help="Where the random numbers start.")
    ] = 20251,
    as_published: Annotated[
        bool,
        typer.Option(
            "--as-published", help="Add the published t-tests over pooled turns, to compare only."
        ),
    ] = False,
    title: Annotated[
        str, typer.Option(metavar="TEXT", help="The report's title.")
    ] = "The calibration gap",
    as_json: Json = False,
) -> None:
    """Compare the two sides' views: differences, convergence, controls, and their report."""
    from attunement.cli._gap_inputs import read_inputs
    from attunement.cli._gap_tables import write_gap_tables
    from attunement.cli._provenance import command_line, now
    from attunement.cli._result import print_result
    from attunement.cli._results_folder import results_in
    from attunement.gap import GapOptions
    from attunement.report import GapAbout, write_gap_outputs

    options = GapOptions(by=by, draws=draws, seed=seed, as_published=as_published)
    if reliability is not None and not 0 < reliability < 1:
        raise UsageError(
            f"{reliability:g} is no reliability",
            mend="Give a number between 0 and 1, such as 0.9",
            field="--reliability",
        )
    inputs = read_inputs(
        scores, sessions=sessions, ratings=ratings, by=by, estimator=estimator, outcome=outcome
    )
    _check_use(
        inputs,
        of_scores={"--estimator": estimator is not None, "--as-published": as_published},
        of_ratings={"--outcome": outcome is not None, "--reliability": reliability is not None},
    )
    result, notes = _analyzed(inputs, outcome=outcome, reliability=reliability, options=options)
    about = GapAbout(
        title=title,
        version=__version__,
        command=command_line(),
        created=now(),
        source=_source(inputs),
        fictional=False,
        notes=notes,
    )
    with results_in(out, command="gap") as staging:
        write_gap_tables(staging, result)
        write_gap_outputs(staging, result, about)
        written = sorted(path.relative_to(staging) for path in staging.rglob("*.*"))
    print_result(
        {
            "sessions": inputs.sessions.height,
            "source": _source(inputs),
            "effects": result.effects.height,
            "notes": [*inputs.notes, *result.notes, *notes],
            "written": [str(out / name) for name in written],
            "report": str(out / "report.html"),
        },
        as_json=as_json,
    )


def _check_use(
    inputs: GapInputs, *, of_scores: dict[str, bool], of_ratings: dict[str, bool]
) -> None:
    for option, used in of_scores.items():
        if used and inputs.scores is None:
            raise UsageError(
                "this is about scores, and there are none",
                mend="Give a scores table, or leave the option out",
                field=option,
            )
    for option, used in of_ratings.items():
        if used and inputs.ratings.is_empty():
            raise UsageError(
                "this is about ratings, and there are none",
                mend="Give them with --ratings FILE, or leave the option out",
                field=option,
            )


def _analyzed(
    inputs: GapInputs, *, outcome: str | None, reliability: float | None, options: GapOptions
) -> tuple[GapResult, tuple[str, ...]]:
    from attunement.cli._progress import say
    from attunement.gap import analyze_ratings, analyze_scores

    say(f"comparing the two sides, {options.draws:,} draws")
    if inputs.scores is None:
        return analyze_ratings(
            inputs.ratings,
            inputs.sessions,
            outcome=outcome,
            reliability=reliability,
            options=options,
        ), ()
    _refuse_running(inputs.estimator)
    common, notes = _common_scale(inputs.estimator)
    result = analyze_scores(
        inputs.scores,
        inputs.sessions,
        on_common_scale=common,
        ratings=inputs.ratings,
        outcome=outcome,
        reliability=reliability,
        options=options,
    )
    return result, notes


def _refuse_running(estimator: str | None) -> None:
    """Refuse a fitted model's running estimates.

    They start at the mean rating and move away as more is known, so they diverge whatever happens
    in the session; and the error of the heads themselves is in no interval: taken as data, they
    call a gap real that is not there.
    """
    from attunement.alliance.fitted import FittedModel

    if estimator == FittedModel.name:
        raise UsageError(
            "a fitted model's running estimates are no observations of turns, and their "
            "differences would look more certain than they are",
            mend="Compare contrast scores (-e contrast), or both sides' questionnaires with "
            "--ratings; `attunement estimate --signals` compares a therapist's own rating",
            field="--estimator",
        )


def _common_scale(estimator: str | None) -> tuple[bool, tuple[str, ...]]:
    """Say whether an estimator's two sides share a scale, and what to note if we do not know it."""
    from attunement.alliance import Compass, Contrast

    known = {one.name: one.on_common_scale for one in (Contrast, Compass)}
    if estimator in known:
        return known[estimator], ()
    who = f'the estimator "{estimator}"' if estimator else "an estimator without a name"
    return False, (
        f"The scores come from {who}, of which we do not know whether its scores of the two sides "
        "lie on one scale. Their difference is therefore called a role difference.",
    )


def _source(inputs: GapInputs) -> str:
    from attunement.transcripts.tabular import QUESTIONNAIRE

    parts = []
    if inputs.scores is not None:
        parts.append(f"scores of turns ({inputs.estimator or 'estimator not named'})")
    if not inputs.ratings.is_empty():
        instruments = inputs.ratings["instrument"].unique(maintain_order=True).to_list()
        unnamed = instruments == [QUESTIONNAIRE]
        parts.append("a questionnaire" if unnamed else f"questionnaires ({', '.join(instruments)})")
    return " and ".join(parts)
