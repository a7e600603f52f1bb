"""The main job in one piece: score a corpus, summarise it, and write tables and report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from attunement import __version__
from attunement.alliance import Estimator, Scorer, load_reference
from attunement.associations import AssociationOptions
from attunement.cli._corpus_run import scored_stream
from attunement.cli._gap_inputs import CONDITION
from attunement.cli._gap_tables import write_gap_tables
from attunement.cli._markers_read import MarkersFound, MarkersRead
from attunement.cli._method_words import instruments_in_words, inventory_of, method_in_words
from attunement.cli._possible_speakers import possible_speakers
from attunement.cli._progress import say
from attunement.cli._provenance import command_line, now
from attunement.cli._results_folder import results_in
from attunement.cli._topics_read import TopicOptions, TopicsFound, TopicsRead
from attunement.embedding import Encoder
from attunement.errors import DataError
from attunement.gap import MOST_GROUPS, GapResult, analyze_scores
from attunement.instruments import AnchorBank, anchors_table
from attunement.report import (
    About,
    GapAbout,
    MarkersShown,
    ReportTables,
    TopicsShown,
    condition_summary,
    moments,
    session_summary,
    write_gap_exports,
    write_report,
)
from attunement.tablefiles import write_table, writing_table
from attunement.tables import EVIDENCE, SCORES, TURNS
from attunement.topics import spherical
from attunement.transcripts import Corpus

_OWN_REFERENCE = (
    "This sample is also the reference set: over all its turns, each side counting half, the mean "
    "of every score is 0 and its standard deviation 1 by construction. That the two sides together "
    "average zero says nothing about these sessions."
)


@dataclass(frozen=True, slots=True)
class _Streamed:
    """The small tables, kept in memory while the large ones went to disk."""

    sessions: pl.DataFrame
    ratings: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Grouped:
    """The sessions as they are compared, and what is to be noted of that."""

    sessions: pl.DataFrame
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, sessions: pl.DataFrame) -> _Grouped:
        """Take the conditions for groups, unless there are too many for that."""
        count = sessions[CONDITION].drop_nulls().n_unique()
        if count <= MOST_GROUPS:
            return cls(sessions)
        note = (
            f"There are {count} conditions, more than can be compared pair by pair "
            f"({MOST_GROUPS}): the two sides are compared over all sessions only."
        )
        return cls(sessions.with_columns(pl.lit(None, pl.String).alias(CONDITION)), (note,))


def analyze_corpus(
    corpus: Corpus,
    out: Path,
    *,
    estimator: Estimator,
    bank: AnchorBank,
    encoder: Encoder,
    title: str,
    fictional: bool,
    with_markers: bool = True,
    with_topics: bool = True,
) -> dict[str, object]:
    """Write scores, tables and report of a corpus to a folder, all of them or none.

    Parameters
    ----------
    corpus : Corpus
        The transcripts.
    out : Path
        The folder; files of the same names in it are replaced when everything is done.
    estimator : Estimator
        Unfitted.
    bank : AnchorBank
        The anchors named as evidence.
    encoder : Encoder
        The embedding model.
    title : str
        The report's title.
    fictional : bool
        Whether the report says that its sessions are invented.
    with_markers, with_topics : bool
        Whether language markers and topics are read too.

    Returns
    -------
    dict
        Counts and the paths written, for printing.
    """
    scorer = Scorer(estimators=[estimator], encoder=encoder, bank=bank, evidence=True)
    with results_in(out, command="analyze") as staging, ExitStack() as stack:
        markers_read = MarkersRead(encoder) if with_markers else None
        topics_read = stack.enter_context(TopicsRead(staging / ".vectors")) if with_topics else None
        readers: list[MarkersRead | TopicsRead] = [
            one for one in (markers_read, topics_read) if one is not None
        ]
        streamed = _stream_tables(scorer, corpus, encoder, staging, readers=readers)
        tables = ReportTables(
            turns=pl.read_parquet(staging / "turns.parquet"),
            sessions=streamed.sessions,
            scores=pl.read_parquet(staging / "scores.parquet"),
            # The report shows patient moments only; half the largest table need not be in memory.
            evidence=pl.scan_parquet(staging / "evidence.parquet")
            .filter(pl.col("role") == "patient")
            .collect(),
            ratings=streamed.ratings,
            anchors=anchors_table(bank),
        )
        if tables.scores.is_empty():
            raise DataError(
                "no turn of a patient or therapist has any words, so there is nothing to score",
                mend="Run `attunement check` on the same paths to see what was read",
            )
        grouped = _Grouped.of(tables.sessions)
        doubted = possible_speakers(corpus)
        about = About(
            title=title,
            version=__version__,
            estimator=estimator.name,
            encoder=encoder.name,
            encoder_fingerprint=encoder.fingerprint,
            reference=load_reference().description,
            instruments=instruments_in_words(bank, inventory_of(estimator)),
            method=method_in_words(estimator),
            command=command_line(),
            created=now(),
            fictional=fictional,
            on_common_scale=estimator.on_common_scale,
            notes=(*([_OWN_REFERENCE] if fictional else []), *doubted, *grouped.notes),
        )
        write_table(staging / "sessions.csv", tables.sessions)
        write_table(staging / "ratings.csv", tables.ratings)
        write_table(staging / "session_summary.csv", session_summary(tables))
        write_table(staging / "condition_summary.csv", condition_summary(tables))
        write_table(staging / "moments.csv", moments(tables))
        gap = _gap(tables, grouped.sessions, on_common_scale=estimator.on_common_scale)
        write_gap_tables(staging, gap)
        write_gap_exports(staging, gap, GapAbout.of(about))
        asked = {"scores": tables.scores, "sessions": grouped.sessions}
        markers = _markers(markers_read, asked, ratings=tables.ratings, folder=staging)
        topics, no_topics = _topics(topics_read, asked, folder=staging)
        stack.close()
        write_report(
            staging / "report.html", tables, about, gap=gap, markers=markers, topics=topics
        )
        written = sorted(path.relative_to(staging) for path in staging.rglob("*.*"))
    return {
        "sessions": tables.sessions.height,
        "turns": tables.turns.height,
        "turns scored": tables.scores.height,
        "notes": [*doubted, *grouped.notes, *gap.notes, *no_topics],
        "estimator": estimator.name,
        "encoder": encoder.name,
        "written": [str(out / name) for name in written],
        "report": str(out / "report.html"),
    }


def _stream_tables(
    scorer: Scorer,
    corpus: Corpus,
    encoder: Encoder,
    folder: Path,
    *,
    readers: Sequence[MarkersRead | TopicsRead],
) -> _Streamed:
    sessions: list[pl.DataFrame] = []
    ratings: list[pl.DataFrame] = []
    with ExitStack() as stack:
        turns_sink, scores_sink, evidence_sink = (
            stack.enter_context(writing_table(folder / f"{table.name}.parquet", schema))
            for table, schema in (
                (TURNS, TURNS.schema),
                (SCORES, scorer.scores_schema),
                (EVIDENCE, EVIDENCE.schema),
            )
        )
        for embedded, chunk in scored_stream(scorer, corpus, encoder):
            for reader in readers:
                reader.take(embedded)
            turns_sink.write(chunk.turns)
            scores_sink.write(chunk.scores)
            if chunk.evidence is not None:
                evidence_sink.write(chunk.evidence)
            sessions.append(chunk.sessions)
            ratings.append(chunk.ratings)
    if not sessions:
        raise DataError(
            "no session was read from these paths",
            mend="Run `attunement check` on the same paths to see what was found",
        )
    return _Streamed(
        sessions=pl.concat(sessions, how="diagonal_relaxed"), ratings=pl.concat(ratings)
    )


def _gap(tables: ReportTables, sessions: pl.DataFrame, *, on_common_scale: bool) -> GapResult:
    say("comparing the two sides")
    return analyze_scores(
        tables.scores, sessions, on_common_scale=on_common_scale, ratings=tables.ratings
    )


def _markers(
    read: MarkersRead | None,
    asked: Mapping[str, pl.DataFrame],
    *,
    ratings: pl.DataFrame,
    folder: Path,
) -> MarkersShown | None:
    if read is None:
        return None
    say("asking what markers go with")
    found = MarkersFound.of(read, **asked, ratings=ratings, options=AssociationOptions())
    found.write(folder)
    return found.shown


def _topics(
    read: TopicsRead | None, asked: Mapping[str, pl.DataFrame], *, folder: Path
) -> tuple[TopicsShown | None, list[str]]:
    """Find topics; where there can be none, say why and go on without."""
    if read is None:
        return None, []
    say("finding topics")
    try:
        found = TopicsFound.of(
            read, **asked, topics=TopicOptions(make=spherical), options=AssociationOptions()
        )
    except DataError as error:
        return None, [f"There are no topics: {error.problem}."]
    found.write(folder)
    return found.shown, []
