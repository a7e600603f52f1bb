"""Which model each chat is of, and which chats are to be compared with one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from attunement.audit._options import ALL_CHATS, FOLDER, AuditOptions
from attunement.errors import UsageError
from attunement.statistics import MOST_GROUPS

NOT_NAMED = "not named"
"""The model of chats whose cell in the column of models is empty."""

_BY_DEFAULT = ("model", "condition")
_PAIR_BY_DEFAULT = "patient_id"

_NAMES = ("session_id", "model", "therapist_id")
"""Columns that name the chat or its AI."""


@dataclass(frozen=True, slots=True)
class Chats:
    """The chats and what they are grouped by.

    Attributes
    ----------
    table : DataFrame
        SESSIONS with the columns of one's own, and `model` and `pair`, both text; `pair` may be
        missing.
    models : tuple of str
        In the order they first occur.
    by, pair : str or None
        Where the two come from.
    notes : tuple of str
        What a reader must know of them.
    """

    table: pl.DataFrame
    models: tuple[str, ...]
    by: str | None
    pair: str | None
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls, sessions: pl.DataFrame, paths: Sequence[Path | None], options: AuditOptions
    ) -> Chats:
        """Name each chat's model and pair.

        Raises
        ------
        UsageError
            A column is not there or names too many models, or a chat lies in no folder.
        """
        by = options.by or next((name for name in _BY_DEFAULT if _named(sessions, name)), None)
        models = _models(sessions, paths, by)
        notes = []
        if unnamed := models.null_count():
            notes.append(f'{unnamed} chats have nothing in "{by}"; they stand under "{NOT_NAMED}".')
        models = models.fill_null(NOT_NAMED)
        names = tuple(models.unique(maintain_order=True))
        if len(names) > MOST_GROUPS:
            raise UsageError(
                f'"{by}" names {len(names)} models, and at most {MOST_GROUPS} can be compared',
                mend="Choose another column with --by, or audit fewer at once",
                field="--by",
            )
        pair = options.pair or _pair_by_default(sessions, models)
        notes += [
            f"Chats of each model also differ in `{name}`: differences between models may be its."
            for name in _one_to_one(sessions.drop(pair or [], strict=False), models, by)
        ]
        pairs = _column(sessions, pair, "--pair") if pair else pl.Series([None] * sessions.height)
        table = sessions.with_columns(model=models, pair=pairs.cast(pl.String))
        return cls(table, names, by, pair, tuple(notes))


def _models(sessions: pl.DataFrame, paths: Sequence[Path | None], by: str | None) -> pl.Series:
    if by is None:
        return pl.Series("model", [ALL_CHATS] * sessions.height, dtype=pl.String)
    if by == FOLDER:
        if any(path is None for path in paths):
            raise UsageError(
                "some chats were not read from a file, so no folder names their model",
                mend="Name a column of the sessions instead",
                field="--by",
            )
        return pl.Series("model", [path.resolve().parent.name for path in paths if path])
    return _column(sessions, by, "--by")


def _named(sessions: pl.DataFrame, name: str) -> bool:
    return name in sessions.columns and sessions[name].is_not_null().any()


def _column(sessions: pl.DataFrame, name: str, option: str) -> pl.Series:
    if name not in sessions.columns:
        others = ", ".join(one for one in sessions.columns if one != "session_id")
        raise UsageError(
            f'the chats have no column "{name}"',
            mend=f"Name one in sessions.csv, or choose one of: {others}",
            field=option,
        )
    return sessions[name].cast(pl.String)


def _one_to_one(sessions: pl.DataFrame, models: pl.Series, by: str | None) -> list[str]:
    """Name the columns that have one value a model, and each model another."""
    if models.n_unique() < 2 or models.value_counts()["count"].min() == 1:
        return []
    found = []
    for name in sessions.columns:
        if name in (*_NAMES, by):
            continue
        met = pl.DataFrame({"model": models, "value": sessions[name].cast(pl.String)})
        values, places = met["value"], met.unique().height
        if values.null_count() == 0 and places == values.n_unique() == models.n_unique():
            found.append(name)
    return found


def _pair_by_default(sessions: pl.DataFrame, models: pl.Series) -> str | None:
    met = pl.DataFrame({"user": sessions[_PAIR_BY_DEFAULT], "model": models}).drop_nulls()
    several = met.group_by("user").agg(pl.col("model").n_unique()).filter(pl.col("model") > 1)
    return _PAIR_BY_DEFAULT if several.height else None
