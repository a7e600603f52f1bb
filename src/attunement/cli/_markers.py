"""`attunement markers`: transcripts in; language markers and what they go with out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attunement import __version__
from attunement.cli._options import (
    By,
    Columns,
    Draws,
    Json,
    Merge,
    Model,
    Paths,
    PatientNames,
    Seed,
    TherapistNames,
    corpus_of,
)


def markers(
    paths: Paths,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="DIR", help="The folder to write to.")
    ],
    by: By = "condition",
    draws: Draws = 500,
    seed: Seed = 20251,
    title: Annotated[
        str, typer.Option(metavar="TEXT", help="The page's title.")
    ] = "Language markers",
    model: Model = None,
    columns: Columns = None,
    patient: PatientNames = None,
    therapist: TherapistNames = None,
    merge: Merge = True,
    as_json: Json = False,
) -> None:
    """Count how each side speaks, and ask what goes with the alliance."""
    from attunement.associations import AssociationOptions
    from attunement.cli._encoder import cached_encoder
    from attunement.cli._language_run import read_language, source_in_words
    from attunement.cli._markers_read import MarkersFound, MarkersRead
    from attunement.cli._possible_speakers import possible_speakers
    from attunement.cli._progress import say
    from attunement.cli._provenance import command_line, now
    from attunement.cli._result import print_result
    from attunement.cli._results_folder import results_in
    from attunement.report import LanguageAbout, write_markers_page

    options = AssociationOptions(by=by, draws=draws, seed=seed)
    corpus = corpus_of(
        paths=paths, columns=columns, patient=patient, therapist=therapist, merge=merge
    )
    with cached_encoder(model) as encoder:
        read = MarkersRead(encoder)
        language = read_language(corpus, encoder, read, by=by)
        say("asking what markers go with")
        found = MarkersFound.of(
            read,
            scores=language.scores,
            sessions=language.sessions,
            ratings=language.ratings,
            options=options,
        )
        about = LanguageAbout(
            title=title,
            version=__version__,
            command=command_line(),
            created=now(),
            source=source_in_words(encoder),
        )
    with results_in(out, command="markers") as staging:
        found.write(staging)
        write_markers_page(staging / "markers.html", found.shown, about)
        written = sorted(path.name for path in staging.iterdir())
    shown = found.shown
    print_result(
        {
            "sessions": language.sessions.height,
            "turns": shown.markers.height,
            "not English": shown.not_applicable(),
            "associations": shown.associations.height,
            "notes": [*possible_speakers(corpus), *shown.notes],
            "written": [str(out / name) for name in written],
            "report": str(out / "markers.html"),
        },
        as_json=as_json,
    )
