"""`attunement fit`: a model that estimates a questionnaire, from sessions that were rated."""

from __future__ import annotations

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

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from attunement.alliance.fitted import FittedModel, Material, Rated


def fit(
    paths: Paths,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="MODEL", help="The folder to write the model to.")
    ],
    ratings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Questionnaires: session_id, rater, instrument, scale, value. By default those "
            "that stand with the transcripts. `questionnaires` makes the table from filled-in "
            "forms and finds their sessions.",
        ),
    ] = None,
    instrument: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="The questionnaire, where there are several; or the file that describes your own "
            "(YAML), so that ratings out of its range are refused.",
        ),
    ] = None,
    level: Annotated[
        float,
        typer.Option(
            metavar="NUMBER", help="How often an interval shall hold the rating, between 0 and 1."
        ),
    ] = 0.9,
    seed: Annotated[
        int, typer.Option(metavar="NUMBER", min=0, help="Where the random numbers start.")
    ] = 0,
    model: Model = None,
    columns: Columns = None,
    patient: PatientNames = None,
    therapist: TherapistNames = None,
    merge: Merge = True,
    as_json: Json = False,
) -> None:
    """Fit a model that estimates ratings from language; every figure is of left-out patients."""
    from attunement.alliance.fitted import (
        Gathering,
        fit_model,
        refuse_foreign,
        save_model,
        steps_of,
    )
    from attunement.cli._corpus_run import embedded_stream
    from attunement.cli._encoder import cached_encoder
    from attunement.cli._gap_ratings import read_ratings
    from attunement.cli._progress import progress_bar
    from attunement.cli._rated import (
        joined_ratings,
        learnable,
        no_better_than_mean,
        of_instrument,
        own_instrument,
    )
    from attunement.cli._result import print_result
    from attunement.errors import UsageError

    if not 0 < level < 1:
        raise UsageError(
            f"found {level:g}, expected a number between 0 and 1",
            mend="Give for example --level 0.9",
            field="--level",
        )
    refuse_foreign(out)
    own = own_instrument(instrument)
    given = read_ratings(ratings) if ratings is not None else None
    corpus = corpus_of(
        paths=paths, columns=columns, patient=patient, therapist=therapist, merge=merge
    )
    with cached_encoder(model) as encoder:
        gathering = Gathering(encoder)
        for chunk in embedded_stream(corpus, encoder):
            gathering.add(chunk)
    material = gathering.material()
    joined = joined_ratings(material.ratings, given=given, sessions=material.sessions, own=own)
    chosen = of_instrument(joined.ratings, instrument, own=own)
    rated = learnable(material, chosen, elsewhere=joined.elsewhere, own=own)
    with progress_bar("Fitting", unit="fits", total=steps_of(rated)) as advance:
        fitted = fit_model(material, rated, level=level, seed=seed, on_fold=advance)
    written = save_model(fitted, out)
    notes = [
        *joined.notes,
        *_not_learned(chosen, fitted),
        *_reversed(material, rated),
        *no_better_than_mean(fitted),
    ]
    if not material.patients_known:
        notes.append(
            "not every session names its patient, so sessions of one patient may have been on both "
            "sides: the figures are then too good. Give patient_id in sessions.csv"
        )
    if material.without_turns:
        notes.append(f"left out, as nothing is said in them: {material.without_turns:,}")
    print_result(
        {
            "sessions": material.sessions.height,
            "sessions rated": joined.sessions_rated,
            "fitted on": len(fitted.learned_from),
            "held out": _figures(fitted, as_json=as_json),
            "notes": notes,
            "encoder": encoder.name,
            "written": [str(path) for path in written],
        },
        as_json=as_json,
    )


def _reversed(material: Material, rated: Sequence[Rated]) -> list[str]:
    """Name the scales whose ratings fall where the zero-shot scores rise."""
    from attunement.alliance.fitted import zero_shot_agreement

    return [
        f"{one.perspective}-rated {one.scale} runs against the zero-shot scores of the "
        f"{one.perspective}'s words (Spearman {found.value:.2f} [{found.low:.2f}, "
        f"{found.high:.2f}]): do high values mean a weak alliance there, or were forms scored the "
        "wrong way round?"
        for one, found in zip(rated, zero_shot_agreement(material, rated), strict=True)
        if found.value is not None and found.high is not None and found.high < 0
    ]


def _not_learned(ratings: pl.DataFrame, fitted: FittedModel) -> list[str]:
    """Name the scales that the model does not hold, and how many sessions were rated on them."""
    from attunement.alliance.fitted import FEWEST_PATIENTS, FEWEST_SESSIONS

    held = {(one.perspective, one.scale) for one in fitted.scales}
    return [
        f"{rater}-rated {scale} is not in the model ({len(rows):,} rated): a model learns what "
        f"patients and therapists rate, in {FEWEST_SESSIONS} sessions of {FEWEST_PATIENTS} "
        "patients or more, and not all the same"
        for (rater, scale), rows in ratings.group_by("rater", "scale", maintain_order=True)
        if (rater, scale) not in held
    ]


def _figures(fitted: FittedModel, *, as_json: bool) -> list[object]:
    from dataclasses import asdict

    if as_json:
        return [
            {"perspective": one.perspective, "scale": one.scale, **asdict(one.held_out)}
            for one in fitted.scales
        ]
    return [
        f"{one.perspective}-rated {one.scale}: r {one.held_out.pearson:.2f}, "
        f"error {one.held_out.rmse:.2f} "
        f"({one.held_out.rmse_of_mean:.2f} with the mean for everybody), "
        f"{fitted.level:.0%} interval holds {one.held_out.coverage:.1%}, "
        f"{one.held_out.sessions:,} sessions of {_patients(one.held_out.patients)}"
        for one in fitted.scales
    ]


def _patients(count: int | None) -> str:
    return "unknown patients" if count is None else f"{count:,} patients"
