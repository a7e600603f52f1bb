"""`attunement validate`: how well scores agree with ratings, on the user's own rated corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attunement import __version__
from attunement.cli._options import (
    AnchorFile,
    Columns,
    EstimatorName,
    Estimators,
    Fitted,
    InventoryFile,
    InventoryKey,
    Json,
    Merge,
    Model,
    Paths,
    PatientNames,
    TherapistNames,
    corpus_of,
    estimator_names,
    estimators_of,
    instruments_of,
)


def validate(
    paths: Paths,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            metavar="DIR",
            help="Write validity.html, validity.json and figures.csv to this folder; without it "
            "the figures are printed.",
        ),
    ] = None,
    estimator: Estimators = None,
    fitted: Fitted = None,
    judged: Annotated[
        list[Path] | None,
        typer.Option(
            "--judged",
            metavar="FILE",
            help="What language models judged of these sessions: rater_scores.csv, or the same as "
            ".parquet, as `rate` leaves it (repeatable). A judge that answered as the rater stands "
            "beside the other estimators, with all their controls.",
        ),
    ] = None,
    ratings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Questionnaires: session_id, rater, instrument, scale, value. They take the place "
            "of ratings of sessions that stand with the transcripts.",
        ),
    ] = None,
    instrument: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="One questionnaire of several; without it, all of them. Or the file that "
            "describes your own (YAML), so that ratings out of its range are refused.",
        ),
    ] = None,
    rater: Annotated[
        str,
        typer.Option(
            metavar="patient|therapist|observer", help="Whose ratings the scores are held against."
        ),
    ] = "patient",
    groups: Annotated[
        list[str] | None,
        typer.Option(
            "--groups",
            metavar="COLUMN[=VALUE]",
            help="A column of the sessions that marks sessions known to differ (repeatable). "
            "Default: every column that holds true and false.",
        ),
    ] = None,
    learning_curve: Annotated[
        bool,
        typer.Option(
            "--learning-curve",
            help="Also show how well `fit` would do on this corpus with 50, 100, 200 ... rated "
            "sessions.",
        ),
    ] = False,
    draws: Annotated[
        int, typer.Option(metavar="NUMBER", help="Bootstrap draws, at least 199.")
    ] = 1_000,
    seed: Annotated[
        int, typer.Option(metavar="NUMBER", min=0, help="Where the random numbers start.")
    ] = 0,
    title: Annotated[
        str, typer.Option(metavar="TEXT", help="The page's title.")
    ] = "Scores against ratings",
    model: Model = None,
    inventory: InventoryFile = None,
    key: InventoryKey = None,
    anchors: AnchorFile = None,
    columns: Columns = None,
    patient: PatientNames = None,
    therapist: TherapistNames = None,
    merge: Merge = True,
    as_json: Json = False,
) -> None:
    """Hold scores against ratings: agreement, its controls, baselines and known groups.

    `-e fitted` without --fitted fits on this corpus itself, and every session is estimated by heads
    that had no part in its patient.
    """
    from dataclasses import replace

    from attunement.alliance import Scorer
    from attunement.alliance.fitted import load_model
    from attunement.cli._encoder import cached_encoder
    from attunement.cli._progress import say
    from attunement.cli._provenance import command_line, now
    from attunement.cli._rated import own_instrument
    from attunement.cli._validate_fitted import Learning
    from attunement.cli._validate_inputs import rated_corpus, with_baseline
    from attunement.cli._validate_judged import read_judged
    from attunement.cli._validate_outputs import print_figures, write_validity
    from attunement.cli._validate_sentiment import SentimentReading
    from attunement.report.validity import ValidityAbout
    from attunement.tables import ROLES, Role
    from attunement.validity import GroupQuestion, ValidityOptions
    from attunement.validity import validate as hold_against_ratings

    options = ValidityOptions(
        draws=draws, seed=seed, groups=tuple(GroupQuestion.parse(one) for one in groups or ())
    )
    known_rater = _rater(rater)
    own = own_instrument(instrument)
    corpus = corpus_of(
        paths=paths, columns=columns, patient=patient, therapist=therapist, merge=merge
    )
    statements, bank = instruments_of(inventory=inventory, key=key, anchors=anchors)
    names = estimator_names(estimator, fitted=fitted)
    chosen = estimators_of(names=names, inventory=statements, anchors=bank)
    known = load_model(fitted) if fitted is not None else None
    with cached_encoder(model) as encoder:
        scorer = Scorer(
            estimators=with_baseline(chosen, inventory=statements),
            encoder=encoder,
            bank=bank,
            inventory=statements,
        )
        crossed = EstimatorName.FITTED in names and known is None
        learning = Learning(
            encoder=encoder, model=known, crossed=crossed, curve=learning_curve, own=own
        )
        side: Role = "therapist" if known_rater == "therapist" else "patient"
        # A fitted estimate rests on both sides' words.
        sentiment = SentimentReading(sides=ROLES if EstimatorName.FITTED in names else (side,))
        rated = rated_corpus(
            scorer,
            corpus,
            ratings=ratings,
            instrument=instrument,
            own=own,
            learning=learning,
            sentiment=sentiment,
        )
    judges = read_judged(judged or (), sessions=rated.sessions)
    learned = learning.results(rated.ratings, rater=known_rater, seed=seed)
    say(f"holding scores against ratings, {draws:,} draws")
    result = hold_against_ratings(
        scores=rated.with_closing(learned.closing),
        sessions=rated.sessions,
        ratings=rated.ratings,
        estimates=judges.beside(learned.estimates),
        judged=judges.instruments,
        estimator=names[0].value,
        rater=known_rater,
        learning_curve=learned.curve,
        options=options,
    )
    rated_warnings = [
        f"{one}." for one in (*rated.warnings, *learning.notes, *sentiment.notes(), *judges.notes)
    ]
    result = replace(result, warnings=(*rated_warnings, *result.warnings))
    about = ValidityAbout(
        title=title,
        version=__version__,
        command=command_line(),
        created=now(),
        encoder=encoder.name,
    )
    written = write_validity(out, result, about) if out is not None else []
    for one in rated.which:
        typer.echo(f"attunement: {one}", err=True)
    print_figures(result, written, as_json=as_json)


def _rater(name: str) -> str:
    from attunement.errors import UsageError
    from attunement.transcripts.tabular import rater_of

    known = rater_of(name)
    if known is None:
        raise UsageError(
            f"found {name!r}, expected patient, therapist or observer",
            mend="Say whose ratings the scores are held against",
            field="--rater",
        )
    return known
