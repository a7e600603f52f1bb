"""`attunement analyze`: transcripts in; scores, tables and the report out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attunement.cli._options import (
    AnchorFile,
    Columns,
    EstimatorName,
    InventoryFile,
    InventoryKey,
    Json,
    Merge,
    Model,
    Paths,
    PatientNames,
    TherapistNames,
    corpus_of,
    estimators_of,
    instruments_of,
)
from attunement.errors import UsageError


def analyze(
    paths: Paths,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="DIR", help="The folder to write to.")
    ],
    estimator: Annotated[
        EstimatorName,
        typer.Option("--estimator", "-e", metavar="contrast|compass", help="The estimator."),
    ] = EstimatorName.CONTRAST,
    title: Annotated[
        str, typer.Option(metavar="TEXT", help="The report's title.")
    ] = "Working alliance, turn by turn",
    with_markers: Annotated[
        bool, typer.Option("--markers/--no-markers", help="Whether to read language markers.")
    ] = True,
    with_topics: Annotated[
        bool, typer.Option("--topics/--no-topics", help="Whether to find topics.")
    ] = True,
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
    """Everything: scores, tables, and a report that opens in a browser."""
    from attunement.cli._analysis import analyze_corpus
    from attunement.cli._encoder import cached_encoder
    from attunement.cli._result import print_result

    corpus = corpus_of(
        paths=paths, columns=columns, patient=patient, therapist=therapist, merge=merge
    )
    statements, bank = instruments_of(inventory=inventory, key=key, anchors=anchors)
    if estimator is EstimatorName.FITTED:
        raise UsageError(
            "the report draws turn scores of contrast or compass",
            mend="For a model's estimates run `attunement estimate`, or `attunement score "
            "--fitted` for running ones",
            field="--estimator",
        )
    (chosen,) = estimators_of(names=[estimator], inventory=statements, anchors=bank)
    with cached_encoder(model) as encoder:
        result = analyze_corpus(
            corpus,
            out,
            estimator=chosen,
            bank=bank,
            encoder=encoder,
            title=title,
            fictional=False,
            with_markers=with_markers,
            with_topics=with_topics,
        )
    print_result(result, as_json=as_json)
