"""The main job in one piece: score a corpus, summarise it, and write tables and report."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from attunement import __version__
from attunement.alliance import Compass, Contrast, Estimator, Scorer, load_reference
from attunement.cli._corpus_run import score_stream
from attunement.embedding import Encoder
from attunement.errors import DataError
from attunement.files import filling
from attunement.instruments import AnchorBank, Inventory, anchors_table, load_inventory
from attunement.report import (
    About,
    ReportTables,
    condition_summary,
    moments,
    role_differences,
    session_summary,
    trajectories,
    write_report,
)
from attunement.tablefiles import write_table, writing_table
from attunement.tables import EVIDENCE, ROLES, SCALES, SCORES, TURNS
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


def analyze_corpus(
    corpus: Corpus,
    out: Path,
    *,
    estimator: Estimator,
    bank: AnchorBank,
    encoder: Encoder,
    title: str,
    fictional: bool,
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

    Returns
    -------
    dict
        Counts and the paths written, for printing.
    """
    scorer = Scorer(estimators=[estimator], encoder=encoder, bank=bank, evidence=True)
    with filling(out) as staging:
        streamed = _stream_tables(scorer, corpus, staging)
        tables = ReportTables(
            turns=pl.read_parquet(staging / "turns.parquet"),
            sessions=streamed.sessions,
            scores=pl.read_parquet(staging / "scores.parquet"),
            evidence=pl.read_parquet(staging / "evidence.parquet"),
            ratings=streamed.ratings,
            anchors=anchors_table(bank),
        )
        if tables.scores.is_empty():
            raise DataError(
                "no turn of a patient or therapist has any words, so there is nothing to score",
                mend="Run `attunement check` on the same paths to see what was read",
            )
        about = About(
            title=title,
            version=__version__,
            estimator=estimator.name,
            encoder=encoder.name,
            encoder_fingerprint=encoder.fingerprint,
            reference=load_reference().description,
            instruments=instruments_in_words(bank, inventory_of(estimator)),
            method=method_in_words(estimator),
            command=_command_line(),
            created=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            fictional=fictional,
            on_common_scale=estimator.on_common_scale,
            notes=(_OWN_REFERENCE,) if fictional else (),
        )
        write_table(staging / "sessions.csv", tables.sessions)
        write_table(staging / "ratings.csv", tables.ratings)
        write_table(staging / "session_summary.csv", session_summary(tables))
        write_table(staging / "condition_summary.csv", condition_summary(tables))
        write_table(staging / "role_differences.csv", role_differences(tables))
        write_table(staging / "trajectories.csv", trajectories(tables))
        write_table(staging / "moments.csv", moments(tables))
        write_report(staging / "report.html", tables, about)
        written = sorted(path.name for path in staging.iterdir())
    return {
        "sessions": tables.sessions.height,
        "turns": tables.turns.height,
        "turns scored": tables.scores.height,
        "estimator": estimator.name,
        "encoder": encoder.name,
        "written": [str(out / name) for name in written],
        "report": str(out / "report.html"),
    }


def _stream_tables(scorer: Scorer, corpus: Corpus, folder: Path) -> _Streamed:
    sessions: list[pl.DataFrame] = []
    ratings: list[pl.DataFrame] = []
    with ExitStack() as stack:
        turns_sink, scores_sink, evidence_sink = (
            stack.enter_context(writing_table(folder / f"{table.name}.parquet", schema))
            for table, schema in (
                (TURNS, TURNS.schema),
                (SCORES, SCORES.required_schema),
                (EVIDENCE, EVIDENCE.schema),
            )
        )
        for chunk in score_stream(scorer, corpus):
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


def inventory_of(estimator: Estimator) -> Inventory:
    """Give the inventory an estimator uses: its own, or the shipped one."""
    given = estimator.inventory if isinstance(estimator, Compass | Contrast) else None
    return given or load_inventory()


def instruments_in_words(bank: AnchorBank, inventory: Inventory) -> str:
    """Name the bank and the inventory so that nobody compares scores from different wordings."""
    return (
        f"anchors: {bank.name} {bank.version}, {len(bank.anchors)} utterances "
        f"({bank.sha256[:12]}); inventory: {inventory.name} {inventory.version}, "
        f"{len(inventory.items)} statements ({inventory.sha256[:12]})"
    )


def method_in_words(estimator: Estimator) -> str:
    """Say in one paragraph what an estimator does with a turn, and what follows from that.

    Raises
    ------
    TypeError
        The estimator is none of those that `--estimator` names.
    """
    match estimator:
        case Contrast():
            return _contrast_in_words(estimator)
        case Compass():
            return _compass_in_words(inventory_of(estimator))
        case _:
            raise TypeError(f"no words for the estimator {estimator.name}")


def _contrast_in_words(estimator: Contrast) -> str:
    inventory = inventory_of(estimator)
    two_poled = [
        scale
        for scale in SCALES
        if all(all(inventory.poles(scale=scale, form=role)) for role in ROLES)
    ]
    if two_poled and estimator.inventory_weight:
        where = "" if len(two_poled) == len(SCALES) else f" on {_listed(two_poled)}"
        statements = (
            f"and, with a weight of {estimator.inventory_weight:g}, from the inventory's "
            f"statements{where}"
        )
    else:
        statements = "alone; the inventory does not enter"
    return (
        "For each side and scale an axis runs from what people in that role say when an alliance "
        "is weak to what they say when it is strong, and a turn's score is its place along that "
        f"axis. The axis is drawn from the anchor utterances {statements}. What all reference "
        "turns have in common is taken out of it, and directions in which they vary most count "
        "for less. Likeness to both poles alike cancels. The whole alliance is the mean of task, "
        "bond and goal. Nothing is fitted to questionnaires; the default weights and the shipped "
        "anchors were chosen by looking at one half of one public corpus with ratings."
    )


def _compass_in_words(inventory: Inventory) -> str:
    sums = {
        scale: sum(item.key for item in inventory.items if item.scale == scale) for scale in SCALES
    }
    effects = [
        f"{effect} {_listed(scales)}"
        for effect, scales in (
            ("raises", [scale for scale, total in sums.items() if total > 0]),
            ("lowers", [scale for scale, total in sums.items() if total < 0]),
            ("does not move", [scale for scale, total in sums.items() if total == 0]),
        )
        if scales
    ]
    keys = _listed(
        [f"{total:+d} on {scale}" if total else f"0 on {scale}" for scale, total in sums.items()]
    )
    return (
        "This is the published estimator (COMPASS, Lin et al. 2025), kept for comparison. A turn's "
        "cosines to the questionnaire statements of the speaker's own form are summed under the "
        "key: task, bond and goal over their own statements, the whole alliance over all. The keys "
        f"sum to {keys}, so whatever raises all cosines alike {_listed(effects)}, with no alliance "
        "in it. The anchors do not enter the score; those listed beside a moment are still the "
        "closest of the bank."
    )


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _command_line() -> str:
    return " ".join(["attunement", *sys.argv[1:]])
