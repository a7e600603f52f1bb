"""Which columns of a table hold the items, and which say whose form it is; never by a guess."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from attunement.errors import DataError, UsageError
from attunement.instruments._document import SHIPPED
from attunement.instruments.questionnaires._instrument import RATERS, Instrument, Rater
from attunement.instruments.questionnaires._instrument_file import same_name
from attunement.instruments.questionnaires._wording import few, short

FIELDS = ("session_id", "patient_id", "date", "number", "rater")
"""What a column can say of a form."""

ITEMS = "items"
NUMBER = "#"
"""Stands for the item's number in a pattern such as wai_#."""

_LAST_NUMBER = re.compile(r"(.*?)0*(\d{1,4})(\D*)")
_BETWEEN = re.compile(r"[\s_\-.]+")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a table holds what.

    Attributes
    ----------
    fields : Mapping of str to str
        One of `FIELDS` to the column that holds it.
    items : Mapping of (Rater or None) to Mapping of int to str
        Whose items, and an item's number to its column; None where a row has one rater's items.
    """

    fields: Mapping[str, str]
    items: Mapping[Rater | None, Mapping[int, str]]


def layout_of(
    columns: Sequence[str],
    *,
    instrument: Instrument,
    chosen: Mapping[str, str],
    apart: Iterable[str] = (),
    path: Path | str | None = None,
) -> Layout:
    """Find the items and what else is known of a form.

    Parameters
    ----------
    columns : sequence of str
        The table's columns.
    instrument : Instrument
        Whose items they are.
    chosen : Mapping of str to str
        The user's choice: one of `FIELDS` to a column; "items" (or, where a row holds the items of
        several raters, "patient", "therapist", "observer") to a pattern with # for the item's
        number; or an item's number to a column.
    apart : iterable of str
        Columns that hold no items, whatever they are called.
    path : Path or str, optional
        The table, for messages.

    Returns
    -------
    Layout

    Raises
    ------
    UsageError
        A choice is of something that no form has.
    DataError
        A chosen column is not there, or it is not plain which columns hold the items.
    """
    _check_chosen(chosen, instrument=instrument)
    fields = _fields(columns, chosen=chosen, path=path)
    free = [name for name in columns if name not in {*fields.values(), *apart}]
    single = {
        int(number): _column(name, columns, field=f"item {number}", path=path)
        for number, name in chosen.items()
        if number.isdecimal()
    }
    patterns: dict[Rater | None, str] = {r: chosen[r] for r in RATERS if r in chosen}
    if ITEMS in chosen:
        patterns[None] = chosen[ITEMS]
    wanted = {item.number for item in instrument.items} - single.keys()
    if patterns:
        found = {
            rater: _matching(pattern, free, wanted=wanted, path=path)
            for rater, pattern in patterns.items()
        }
    elif wanted:
        found = {None: _inferred(free, wanted=wanted, instrument=instrument, path=path)}
    else:
        found = {None: {}}
    return Layout(fields, {rater: {**items, **single} for rater, items in found.items()})


@lru_cache(maxsize=1)
def known_names() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Give the names by which fields and raters are known."""
    text = (SHIPPED / "answer_columns.yaml").read_text(encoding="utf-8")
    known: dict[str, dict[str, list[str]]] = yaml.safe_load(text)
    return known


def spelled(name: str) -> str:
    """Give a column's name as names are compared."""
    return _BETWEEN.sub("_", name.strip().casefold()).strip("_")


def _check_chosen(chosen: Mapping[str, str], *, instrument: Instrument) -> None:
    numbers = {str(item.number) for item in instrument.items}
    for name, value in chosen.items():
        if name not in (*FIELDS, ITEMS, *RATERS) and name not in numbers:
            raise UsageError(
                f'a form has no "{name}"',
                mend=f"Choose columns for {', '.join((*FIELDS, ITEMS, *RATERS))}, or for an "
                "item's number",
                field="--columns",
            )
        if name in (ITEMS, *RATERS) and value.count(NUMBER) != 1:
            raise UsageError(
                f'"{short(value)}" is no pattern of item columns',
                mend=f"Put {NUMBER} where the item's number stands, as in {name}=wai_{NUMBER}",
                field="--columns",
            )
    if ITEMS in chosen and any(rater in chosen for rater in RATERS):
        raise UsageError(
            "items are named once for all raters and once for one of them",
            mend="Name either items=..., or patient=... and therapist=...",
            field="--columns",
        )


def _fields(
    columns: Sequence[str], *, chosen: Mapping[str, str], path: Path | str | None
) -> dict[str, str]:
    fields = {
        name: _column(chosen[name], columns, field=name, path=path)
        for name in FIELDS
        if name in chosen
    }
    by_spelling = {spelled(name): name for name in reversed(columns)}
    for name in FIELDS:
        free = (by_spelling.get(known) for known in known_names()["fields"][name])
        place = next((one for one in free if one and one not in fields.values()), None)
        if name not in fields and place is not None:
            fields[name] = place
    return fields


def _column(name: str, columns: Sequence[str], *, field: str, path: Path | str | None) -> str:
    exact = [column for column in columns if column.strip() == name.strip()]
    alike = exact or [column for column in columns if spelled(column) == spelled(name)]
    if not alike:
        raise DataError(
            f'there is no column "{short(name)}"; the columns are {few(columns, most=10)}',
            mend=f"Name another with --columns {field}=NAME",
            path=path,
            field=field,
        )
    return alike[0]


def _matching(
    pattern: str, columns: Sequence[str], *, wanted: set[int], path: Path | str | None
) -> dict[int, str]:
    before, after = (re.escape(spelled_part) for spelled_part in pattern.split(NUMBER))
    shape = re.compile(rf"{before}0*(\d{{1,4}}){after}", re.IGNORECASE)
    found = {int(m[1]): name for name in columns if (m := shape.fullmatch(name.strip()))}
    if lacking := sorted(wanted - found.keys()):
        raise DataError(
            f'no column "{pattern}" for the items {few(map(str, lacking), most=10)}; the columns '
            f"are {few(columns, most=10)}",
            mend="Mend the pattern, or name single items with --columns 1=NAME,2=NAME",
            path=path,
            field="--columns",
        )
    return {number: found[number] for number in wanted}


def _inferred(
    columns: Sequence[str], *, wanted: set[int], instrument: Instrument, path: Path | str | None
) -> dict[int, str]:
    """Take the one family of columns whose numbers are the items' numbers."""
    families = _families(columns)
    fitting = {pattern: held for pattern, held in families.items() if held.keys() == wanted}
    named = [
        pattern
        for pattern in fitting
        if same_name(pattern.replace(NUMBER, "")) == same_name(instrument.name)
    ]
    if len(named) == 1 or len(fitting) == 1:
        return fitting[named[0] if len(named) == 1 else next(iter(fitting))]
    shown = few((f"{p} ({len(held)} columns)" for p, held in families.items()), most=8)
    problem = (
        f"several families of columns could be the {len(wanted)} items of {instrument.name}"
        if fitting
        else f"no family of columns is numbered as the {len(wanted)} items of {instrument.name}"
    )
    raise DataError(
        f"{problem}; numbered columns: {shown or 'none'}",
        mend=f"Name the family with --columns items=wai_{NUMBER}, or, where a row holds both "
        f"sides' answers, patient=p_{NUMBER},therapist=t_{NUMBER}",
        path=path,
        field="--columns",
    )


def _families(columns: Sequence[str]) -> dict[str, dict[int, str]]:
    """Group the columns that differ only in the last number in their names."""
    families: dict[tuple[str, str], dict[int, str]] = {}
    shown: dict[tuple[str, str], str] = {}
    for name in columns:
        if match := _LAST_NUMBER.fullmatch(name.strip()):
            kind = spelled(match[1]), spelled(match[3])
            families.setdefault(kind, {}).setdefault(int(match[2]), name)
            shown.setdefault(kind, f"{match[1]}{NUMBER}{match[3]}")
    return {shown[kind]: held for kind, held in families.items() if len(held) > 1}
