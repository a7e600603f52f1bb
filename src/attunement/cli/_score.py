"""`attunement score`: transcripts in, one table of turn-level scores out."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
    need_model,
)
from attunement.errors import UsageError

if TYPE_CHECKING:
    from attunement.alliance.fitted import FittedModel


def score(
    paths: Paths,
    out: Annotated[
        Path,
        typer.Option("-o", "--out", metavar="FILE", help="Where to write: .parquet, .csv, .jsonl."),
    ],
    estimator: Estimators = None,
    fitted: Fitted = None,
    items: Annotated[
        bool, typer.Option("--items", help="Add each turn's similarity to every statement.")
    ] = False,
    evidence: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write each turn's nearest anchors to this file."),
    ] = None,
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
    """Infer task, bond and goal for every turn of both sides."""
    import polars as pl

    from attunement.alliance import Scorer
    from attunement.alliance.fitted import RUNNING_SCHEMA, FittedScorer, load_model
    from attunement.cli._corpus_run import embedded_stream
    from attunement.cli._encoder import cached_encoder
    from attunement.cli._possible_speakers import possible_speakers
    from attunement.cli._rated import met_before, seen_before
    from attunement.cli._result import print_result
    from attunement.tablefiles import checked_suffix, writing_table
    from attunement.tables import EVIDENCE

    for path in filter(None, (out, evidence)):
        checked_suffix(path)
    if evidence == out:
        raise UsageError(
            "both tables would be written to the same file",
            mend="Name another file",
            path=evidence,
            field="--evidence",
        )
    names = estimator_names(estimator, fitted=fitted)
    if items and set(names) == {EstimatorName.FITTED}:
        raise UsageError(
            "a fitted model gives no similarity to statements",
            mend="Add -e contrast, or leave --items out",
            field="--items",
        )
    need_model(names, fitted=fitted)
    model_used = load_model(fitted) if fitted is not None else None
    corpus = corpus_of(
        paths=paths, columns=columns, patient=patient, therapist=therapist, merge=merge
    )
    statements, bank = instruments_of(inventory=inventory, key=key, anchors=anchors)
    zero_shot = estimators_of(names=names, inventory=statements, anchors=bank)
    with ExitStack() as stack:
        encoder = stack.enter_context(cached_encoder(model))
        running = (
            FittedScorer(model=model_used, encoder=encoder, running=True) if model_used else None
        )
        scorer = Scorer(
            estimators=zero_shot,
            encoder=encoder,
            bank=bank,
            inventory=statements,
            evidence=evidence is not None,
            items=items,
        ).fit()
        schema = scorer.scores_schema if zero_shot else RUNNING_SCHEMA
        scores_sink = stack.enter_context(writing_table(out, schema))
        evidence_sink = (
            stack.enter_context(writing_table(evidence, EVIDENCE.schema)) if evidence else None
        )
        n_sessions = n_turns = n_scored = n_seen = n_met = 0
        for embedded in embedded_stream(corpus, encoder):
            chunk = scorer.score_embedded(embedded)
            scores = chunk.scores if zero_shot else pl.DataFrame(schema=schema)
            if running is not None:
                found = running.estimate(embedded)
                n_seen += len(found.seen)
                n_met += len(found.of_known_patients)
                if found.scores is not None:
                    scores = pl.concat([scores, found.scores], how="diagonal")
            scores_sink.write(scores.select(schema.names()))
            if evidence_sink is not None and chunk.evidence is not None:
                evidence_sink.write(chunk.evidence)
            n_sessions += chunk.sessions.height
            n_turns += chunk.turns.height
            n_scored += scores.height
    notes = possible_speakers(corpus)
    if n_seen:
        notes.append(seen_before(n_seen))
    if n_met:
        notes.append(met_before(n_met))
    if model_used is not None:
        notes += _one_sided(model_used)
    print_result(
        {
            "sessions": n_sessions,
            "turns": n_turns,
            "scores": n_scored,
            "encoder": encoder.name,
            "notes": notes,
            "written": [str(path) for path in filter(None, (out, evidence))],
        },
        as_json=as_json,
    )


def _one_sided(model: FittedModel) -> list[str]:
    """Say whose turns have no fitted score, where the model knows one side's ratings only."""
    sides = {one.perspective for one in model.scales}
    return [
        f"the model was fitted on ratings by {one}s alone: only their turns are scored"
        for one in sides
        if len(sides) == 1
    ]
