"""`attunement questionnaires`: filled-in forms in, ratings of sessions out."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attunement.cli._options import Json, column_map
from attunement.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from attunement.instruments.questionnaires import (
        ImportedAnswers,
        Instrument,
        Joined,
        ScoredAnswers,
    )


class RaterName(StrEnum):
    """Who fills in a form."""

    PATIENT = "patient"
    THERAPIST = "therapist"
    OBSERVER = "observer"


class JoinName(StrEnum):
    """How a form finds its session."""

    AUTO = "auto"
    ID = "id"
    DATE = "date"
    ORDER = "order"


def questionnaires(
    answers: Annotated[
        list[Path],
        typer.Argument(
            metavar="ANSWERS...",
            help="Filled-in forms, one a row: CSV, Parquet or JSON lines, or an export of REDCap "
            "or Qualtrics as it is.",
        ),
    ],
    instrument: Annotated[
        str,
        typer.Option(
            "--instrument",
            "-i",
            metavar="NAME|FILE",
            help="WAI-36, WAI-S, WAI-SR, SRS, or a file that describes another (YAML).",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "-o", "--out", metavar="FILE", help="The ratings to write: .csv, .parquet or .jsonl."
        ),
    ],
    rater: Annotated[
        RaterName | None,
        typer.Option(
            metavar="patient|therapist|observer",
            help="Who filled in the forms, where no column says so.",
        ),
    ] = None,
    sessions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="One row a session: session_id, patient_id, date, number. Without it, the answers "
            "name the sessions themselves.",
        ),
    ] = None,
    join: Annotated[
        JoinName,
        typer.Option(
            metavar="auto|id|date|order",
            help="How forms find their sessions: by session id, by patient and day, or the "
            "patient's nth form with the nth session. `auto` takes the first that the columns "
            "allow.",
        ),
    ] = JoinName.AUTO,
    uneven: Annotated[
        bool,
        typer.Option(
            "--uneven",
            help="By order: let a patient have more forms than sessions, or fewer; the surplus at "
            "the end is left out.",
        ),
    ] = False,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=COLUMN,...",
            help="Which columns hold session_id, patient_id, date, number, rater; and "
            "items=wai_#, or patient=p_#,therapist=t_# where a row holds both sides' answers.",
        ),
    ] = None,
    missing: Annotated[
        list[float] | None,
        typer.Option(
            metavar="NUMBER", help="A number that stands for no answer, as -99 (repeatable)."
        ),
    ] = None,
    changes: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Also write how each patient's ratings changed from form to form, and whether "
            "reliably.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Score filled-in questionnaires, say how reliable they are, and find their sessions."""
    from attunement.cli._result import print_result
    from attunement.instruments.questionnaires import (
        consistency,
        load_instrument,
        oddities,
        reliable_changes,
        score_answers,
    )
    from attunement.tablefiles import checked_suffix, write_table

    _keep_apart(
        [out, *([changes] if changes else [])], [*answers, *([sessions] if sessions else [])]
    )
    for path in (out, changes):
        if path is not None:
            checked_suffix(path)
    form = load_instrument(instrument)
    form = replace(form, missing_codes=(*form.missing_codes, *(missing or [])))
    imported = _imported(answers, instrument=form, rater=rater, columns=column_map(columns))
    scored = score_answers(_together(imported), form)
    joined = _joined(scored, sessions=sessions, how=join, uneven=uneven)
    described = consistency(scored)
    write_table(out, _what_is_known(joined.ratings))
    followed = reliable_changes(scored, consistency=described) if changes else None
    if changes is not None and followed is not None:
        write_table(changes, followed)
    left_out = _left_out(answers, imported, scored, joined)
    warnings = oddities(scored)
    print_result(
        {
            "forms": joined.forms,
            "read as": [_read_as(*one) for one in zip(answers, imported, strict=True)],
            "scales": described.to_dicts() if as_json else _table(described),
            "joined": joined.joined if as_json else f"{joined.joined} forms by {joined.how}",
            **({"joined by": joined.how} if as_json else {}),
            **({"changes": _verdicts(followed)} if followed is not None else {}),
            "prorated": scored.prorated if as_json else _prorated(scored, joined),
            "left out": left_out or ([] if as_json else "nothing"),
            "warnings": warnings or ([] if as_json else "none"),
            "written": [str(path) for path in (out, changes) if path is not None],
        },
        as_json=as_json,
    )


def _keep_apart(written: Sequence[Path], read: Sequence[Path]) -> None:
    for path in written:
        if path.resolve() in {one.resolve() for one in read}:
            raise UsageError(
                "the file to write is one of those to read",
                mend="Choose another name with -o",
                path=path,
            )


def _imported(
    paths: Sequence[Path],
    *,
    instrument: Instrument,
    rater: RaterName | None,
    columns: dict[str, str],
) -> list[ImportedAnswers]:
    from attunement.cli._table_in import read_table
    from attunement.instruments.questionnaires import import_answers

    found = []
    for path in paths:
        table = read_table(path, repeated=True)
        found.append(
            import_answers(
                table.frame,
                instrument=instrument,
                rater=rater.value if rater is not None else None,
                columns=columns,
                path=path,
                lines=table.lines,
            )
        )
    return found


def _together(imported: Sequence[ImportedAnswers]) -> pl.DataFrame:
    import polars as pl

    return pl.concat([one.answers for one in imported])


def _joined(scored: ScoredAnswers, *, sessions: Path | None, how: JoinName, uneven: bool) -> Joined:
    from attunement.instruments.questionnaires import join_ratings

    if sessions is None:
        return _as_named(scored, how=how)
    from attunement.cli._gap_inputs import read_sessions

    table = read_sessions(sessions)
    known = table.frame.with_columns(table.lines.alias("line"))
    if "date" not in known.columns and "session_date" in known.columns:
        known = known.rename({"session_date": "date"})
    return join_ratings(
        scored.ratings,
        known,
        how=how.value,
        forms=scored.items,
        uneven=uneven,
        path=sessions,
    )


def _as_named(scored: ScoredAnswers, *, how: JoinName) -> Joined:
    """Take the sessions that the answers name for the sessions there are."""
    from attunement.instruments.questionnaires import join_ratings

    named = scored.items.select("session_id").drop_nulls().unique(maintain_order=True)
    if named.is_empty() or how not in (JoinName.AUTO, JoinName.ID):
        raise UsageError(
            "the answers do not name their sessions"
            if named.is_empty()
            else f"there are no sessions to join by {how.value}",
            mend="Give the sessions with --sessions FILE, or name the column of their ids with "
            "--columns session_id=NAME",
            field="--sessions",
        )
    return join_ratings(scored.ratings, named, how="id", forms=scored.items)


def _what_is_known(ratings: pl.DataFrame) -> pl.DataFrame:
    """Leave the patients out where none is known, and what is prorated where nothing is."""
    needless = {
        "patient_id": ratings["patient_id"].is_null().all(),
        "prorated": not ratings["prorated"].any(),
    }
    return ratings.drop(name for name, so in needless.items() if so)


def _prorated(scored: ScoredAnswers, joined: Joined) -> str:
    """Count the values that stand in for missing answers, and name their sessions."""
    from attunement.cli._gap_ratings import few_sessions

    sessions = joined.ratings.filter("prorated")["session_id"].unique(maintain_order=True)
    return f"{scored.prorated}{few_sessions(sessions.to_list())}"


def _left_out(
    paths: Sequence[Path],
    imported: Sequence[ImportedAnswers],
    scored: ScoredAnswers,
    joined: Joined,
) -> list[str]:
    """Say everything that did not become a rating."""
    found = [
        f"{path.name}: {words}"
        for path, one in zip(paths, imported, strict=True)
        for words in one.left_out
    ]
    by_reason = scored.missing.group_by("rater", "scale", "reason", maintain_order=True)
    for (rater, scale, reason), rows in by_reason:
        count = f"{rows.height} {rater} form" + ("s" if rows.height > 1 else "")
        found.append(f"{count} without {scale}: {reason}")
    return found + joined.left_out()


def _read_as(path: Path, one: ImportedAnswers) -> str:
    names = {"table": "a plain table", "redcap": "a REDCap export", "qualtrics": "Qualtrics'"}
    columns = ", ".join(f"{name} from {column}" for name, column in one.columns.items())
    return f"{path.name}: {names[one.kind]}, {columns}"


def _table(described: pl.DataFrame) -> list[str]:
    """Lay the scales out in lines, with blanks between the columns."""
    head = ["rater", "scale", "n", "mean", "sd", "alpha [95% CI]", "omega [95% CI]", "at top"]
    rows = [
        [
            row["rater"],
            row["scale"],
            f"{row['n']:,}",
            _number(row["mean"], 2),
            _number(row["sd"], 2),
            _interval(row["alpha"], row["alpha_low"], row["alpha_high"]),
            _interval(row["omega"], row["omega_low"], row["omega_high"]),
            "" if row["ceiling"] is None else f"{row['ceiling']:.0%}",
        ]
        for row in described.to_dicts()
    ]
    widths = [max(len(line[place]) for line in (head, *rows)) for place in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (head, *rows)
    ]


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" + ("" if low is None else f" [{low:.2f}, {high:.2f}]")


def _verdicts(changes: pl.DataFrame) -> list[str]:
    counted = changes.group_by("rater", "scale", "verdict", maintain_order=True).len()
    return [
        f"{row['rater']} {row['scale']}: {row['len']} {row['verdict'] or 'not judged'}"
        for row in counted.sort("rater", "scale", "verdict", nulls_last=True).to_dicts()
    ]
