"""`attunement audit`: an AI's chats in; what it does, and what to change, out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attunement import __version__
from attunement.cli._options import (
    Columns,
    Json,
    Merge,
    Model,
    Paths,
    PatientNames,
    Seed,
    TherapistNames,
    corpus_of,
)

if TYPE_CHECKING:
    import polars as pl

    from attunement.audit import AuditOptions, AuditResult, OwnRatings
    from attunement.embedding import Encoder
    from attunement.raters import ItemSet, Judge
    from attunement.transcripts import Corpus

NOT_KEPT = 1
"""The exit code where a threshold is not kept."""


def audit(
    paths: Paths,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="DIR", help="The folder to write to.")
    ],
    by: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN|folder",
            help="The column of sessions that names the model, or `folder`: the folder a chat lies "
            "in. Default: `model`, else `condition`, else one model.",
        ),
    ] = None,
    pair: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The column that chats to be compared share: user, persona, prompt. Default: "
            "`patient_id`, where patients met several models.",
        ),
    ] = None,
    ratings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Questionnaires: session_id, rater (`therapist` is the AI itself, `patient` the "
            "user), instrument, scale, value.",
        ),
    ] = None,
    own: Annotated[
        list[str] | None,
        typer.Option(
            "--own",
            metavar="MODEL=URL#NAME",
            help="Ask this model for its own rating of each of its chats, at an OpenAI-compatible "
            "endpoint (repeatable). It goes on where it was stopped.",
        ),
    ] = None,
    own_items: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The form it fills in. Default: our inventory."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The key --own-items follows: WAI-36, WAI-SR, ..."),
    ] = None,
    fail_over: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-over",
            metavar="FIGURE=VALUE",
            help="Exit with 1 if a model's figure is above this, or cannot be told (repeatable).",
        ),
    ] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-under", metavar="FIGURE=VALUE", help="The same, if it is below (repeatable)."
        ),
    ] = None,
    draws: Annotated[
        int, typer.Option(metavar="NUMBER", help="Bootstrap and permutation draws, at least 199.")
    ] = 1_000,
    seed: Seed = 20251,
    rewritten: Annotated[
        int,
        typer.Option(
            metavar="NUMBER",
            min=0,
            help="How many turns of the AI are rewritten to test our own measure; 0: none.",
        ),
    ] = 30,
    title: Annotated[
        str, typer.Option(metavar="TEXT", help="The page's title.")
    ] = "Audit of an AI in the therapist's chair",
    model: Model = None,
    columns: Columns = None,
    patient: PatientNames = None,
    therapist: TherapistNames = None,
    merge: Merge = True,
    as_json: Json = False,
) -> None:
    """Audit an AI in the therapist's chair: what it does with users, and what to change."""
    from attunement.audit import (
        FOLDER,
        AuditOptions,
        Threshold,
        answer_range,
        breaches,
        few_behind,
    )
    from attunement.cli._audit_outputs import told, write_audit
    from attunement.cli._audit_own import items_of, judges_of
    from attunement.cli._encoder import cached_encoder
    from attunement.cli._language_run import source_in_words
    from attunement.cli._possible_speakers import possible_speakers
    from attunement.cli._provenance import command_line, now
    from attunement.cli._result import print_result
    from attunement.cli._results_folder import results_in
    from attunement.report.audit import AuditAbout

    thresholds = [
        *(Threshold.read(text, over=True) for text in fail_over or ()),
        *(Threshold.read(text, over=False) for text in fail_under or ()),
    ]
    judges = judges_of(own or ())
    items = items_of(own_items, key=key, judges=judges)
    options = AuditOptions(
        by=by,
        pair=pair,
        draws=draws,
        seed=seed,
        counterfactual_turns=rewritten,
        own_range=answer_range(items) if items is not None else None,
    )
    given, notes = _ratings(ratings)
    corpus = corpus_of(
        paths=paths,
        columns=columns,
        patient=patient,
        therapist=therapist,
        merge=merge,
        folder_in_id=by == FOLDER,
    )
    with cached_encoder(model) as encoder:
        result, answered = _audited(
            corpus, encoder, options, given, out=out, judges=judges, items=items
        )
        source = source_in_words(encoder)
    breached = breaches(result.figures, thresholds)
    notes = [
        *notes,
        *possible_speakers(corpus),
        *(answered.notes if answered is not None else ()),
        *few_behind(result.figures, thresholds),
    ]
    about = AuditAbout(
        title=title,
        version=__version__,
        command=command_line(),
        created=now(),
        source=source,
        draws=f"{draws:,} draws, seed {seed}",
        notes=(*result.notes, *notes),
    )
    with results_in(out, command="audit") as staging:
        write_audit(staging, result, about, thresholds=thresholds, breached=breached, own=answered)
        written = sorted(path.name for path in staging.iterdir())
    print_result(
        {
            **told(result, breached, notes),
            "written": [str(out / name) for name in written],
            "report": str(out / "audit.html"),
        },
        as_json=as_json,
    )
    for one in breached:
        typer.echo(f"attunement: {one.line}", err=True)
    if breached:
        raise typer.Exit(NOT_KEPT)


def _ratings(path: Path | None) -> tuple[pl.DataFrame | None, list[str]]:
    from attunement.cli._gap_ratings import read_ratings
    from attunement.cli._rated import checked_ratings

    if path is None:
        return None, []
    given = read_ratings(path).ratings
    return given, checked_ratings(given, path=path)


def _audited(
    corpus: Corpus,
    encoder: Encoder,
    options: AuditOptions,
    ratings: pl.DataFrame | None,
    *,
    out: Path,
    judges: dict[str, Judge],
    items: ItemSet | None,
) -> tuple[AuditResult, OwnRatings | None]:
    """Read the chats, have the models rate them, and audit."""
    import polars as pl

    from attunement.audit import Remembering, audit_reading, read_chats, scored_chats
    from attunement.cli._audit_own import ask
    from attunement.cli._corpus_run import turns_ahead
    from attunement.cli._progress import progress_bar, say

    remembering = Remembering(encoder)
    with progress_bar("Reading", unit="turns", total=turns_ahead(corpus)) as advance:
        reading = read_chats(corpus, remembering, on_turns=advance)
    own = None
    if items is not None:
        own = ask(out, corpus, scored_chats(reading, options), judges=judges, items=items)
        ratings = own.ratings if ratings is None else pl.concat([ratings, own.ratings])
    say(f"comparing models, {options.draws:,} draws")
    audited = audit_reading(reading, encoder=remembering, options=options, ratings=ratings)
    return audited, own
