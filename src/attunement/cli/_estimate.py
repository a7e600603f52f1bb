"""`attunement estimate`: what a questionnaire would say, and where the therapist differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from attunement.errors import DataError, UsageError

if TYPE_CHECKING:
    import polars as pl

    from attunement.alliance.fitted import ScaleModel


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
    from attunement.cli._gap_ratings import read_ratings
    from attunement.cli._rated import (
        joined_ratings,
        met_before,
        no_better_than_mean,
        seen_before,
    )
    from attunement.cli._result import print_result
    from attunement.tablefiles import checked_suffix, write_table, writing_table
    from attunement.tables import ESTIMATES

    for path in filter(None, (out, signals)):
        checked_suffix(path)
    _check_use(out=out, signals=signals, ratings=ratings)
    known = load_model(fitted)
    of_patients = [one for one in known.scales if one.perspective == "patient"]
    if signals is not None and not of_patients:
        raise UsageError(
            "the model estimates no patient's rating, so no therapist's can be compared with it",
            mend="Use a model that was fitted on patients' ratings, or leave --signals out",
            path=fitted,
            field="--signals",
        )
    given = read_ratings(ratings) if ratings is not None else None
    corpus = corpus_of(
        paths=paths, columns=columns, patient=patient, therapist=therapist, merge=merge
    )
    tables, described, rated = [], [], []
    notes = no_better_than_mean(known)
    seen = met = 0
    with ExitStack() as stack:
        encoder = stack.enter_context(cached_encoder(model))
        scorer = FittedScorer(model=known, encoder=encoder)
        sink = stack.enter_context(writing_table(out, ESTIMATES.schema))
        for embedded in embedded_stream(corpus, encoder):
            chunk = scorer.estimate(embedded)
            sink.write(chunk.estimates)
            seen += len(chunk.seen)
            met += len(chunk.of_known_patients)
            tables.append(chunk.estimates)
            described.append(chunk.sessions.select("session_id"))
            rated.append(chunk.ratings)
        estimates = pl.concat(tables) if tables else pl.DataFrame(schema=ESTIMATES.schema)
        estimated = estimates["session_id"].n_unique()
        result: dict[str, object] = {
            "sessions": estimated,
            "estimates": estimates.height,
            "interval": f"{known.level:.0%}",
            "encoder": encoder.name,
        }
        if seen:
            notes.append(seen_before(seen))
        if met:
            notes.append(met_before(met))
        if silent := sum(one.height for one in described) - estimated:
            notes.append(f"left out, as nothing is said in them: {silent:,}")
        if signals is not None:
            joined = joined_ratings(pl.concat(rated), given=given, sessions=pl.concat(described))
            instruments = {one.scale: one.instrument for one in of_patients}
            found = corrective_signal(estimates, joined.ratings, instruments=instruments)
            if found.is_empty():
                raise _nothing_compared(of_patients, path=ratings)
            notes += [
                *joined.notes,
                *_elsewhere(found, of_patients),
                *_out_of_reach(found, of_patients),
            ]
            write_table(signals, found)
            counts = dict(found["signal"].value_counts().iter_rows())
            result["therapists' ratings compared"] = found.height
            result |= {name: counts.get(name, 0) for name in ("over", "within", "under")}
    result["notes"] = notes
    result["written"] = [str(path) for path in filter(None, (out, signals))]
    print_result(result, as_json=as_json)


def _check_use(*, out: Path, signals: Path | None, ratings: Path | None) -> None:
    if signals == out:
        raise UsageError(
            "both tables would be written to the same file",
            mend="Name another file",
            path=signals,
            field="--signals",
        )
    if ratings is not None and signals is None:
        raise UsageError(
            "ratings are only compared for the corrective signal",
            mend="Say where to write it with --signals FILE, or leave --ratings out",
            field="--ratings",
        )


def _nothing_compared(scales: Sequence[ScaleModel], *, path: Path | None) -> DataError:
    instruments = ", ".join(dict.fromkeys(one.instrument for one in scales))
    named = ", ".join(one.scale for one in scales)
    return DataError(
        "no therapist rated one of these sessions on what the model estimates of patients "
        f"({instruments}: {named})",
        mend="Give therapists' ratings of the same instrument and scale, or leave --signals out",
        path=path,
        field="rater, instrument, scale",
    )


def _elsewhere(signals: pl.DataFrame, scales: Sequence[ScaleModel]) -> Iterator[str]:
    """Name the scales on which every therapist's rating is outside all that patients gave."""
    for one in scales:
        own = signals.filter(scale=one.scale)["therapist_rated"]
        if own.len() and not own.is_between(one.lowest, one.highest).any():
            yield (
                f"all therapists' ratings of {one.scale} lie outside the patients' ratings that "
                f"the model was fitted on ({one.lowest:g} to {one.highest:g}): are both scored "
                "alike, as a sum or as a mean?"
            )


def _out_of_reach(signals: pl.DataFrame, scales: Sequence[ScaleModel]) -> Iterator[str]:
    """Name the flags that hardly any therapist's rating could raise, however far it is off."""
    from attunement.validity import OUT_OF_REACH

    for one in scales:
        mine = signals.filter(scale=one.scale)
        own = mine["therapist_rated"].to_list()
        if not own:
            continue
        highest, lowest = max(one.highest, *own), min(one.lowest, *own)
        for flag, possible, said in (
            ("over", mine["high"] < highest, f"ends below the highest rating ({highest:g})"),
            ("under", mine["low"] > lowest, f"begins above the lowest rating ({lowest:g})"),
        ):
            share = possible.sum() / mine.height
            if share < OUT_OF_REACH:
                yield (
                    f"{one.scale}: {flag} is out of reach. The interval {said} in {share:.1%} of "
                    f"{mine.height:,} sessions only, so that {flag} is not flagged says nothing"
                )
