"""`attunement topics`: transcripts in; what is spoken of, when, and what follows it out."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    TherapistNames,
    corpus_of,
)
from attunement.errors import UsageError

if TYPE_CHECKING:
    from attunement.topics import MakeModel


class TopicModelName(StrEnum):
    """The topic models that `--algorithm` names."""

    SPHERICAL = "spherical"
    ETM = "etm"
    BERTOPIC = "bertopic"


def topics(
    paths: Paths,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="DIR", help="The folder to write to.")
    ],
    number: Annotated[
        int | None,
        typer.Option(
            "--number",
            "-k",
            metavar="NUMBER",
            help="How many topics. By default several numbers are tried and the best is taken; 10 "
            "where there are more than 20,000 turns.",
        ),
    ] = None,
    algorithm: Annotated[
        TopicModelName,
        typer.Option(
            metavar="spherical|etm|bertopic",
            help="The topic model; etm needs attunement[neural], bertopic attunement[bertopic].",
        ),
    ] = TopicModelName.SPHERICAL,
    name_with: Annotated[
        str | None,
        typer.Option(
            metavar="URL#MODEL",
            help="A language model on this machine that names topics. It is sent their words, "
            "never turns.",
        ),
    ] = None,
    every_topic: Annotated[
        bool,
        typer.Option(
            "--every-topic", help="Keep each turn's similarity to, and probability of, every topic."
        ),
    ] = False,
    by: By = "condition",
    draws: Draws = 500,
    seed: Annotated[
        int, typer.Option(metavar="NUMBER", min=0, help="Where the random numbers start.")
    ] = 0,
    title: Annotated[
        str, typer.Option(metavar="TEXT", help="The page's title.")
    ] = "What is spoken of",
    model: Model = None,
    columns: Columns = None,
    patient: PatientNames = None,
    therapist: TherapistNames = None,
    merge: Merge = True,
    as_json: Json = False,
) -> None:
    """Find what is spoken of, when, and which topics precede rises and falls of the alliance."""
    from attunement.associations import AssociationOptions
    from attunement.cli._encoder import cached_encoder
    from attunement.cli._language_run import read_language, source_in_words
    from attunement.cli._possible_speakers import possible_speakers
    from attunement.cli._progress import say
    from attunement.cli._provenance import command_line, now
    from attunement.cli._result import print_result
    from attunement.cli._results_folder import results_in
    from attunement.cli._topics_read import TopicOptions, TopicsFound, TopicsRead
    from attunement.report import LanguageAbout, write_topics_page
    from attunement.topics import name_topics_with

    if number is not None and number < 2:
        raise UsageError(
            f"{number} topics are asked for, and topics are told from each other",
            mend="Ask for 2 or more",
            field="--number",
        )
    if name_with is not None:
        # Naming nothing says whether the address can be used, before the long work.
        name_topics_with(name_with, [])
    options = AssociationOptions(by=by, draws=draws, seed=seed)
    corpus = corpus_of(
        paths=paths, columns=columns, patient=patient, therapist=therapist, merge=merge
    )
    with results_in(out, command="topics") as staging:
        with TopicsRead(staging / ".vectors") as read, cached_encoder(model) as encoder:
            language = read_language(corpus, encoder, read, by=by)
            say("finding topics")
            found = TopicsFound.of(
                read,
                scores=language.scores,
                sessions=language.sessions,
                topics=TopicOptions(
                    make=_maker(algorithm),
                    number=number,
                    seed=seed,
                    namer=name_with,
                    every_topic=every_topic,
                ),
                options=options,
            )
            about = LanguageAbout(
                title=title,
                version=__version__,
                command=command_line(),
                created=now(),
                source=f"topics by {found.model}, {source_in_words(encoder)}",
            )
        found.write(staging)
        write_topics_page(staging / "topics.html", found.shown, about)
        written = sorted(path.name for path in staging.iterdir())
    shown = found.shown
    print_result(
        {
            "sessions": language.sessions.height,
            "turns": shown.turns.height,
            "topics": shown.topics["name"].to_list(),
            "notes": [*possible_speakers(corpus), *shown.notes],
            "written": [str(out / name) for name in written],
            "report": str(out / "topics.html"),
        },
        as_json=as_json,
    )


def _maker(algorithm: TopicModelName) -> MakeModel:
    from attunement.topics import ClusteredTopics, EmbeddedTopics, SphericalTopics

    models = {
        TopicModelName.SPHERICAL: SphericalTopics,
        TopicModelName.ETM: EmbeddedTopics,
        TopicModelName.BERTOPIC: ClusteredTopics,
    }
    model = models[algorithm]
    return lambda number, seed: model(number, random_state=seed)
