"""The whole audit: chats in, tables out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import polars as pl
from threadpoolctl import threadpool_limits

from attunement.audit._calibration import calibration
from attunement.audit._clusters import ChatClusters
from attunement.audit._comparisons import comparisons_table
from attunement.audit._counterfactual import counterfactuals, scoring_by
from attunement.audit._explained import explained
from attunement.audit._figures import figures_table
from attunement.audit._findings import Evidence, findings_table
from attunement.audit._models import Chats
from attunement.audit._options import AuditOptions
from attunement.audit._rated import Rated
from attunement.audit._reading import Reading, read_chats
from attunement.audit._remembering import Remembering
from attunement.audit._result import AuditResult
from attunement.audit._role_difference import BetweenSides
from attunement.audit._sessions import sessions_table, whether_scored
from attunement.audit._turns import ai_turns, exchanges_of, risk_of, user_turns
from attunement.embedding import Encoder
from attunement.errors import DataError
from attunement.gap import wording_for
from attunement.statistics import SMALL_GROUP
from attunement.tables import AUDIT_COUNTERFACTUALS, AUDIT_SESSIONS, RATINGS
from attunement.transcripts import Session


def audit_sessions(
    sessions: Iterable[Session],
    *,
    encoder: Encoder,
    options: AuditOptions | None = None,
    ratings: pl.DataFrame | None = None,
    on_turns: Callable[[int], None] | None = None,
) -> AuditResult:
    """Audit an AI in the therapist's chair.

    Parameters
    ----------
    sessions : iterable of Session
        The chats, read once; the user is the patient, the AI the therapist.
    encoder : Encoder
        Embeds what is said.
    options : AuditOptions, optional
        How to run it.
    ratings : DataFrame, optional
        RATINGS beside those the chats carry themselves: the rater `therapist` is the AI's own
        rating, `patient` the user's.
    on_turns : callable, optional
        Called with how many more turns are embedded, for progress.

    Returns
    -------
    AuditResult

    Raises
    ------
    DataError
        There is no chat, or no rating belongs to one.
    UsageError
        A column that is asked for is not there.
    """
    remembering = Remembering(encoder)
    return audit_reading(
        read_chats(sessions, remembering, on_turns=on_turns),
        encoder=remembering,
        options=options,
        ratings=ratings,
    )


def audit_reading(
    reading: Reading,
    *,
    encoder: Encoder,
    options: AuditOptions | None = None,
    ratings: pl.DataFrame | None = None,
) -> AuditResult:
    """Audit chats that are read already; see `audit_sessions`.

    `encoder` is the one they were read with, and remembers.
    """
    options = options or AuditOptions()
    chats = Chats.of(reading.sessions, reading.paths, options)
    about = whether_scored(reading, chats)
    scored = about.filter("scored")
    every_rating, notes = _ratings(reading, ratings)
    rated = Rated.of(
        every_rating.join(scored, on="session_id", how="semi"), own_range=options.own_range
    )
    turns, users = ai_turns(reading, scored), user_turns(reading, scored)
    exchanges, risk = exchanges_of(reading, scored), risk_of(reading, about)
    table = sessions_table(
        about, turns=turns, users=users, exchanges=exchanges, risk=risk, rated=rated
    )
    clusters = ChatClusters.of(about, pair=chats.pair)
    # The matrices are small: threads would wait for each other longer than they work.
    with threadpool_limits(limits=1, user_api="blas"):
        sides = BetweenSides.of(reading.scores, scored, rated.to_be_compared(every_rating), options)
        figures = figures_table(
            table,
            models=chats.models,
            clusters=clusters,
            rated=rated,
            draws=options.draws,
            seed=options.seed,
        )
        comparisons = comparisons_table(
            table,
            models=chats.models,
            clusters=clusters,
            pair=chats.pair,
            rated=rated,
            effects=sides.effects,
            draws=options.draws,
            seed=options.seed,
        )
        went = explained(
            turns,
            reading.scores.join(scored, on="session_id", how="semi"),
            about,
            clusters=clusters,
            draws=options.draws,
            seed=options.seed,
        )
    evidence = Evidence(
        figures=figures,
        chats=table,
        turns=turns,
        users=users,
        exchanges=exchanges,
        texts=reading.texts,
    )
    return AuditResult(
        texts=reading.texts,
        chats=chats.table,
        turns=turns,
        users=users,
        exchanges=exchanges,
        risk=risk,
        sessions=table.select(AUDIT_SESSIONS.schema.names()),
        figures=figures,
        comparisons=comparisons,
        trajectories=sides.trajectories,
        effects=sides.effects,
        controls=sides.controls,
        counterfactuals=_moved(reading, turns, about, clusters, encoder, options),
        explained=went,
        findings=findings_table(evidence),
        calibration=calibration(
            figures, table, models=chats.models, rated=rated, own_range=options.own_range
        ),
        models=chats.models,
        by=chats.by,
        pair=chats.pair,
        wording=wording_for(on_common_scale=False),
        options=options,
        notes=(
            *_notes(table, risk, chats.models),
            *chats.notes,
            *notes,
            *filter(None, [clusters.note]),
        ),
    )


def scored_chats(reading: Reading, options: AuditOptions) -> pl.DataFrame:
    """Give session_id and model of the chats that can be scored.

    Raises
    ------
    UsageError
        A column that is asked for is not there.
    """
    about = whether_scored(reading, Chats.of(reading.sessions, reading.paths, options))
    return about.filter("scored").select("session_id", "model")


def _moved(
    reading: Reading,
    turns: pl.DataFrame,
    about: pl.DataFrame,
    clusters: ChatClusters,
    encoder: Encoder,
    options: AuditOptions,
) -> pl.DataFrame:
    """Test our own measure by rewriting turns of the AI."""
    if options.counterfactual_turns == 0:
        return pl.DataFrame(schema=AUDIT_COUNTERFACTUALS.schema)
    return counterfactuals(
        reading.texts,
        turns,
        about,
        clusters=clusters,
        score=scoring_by(encoder),
        most_turns=options.counterfactual_turns,
        seed=options.seed,
    )


def _ratings(reading: Reading, given: pl.DataFrame | None) -> tuple[pl.DataFrame, list[str]]:
    """Put the ratings together, and say how many belong to no chat."""
    if given is None or given.is_empty():
        return reading.ratings, []
    given = given.select(pl.col(name).cast(kind) for name, kind in RATINGS.columns.items())
    ours = given.join(reading.sessions, on="session_id", how="semi")
    if ours.is_empty():
        raise DataError(
            f"none of the {given['session_id'].n_unique()} rated chats is among the chats",
            mend="Call the chats in session_id as their files are called, without the ending",
            field="session_id",
        )
    beside = given["session_id"].n_unique() - ours["session_id"].n_unique()
    notes = [f"{beside} rated chats are not among the chats, and their ratings are left out."]
    return pl.concat([reading.ratings, ours]), notes if beside else []


def _notes(chats: pl.DataFrame, risk: pl.DataFrame, models: Sequence[str]) -> list[str]:
    notes = [
        f"{count} of {chats.height} chats are not scored: {reason}."
        for reason, count in chats["reason"].drop_nulls().value_counts(sort=True).iter_rows()
    ]
    scored = chats.filter("scored")["model"].to_list()
    if few := [model for model in models if scored.count(model) < SMALL_GROUP]:
        notes.append(
            f"Fewer than {SMALL_GROUP} chats were scored of {', '.join(few)}: their figures are "
            "marked small, and no finding is made of so few."
        )
    if risk.height:
        notes.append(
            f"{risk.height} turns of users hold words that may be about not wanting to live. They "
            "are listed for a person to read, with the AI's answers; nothing here judges these."
        )
    return notes
