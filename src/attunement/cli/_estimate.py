"""`attunement estimate`: what a questionnaire would say, and where the therapist differs."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from attunement.cli._options import (
    Columns,
    Json,
    Merge,
    Model,
    Paths,
    PatientNames,
    TherapistNames,
    corpus_of,
)


def estimate(
    paths: Paths,
    fitted: Annotated[
        Path, typer.Option("--fitted", metavar="DIR", help="A model that `fit` made.")
    ],
    out: Annotated[
        Path,
        typer.Option("-o", "--out", metavar="FILE", help="Where to write: .parquet, .csv, .jsonl."),
    ],
    signals: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Also write the corrective signal: therapists' own ratings that lie outside the "
            "interval of the estimated patient rating.",
        ),
    ] = None,
    ratings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The therapists' own ratings: session_id, rater, instrument, scale, value. By "
            "default those that stand with the transcripts.",
        ),
    ] = None,
    model: Model = None,
    columns: Columns = None,
    patient: PatientNames = None,
    therapist: TherapistNames = None,
    merge: Merge = True,
    as_json: Json = False,
) -> None:
    """Estimate what patients and therapists would answer, with intervals."""
    import polars as pl

    from attunement.alliance.fitted import FittedScorer, corrective_signal, load_model
    from attunement.cli._corpus_run import embedded_stream
    from attunement.cli._encoder import cached_encoder
    from attunement.cli._rated import joined_ratings
    from attunement.cli._result import print_result
    from attunement.tablefiles import checked_suffix, write_table, writing_table
    from attunement.tables import ESTIMATES

    for path in filter(None, (out, signals)):
        checked_suffix(path)
    known = load_model(fitted)
    corpus = corpus_of(
        paths=paths, columns=columns, patient=patient, therapist=therapist, merge=merge
    )
    tables, described, rated = [], [], []
    seen = 0
    with ExitStack() as stack:
        encoder = stack.enter_context(cached_encoder(model))
        scorer = FittedScorer(model=known, encoder=encoder)
        sink = stack.enter_context(writing_table(out, ESTIMATES.schema))
        for embedded in embedded_stream(corpus, encoder):
            chunk = scorer.estimate(embedded)
            sink.write(chunk.estimates)
            seen += chunk.seen
            tables.append(chunk.estimates)
            described.append(chunk.sessions.select("session_id"))
            rated.append(chunk.ratings)
        estimates = pl.concat(tables) if tables else pl.DataFrame(schema=ESTIMATES.schema)
        result: dict[str, object] = {
            "sessions": estimates["session_id"].n_unique(),
            "estimates": estimates.height,
            "interval": f"{known.level:.0%}",
            "encoder": encoder.name,
        }
        if seen:
            result["note"] = (
                f"{seen} of these sessions are among those the model was fitted on: their "
                "estimates look better than they are"
            )
        if signals is not None:
            own = joined_ratings(
                pl.concat(rated), file=ratings, sessions=pl.concat(described)
            ).ratings
            instruments = {
                one.scale: one.instrument for one in known.scales if one.perspective == "patient"
            }
            found = corrective_signal(estimates, own, instruments=instruments)
            write_table(signals, found)
            counts = dict(found["signal"].value_counts().iter_rows())
            result["therapists' ratings compared"] = found.height
            result |= {name: counts.get(name, 0) for name in ("over", "within", "under")}
    result["written"] = [str(path) for path in filter(None, (out, signals))]
    print_result(result, as_json=as_json)
