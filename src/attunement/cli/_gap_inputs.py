"""What `attunement gap` works on: scores, sessions and ratings that belong together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from attunement.cli._gap_ratings import RatingsIn, read_ratings
from attunement.cli._gap_scores import read_scores
from attunement.cli._table_in import TableIn, read_table
from attunement.errors import DataError, UsageError
from attunement.gap import MOST_GROUPS
from attunement.tables import RATINGS, SESSIONS
from attunement.transcripts.tabular import RATINGS_FILE, SESSIONS_FILE, find, listed

CONDITION = "condition"
"""The column that names the groups unless another is chosen; sessions may do without it."""

_SCORES_FILE = "scores.parquet"
_OF_SESSION = ("patient_id", "therapist_id", CONDITION)


@dataclass(frozen=True, slots=True)
class GapInputs:
    """Tables for `attunement.gap`.

    Attributes
    ----------
    scores : DataFrame or None
        One estimator's; see `read_scores`.
    sessions : DataFrame
        One row a session: session_id, patient_id, therapist_id, condition, and own columns.
    ratings : DataFrame
        Ratings of whole sessions, with the columns of `attunement.tables.RATINGS`; may be empty.
    estimator : str or None
        Whose scores they are, if the table says so.
    notes : list of str
        What was left out of the ratings.
    """

    scores: pl.DataFrame | None
    sessions: pl.DataFrame
    ratings: pl.DataFrame
    estimator: str | None
    notes: list[str]


def read_inputs(
    scores: Path | None,
    *,
    sessions: Path | None = None,
    ratings: Path | None = None,
    by: str = CONDITION,
    estimator: str | None = None,
    outcome: str | None = None,
) -> GapInputs:
    """Read what there is, and see that it belongs together.

    Parameters
    ----------
    scores : Path, optional
        A scores table, or the folder that `analyze` wrote. The sessions.csv and ratings.csv beside
        it are read as well, unless others are named.
    sessions, ratings : Path, optional
        Without a sessions table, the ratings' own columns describe the sessions.
    by : str
        The column of sessions that names the groups.
    estimator : str, optional
        Whose scores, where the table holds those of several.
    outcome : str, optional
        A column of sessions that holds numbers.

    Returns
    -------
    GapInputs
        In sessions, `by` is text and `outcome` numbers.

    Raises
    ------
    UsageError
        What is named is not there, or nothing is named.
    DataError
        A table holds what it should not, or the sessions table lacks a session.
    """
    if scores is None and ratings is None:
        raise UsageError(
            "there is nothing to compare",
            mend="Give a table of scores, or questionnaires with --ratings FILE",
            field="SCORES",
        )
    if outcome == by:
        raise UsageError(
            f'"{by}" names the groups already',
            mend="Choose another column for the outcome, or other groups with --by",
            field="--outcome",
        )
    scored = None
    if scores is not None:
        place = _scores_file(scores)
        scored = read_scores(place, estimator=estimator)
        sessions = sessions or _beside(place, SESSIONS_FILE)
        ratings = ratings or _beside(place, RATINGS_FILE)
    describing = [name for name in (by, outcome) if name is not None]
    rated = read_ratings(ratings, describing=describing) if ratings is not None else None
    if sessions is not None:
        described = _checked(read_sessions(sessions), rated, scored)
    else:
        described = _made(rated, scored, path=ratings or scores)
    columns = [_groups(described, by)]
    if outcome is not None:
        described.need([outcome], mend="Name a column of the sessions with --outcome")
        columns.append(described.numbers(outcome))
    return GapInputs(
        scores=scored,
        sessions=described.frame.with_columns(columns),
        ratings=rated.ratings if rated is not None else pl.DataFrame(schema=RATINGS.schema),
        estimator=_estimator(scored),
        notes=rated.notes() if rated is not None else [],
    )


def _scores_file(path: Path) -> Path:
    if not path.is_dir():
        return path
    if not (path / _SCORES_FILE).is_file():
        raise UsageError(
            f"there is no {_SCORES_FILE} in this folder",
            mend="Give the folder that `attunement analyze` wrote, or a scores table",
            path=path,
        )
    return path / _SCORES_FILE


def _beside(scores: Path, name: str) -> Path | None:
    """Find a table beside the scores; `analyze` writes one without rows where there are none."""
    path = scores.parent / name
    if not path.is_file():
        return None
    with path.open("rb") as handle:
        return path if sum(1 for _ in zip(handle, range(2), strict=False)) == 2 else None


def read_sessions(path: Path) -> TableIn:
    """Read a table of sessions, its columns called by our names; each session once.

    Raises
    ------
    UsageError
        There is no such file, or it is no table.
    DataError
        A row has no session_id, or one that another row has.
    """
    table = read_table(path)
    header = table.frame.columns
    found = {
        name: header[place]
        for name, place in find(header, kind="sessions", chosen={}, path=path).items()
        if name in SESSIONS.columns
    }
    named = table.frame.rename({old: new for new, old in found.items()}, strict=False)
    table = TableIn(path, named, table.lines)
    table.need(
        ["session_id"],
        mend="Say with it which session a row describes, or name another table with --sessions",
    )
    ids = table.filled("session_id", table.texts("session_id"))
    table.once(ids.to_frame(), what="the session")
    return _with_ids(TableIn(path, named.with_columns(ids), table.lines))


def _with_ids(table: TableIn) -> TableIn:
    """See that patient, therapist and condition are there, as text."""
    there = [table.texts(name) for name in _OF_SESSION if name in table.frame.columns]
    missing = [name for name in _OF_SESSION if name not in table.frame.columns]
    frame = table.frame.with_columns(
        *there, *(pl.lit(None, pl.String).alias(name) for name in missing)
    )
    return TableIn(table.path, frame, table.lines)


def _checked(table: TableIn, rated: RatingsIn | None, scored: pl.DataFrame | None) -> TableIn:
    """See that the sessions table holds the sessions there are, and the ratings say the same."""
    if scored is not None:
        _need_sessions(table, scored["session_id"], of="scores")
    if rated is None:
        return table
    _need_sessions(table, rated.sessions["session_id"], of="ratings")
    told = table.frame.select("session_id").join(
        rated.sessions, on="session_id", how="left", maintain_order="left"
    )
    columns = []
    for name in told.drop("session_id", "line").columns:
        if name not in table.frame.columns:
            columns.append(told[name])
            continue
        if name not in _OF_SESSION:
            continue
        said = table.texts(name)
        for row in (said != told[name]).fill_null(False).arg_true().head(1):
            raise DataError(
                f'for session "{told["session_id"][row][:100]}", {rated.path} '
                f"(line {told['line'][row]}) says something else",
                mend="Mend the one that is wrong, or leave the cell empty",
                path=table.path,
                line=table.lines[row],
                field=name,
            )
        columns.append(said.fill_null(told[name]))
    return TableIn(table.path, table.frame.with_columns(columns), table.lines)


def _need_sessions(table: TableIn, ids: pl.Series, *, of: str) -> None:
    absent = ids.filter(~ids.is_in(table.frame["session_id"].to_list())).unique(maintain_order=True)
    if absent.len():
        rest = f", and {absent.len() - 1} more sessions" if absent.len() > 1 else ""
        raise DataError(
            f'no row for session "{absent[0][:100]}" of the {of}{rest}',
            mend=f"Add what is missing, or name the {of}' own sessions table with --sessions FILE",
            path=table.path,
            field="session_id",
        )


def _made(rated: RatingsIn | None, scored: pl.DataFrame | None, *, path: Path | None) -> TableIn:
    """Make the sessions table of what the ratings say and the scores name."""
    parts = []
    if rated is not None:
        parts.append(rated.sessions)
    if scored is not None:
        parts.append(scored.select("session_id", line=pl.lit(None, pl.Int64)))
    rows = pl.concat(parts, how="diagonal").unique("session_id", keep="first", maintain_order=True)
    return _with_ids(TableIn(path or Path(), rows.drop("line"), rows["line"]))


def _groups(table: TableIn, by: str) -> pl.Series:
    if by not in table.frame.columns:
        others = [name for name in table.frame.columns if name != "session_id"]
        raise UsageError(
            f'the sessions have no column "{by}"; they have {listed(others)}',
            mend="Choose one of these with --by COLUMN",
            path=table.path,
            field="--by",
        )
    groups = table.texts(by)
    if (count := groups.drop_nulls().n_unique()) > MOST_GROUPS:
        raise UsageError(
            f'the column "{by}" has {count} different values, and groups are compared pair by pair',
            mend=f"Choose with --by a column that has at most {MOST_GROUPS}",
            path=table.path,
            field="--by",
        )
    return groups


def _estimator(scored: pl.DataFrame | None) -> str | None:
    if scored is None or "estimator" not in scored.columns:
        return None
    name: str = scored["estimator"][0]
    return name
