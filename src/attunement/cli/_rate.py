"""`attunement rate`: transcripts in; what language models answer to an alliance form out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attunement.cli._options import (
    Columns,
    Draws,
    Json,
    Merge,
    Paths,
    PatientNames,
    TherapistNames,
    corpus_of,
)
from attunement.cli._rate_asked import FramingName, PerspectiveName

if TYPE_CHECKING:
    import polars as pl

    from attunement.cli._rate_sessions import SessionsRead
    from attunement.raters import Design, Judge, Store

STORE = "verdicts.sqlite"


def rate(
    paths: Paths,
    judge: Annotated[
        list[str],
        typer.Option(
            "--judge",
            metavar="URL#MODEL",
            help="A language model behind an OpenAI-compatible chat endpoint, on this machine "
            "(repeatable).",
        ),
    ],
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="DIR", help="The folder to write to.")
    ],
    items: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Other items: a licensed inventory's text, or items of one's own (YAML or CSV).",
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The key --items follows: WAI-36, WAI-S, ..."),
    ] = None,
    scale: Annotated[
        list[str] | None,
        typer.Option("--scale", metavar="NAME", help="Ask this scale's items alone (repeatable)."),
    ] = None,
    only: Annotated[
        str | None, typer.Option(metavar="ITEM,...", help="Ask these items alone.")
    ] = None,
    perspective: Annotated[
        list[PerspectiveName] | None,
        typer.Option(
            "--perspective",
            metavar="patient|therapist|observer",
            help="As whom the judge answers (repeatable). Default: patient; of its own chat, "
            "therapist.",
        ),
    ] = None,
    framing: Annotated[
        FramingName,
        typer.Option(
            metavar="reader|own",
            help="reader: the judge reads a transcript. own: it is the AI of the chat, and fills "
            "in the therapist's form as itself.",
        ),
    ] = FramingName.READER,
    prompts: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Prompts of one's own (YAML).")
    ] = None,
    repeats: Annotated[
        int, typer.Option(metavar="NUMBER", min=1, help="How often everything is asked.")
    ] = 1,
    temperature: Annotated[
        float, typer.Option(metavar="NUMBER", min=0, max=2, help="0: the likeliest answer.")
    ] = 0.0,
    seed: Annotated[
        int, typer.Option(metavar="NUMBER", min=0, help="The first repeat's; the next ones follow.")
    ] = 0,
    probe: Annotated[
        list[str] | None,
        typer.Option(
            "--probe",
            metavar="length|structure|jargon|sycophancy|vagueness|order",
            help="Ask also about the transcript with this changed, to see whether the judge is "
            "moved by it (repeatable).",
        ),
    ] = None,
    window: Annotated[
        int | None,
        typer.Option(metavar="TURNS", min=1, help="Show at most so many turns at once."),
    ] = None,
    context: Annotated[
        int | None,
        typer.Option(metavar="TOKENS", min=1, help="Show what fits a model's context."),
    ] = None,
    most_tokens: Annotated[
        int, typer.Option(metavar="TOKENS", min=1, help="The longest answer.")
    ] = 1024,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", help="How long an answer may take.")
    ] = 120.0,
    json_only: Annotated[
        bool,
        typer.Option(
            "--json-only", help="Have the endpoint allow JSON alone; many local ones cannot."
        ),
    ] = False,
    concurrency: Annotated[
        int, typer.Option(metavar="NUMBER", min=1, help="Questions asked at once, a judge.")
    ] = 4,
    per_minute: Annotated[
        float | None,
        typer.Option(metavar="NUMBER", help="The most requests a minute, a judge."),
    ] = None,
    price: Annotated[
        str | None,
        typer.Option(metavar="IN,OUT", help="What a million tokens cost, sent and answered."),
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", min=1, help="Rate so many sessions, drawn by --seed."),
    ] = None,
    ratings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What people rated: session_id, rater, instrument, scale, value. By default what "
            "stands with the transcripts.",
        ),
    ] = None,
    draws: Draws = 1_000,
    title: Annotated[
        str, typer.Option(metavar="TEXT", help="The page's title.")
    ] = "Language models as raters",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would be asked, and ask nothing.")
    ] = False,
    columns: Columns = None,
    patient: PatientNames = None,
    therapist: TherapistNames = None,
    merge: Merge = True,
    as_json: Json = False,
) -> None:
    """Have language models fill in an alliance form, item by item, with their evidence."""
    from attunement.cli._gap_ratings import read_ratings
    from attunement.cli._progress import say
    from attunement.cli._provenance import command_line
    from attunement.cli._rate_asked import design_of, items_of, judges_of
    from attunement.cli._rate_outputs import planned, spent, told, write_rated
    from attunement.cli._rate_sessions import SessionsRead, people, sampled
    from attunement.cli._rater_outputs import write_psychometrics
    from attunement.cli._result import print_result
    from attunement.psychometrics import PsychometricsOptions, psychometrics
    from attunement.raters import Price, Store, account, check_installed, plan

    options = PsychometricsOptions(draws=draws, seed=seed)
    given = read_ratings(ratings) if ratings is not None else None
    paid = Price.read(price) if price is not None else None
    design = design_of(
        items=items_of(items, key=key, only=only, scales=scale or ()),
        prompts=prompts,
        perspectives=perspective or (),
        framing=framing,
        probes=probe or (),
        seed=seed,
        repeats=repeats,
        window=window,
        context=context,
        most_tokens=most_tokens,
    )
    judges = judges_of(
        judge,
        temperature=temperature,
        most_tokens=most_tokens,
        timeout=timeout,
        json_only=json_only,
        concurrency=concurrency,
        per_minute=per_minute,
    )
    if not dry_run:
        check_installed()
    corpus = corpus_of(
        paths=paths, columns=columns, patient=patient, therapist=therapist, merge=merge
    )
    chosen = None if sample is None else sampled(corpus, size=sample, seed=seed)
    read = SessionsRead(corpus, chosen)
    path = out / STORE
    if dry_run:
        with Store(path if path.exists() else None) as store:
            ahead = plan(read.noted(), design=design, judges=judges, store=store)
        sessions = read.sessions.height
        print_result(planned(ahead, sessions=sessions, most_tokens=most_tokens), as_json=as_json)
        return
    with Store(path) as store:
        before = store.last()
        verdicts = _rated(read, design=design, judges=judges, store=store)
        this_run = account(store.used(since=before), price=paid)
        usage = {"this run": this_run, "all runs": account(store.used(), price=paid)}
    scores, written = write_rated(out, verdicts, usage=usage)
    say("asking how far the judges can be relied on")
    rated = people(read, given=given)
    found = psychometrics(
        verdicts,
        scores,
        ratings=rated.ratings,
        sessions=read.sessions,
        turns=read.turns,
        options=options,
    )
    command = command_line()
    written += write_psychometrics(out, found, title=title, command=command, notes=rated.notes)
    print_result(
        {
            **told(
                verdicts,
                scores,
                sessions=read.sessions.height,
                notes=[*rated.notes, *found.notes],
            ),
            **spent(this_run),
            "written": [str(one) for one in (*written, path)],
            "report": str(out / "raters.html"),
        },
        as_json=as_json,
    )


def _rated(
    read: SessionsRead, *, design: Design, judges: list[Judge], store: Store
) -> pl.DataFrame:
    """Rate behind a progress bar; how much there is to do is counted if somebody is watching."""
    import sys

    from attunement.cli._progress import progress_bar
    from attunement.raters import plan
    from attunement.raters import rate as rate_sessions

    total = plan(read, design=design, judges=judges).verdicts if sys.stderr.isatty() else None
    with progress_bar("Rating", unit="verdicts", total=total) as advance:
        return rate_sessions(
            read.noted(), design=design, judges=judges, store=store, progress=advance
        )
