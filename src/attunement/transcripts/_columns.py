"""Finding a table's fields in whatever its columns are called."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, TypeAlias

import yaml

from attunement.errors import DataError
from attunement.transcripts._text import clean_name, listed

Kind: TypeAlias = Literal["turns", "sessions", "ratings"]

_BETWEEN = re.compile(r"[\s_\-]+")


def key(name: str) -> str:
    """Give a column's name as names are compared."""
    return _BETWEEN.sub("_", clean_name(name).casefold()).strip("_")


def find(
    header: Sequence[str], *, kind: Kind, chosen: Mapping[str, str], path: Path
) -> dict[str, int]:
    """Say where each field stands in a table's header.

    Parameters
    ----------
    header : sequence of str
        The columns' names.
    kind : {"turns", "sessions", "ratings"}
        What the table is, and so which names are known.
    chosen : Mapping of str to str
        The user's own choice, field to column.
    path : Path
        The table, for the message.

    Returns
    -------
    dict of str to int
        Field to position, for the fields that are there.

    Raises
    ------
    DataError
        A column the user chose is not there.
    """
    places: dict[str, int] = {}
    for position, name in enumerate(header):
        places.setdefault(key(name), position)
    found: dict[str, int] = {}
    for field, column in chosen.items():
        exact = [position for position, name in enumerate(header) if name.strip() == column.strip()]
        if exact:
            found[field] = exact[0]
        elif key(column) in places:
            found[field] = places[key(column)]
        else:
            raise missing(
                f'no column "{column}" for {field}', header, kind=kind, field=field, path=path
            )
    for field, names in _known()[kind].items():
        free = (places[n] for n in names if n in places and places[n] not in found.values())
        if field not in found and (place := next(free, None)) is not None:
            found[field] = place
    return found


def missing(
    problem: str, header: Sequence[str], *, kind: Kind, field: str, path: Path
) -> DataError:
    """Give the error for a column that is needed and not there, with the columns that are."""
    name = f"Name it with --columns {field}=NAME" if kind == "turns" else f"Call it {field}"
    return DataError(
        f"{problem}; the columns are {listed(header)}",
        mend=f"{name}, if the first line holds the columns' names",
        path=path,
        line=1,
    )


@lru_cache(maxsize=1)
def _known() -> dict[Kind, dict[str, list[str]]]:
    text = (files("attunement.transcripts") / "columns.yaml").read_text(encoding="utf-8")
    known: dict[Kind, dict[str, list[str]]] = yaml.safe_load(text)
    return known
