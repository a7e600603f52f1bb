"""What REDCap and Qualtrics put around the answers: rows, columns and ids of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import polars as pl

from attunement.instruments.questionnaires._columns import spelled

Kind: TypeAlias = Literal["table", "redcap", "qualtrics"]

_REDCAP = {
    "event": ("redcap_event_name", "event_name"),
    "instrument": ("redcap_repeat_instrument", "repeat_instrument"),
    "instance": ("redcap_repeat_instance", "repeat_instance"),
    "other": ("redcap_data_access_group", "redcap_survey_identifier", "survey_identifier"),
}
"""REDCap's own columns, by their names in an export of raw data and of labels."""

_COMPLETE = "_complete"
_STATES = frozenset({"0", "1", "2", "incomplete", "unverified", "complete"})
_NOT_COMPLETED = "[not completed]"

_IMPORT_ID = re.compile(r'\s*\{\s*"ImportId"')
_QUALTRICS_MARKS = ("responseid", "recordeddate", "distributionchannel")
_DISPLAY_ORDER = re.compile(r".*_DO(_\d+)?")
"""In what order choices were shown: numbered like items, and none."""

_HEADER_ROWS = 3


@dataclass(frozen=True, slots=True)
class Export:
    """A table without what the program that exported it put around the answers.

    Attributes
    ----------
    kind : {"table", "redcap", "qualtrics"}
        What it was taken for.
    frame : DataFrame
        One row a form.
    lines : Series
        The line of each row.
    fields : Mapping of str to str
        Columns that hold the patient or the day, if no other column is called so.
    apart : frozenset of str
        Columns that hold no items.
    left_out : tuple of str
        What was left out, a sentence each.
    """

    kind: Kind
    frame: pl.DataFrame
    lines: pl.Series
    fields: Mapping[str, str] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()


def kind_of(frame: pl.DataFrame) -> Kind:
    """Tell what program exported a table, by the columns that only it writes."""
    own = {spelled(name) for name in frame.columns}
    if sum(mark in own for mark in _QUALTRICS_MARKS) >= 2 or _import_row(frame) is not None:
        return "qualtrics"
    if any(name in own for written in _REDCAP.values() for name in written):
        return "redcap"
    states = [name for name in frame.columns if _is_complete(frame[name])]
    if spelled(frame.columns[0]).endswith("id") and any(frame[n].count() for n in states):
        return "redcap"
    return "table"


def unwrapped(frame: pl.DataFrame, lines: pl.Series) -> Export:
    """Take off what REDCap or Qualtrics put around the answers."""
    kind = kind_of(frame)
    if kind == "qualtrics":
        return _qualtrics(frame, lines)
    if kind == "redcap":
        return _redcap(frame, lines)
    return Export("table", frame, lines)


def of_questionnaire(export: Export, items: list[str]) -> Export:
    """Leave out the rows of a REDCap export that belong to its other forms and events.

    Parameters
    ----------
    export : Export
        Of any kind; others than REDCap's are given back as they are.
    items : list of str
        The columns of the questionnaire's items.

    Returns
    -------
    Export
        A row stays if the form's status (`..._complete`, the first such column after the items)
        is there, or, where there is no such column, if an item was answered. In order of records,
        events and instances. The form's timestamp becomes its day.
    """
    if export.kind != "redcap":
        return export
    frame = export.frame.with_columns(export.lines.alias("\0line"))
    answered = pl.any_horizontal(pl.col(items).is_not_null())
    status = _status_column(export.frame, items)
    held = frame.filter(answered if status is None else answered | pl.col(status).is_not_null())
    held = held.pipe(_in_redcap_order)
    told = list(export.left_out)
    if rest := frame.height - held.height:
        told.append(f"rows of other forms or events: {rest}")
    fields = dict(export.fields)
    stamp = status and f"{status.removesuffix(_COMPLETE)}_timestamp"
    if stamp in export.frame.columns and stamp is not None:
        held = held.with_columns(
            pl.when(pl.col(stamp) != _NOT_COMPLETED).then(pl.col(stamp)).alias(stamp)
        )
        fields.setdefault("date", stamp)
    return Export(
        "redcap",
        held.drop("\0line"),
        held["\0line"],
        fields,
        export.apart,
        tuple(told),
    )


def _redcap(frame: pl.DataFrame, lines: pl.Series) -> Export:
    """Take the first column, which REDCap always makes the record's id, for the patient's."""
    own = {name for written in _REDCAP.values() for name in written}
    apart = {
        name
        for name in frame.columns
        if spelled(name) in own or "___" in name or _is_complete(frame[name])
    }
    record = frame.columns[0]
    once = [
        name
        for name in frame.columns[1:]
        if name not in apart and spelled(name) in ("patient_id", "client_id", "patient", "client")
    ]
    # What is asked once, at enrolment, stands on the record's first row only.
    known = [
        pl.when(pl.col(name).drop_nulls().n_unique().over(record) == 1)
        .then(pl.col(name).fill_null(pl.col(name).drop_nulls().first().over(record)))
        .otherwise(pl.col(name))
        .alias(name)
        for name in once
    ]
    return Export(
        "redcap",
        frame.with_columns(known),
        lines,
        {"patient_id": record},
        frozenset(apart),
    )


def _in_redcap_order(frame: pl.DataFrame) -> pl.DataFrame:
    """Sort by record and event, each as they first come, and by instance."""
    by_name = {spelled(name): name for name in frame.columns}
    event = next((by_name[n] for n in _REDCAP["event"] if n in by_name), None)
    instance = next((by_name[n] for n in _REDCAP["instance"] if n in by_name), None)
    if instance is None:
        return frame
    group = [frame.columns[0], *([event] if event is not None else [])]
    numbered = frame.with_row_index("\0row")
    return numbered.sort(
        *(pl.col("\0row").min().over(group[: n + 1]) for n in range(len(group))),
        pl.col(instance).cast(pl.Int64, strict=False),
        maintain_order=True,
    ).drop("\0row")


def _status_column(frame: pl.DataFrame, items: list[str]) -> str | None:
    last = max(frame.columns.index(name) for name in items)
    after = (name for name in frame.columns[last:] if _is_complete(frame[name]))
    return next(after, None)


def _is_complete(column: pl.Series) -> bool:
    if not column.name.endswith(_COMPLETE):
        return False
    return all(state.casefold() in _STATES for state in column.cast(pl.String).drop_nulls())


def _qualtrics(frame: pl.DataFrame, lines: pl.Series) -> Export:
    """Drop the two further header rows and the previews; name the patient and the day."""
    by_name = {spelled(name): name for name in frame.columns}
    header = _import_row(frame)
    start = 0 if header is None else header + 1
    frame, lines = frame[start:], lines[start:]
    told: list[str] = []
    if "status" in by_name:
        status = frame[by_name["status"]].cast(pl.String).fill_null("")
        trial = pl.Series([_is_trial(one) for one in status], dtype=pl.Boolean)
        if count := trial.sum():
            told.append(f"previews and tests of the survey: {count}")
            frame, lines = frame.filter(~trial), lines.filter(~trial)
    days = [by_name[name] for name in ("enddate", "recordeddate") if name in by_name]
    apart = {name for name in frame.columns if _DISPLAY_ORDER.fullmatch(name)}
    return Export(
        "qualtrics",
        frame,
        lines,
        {"date": days[0]} if days else {},
        frozenset(apart),
        tuple(told),
    )


def _import_row(frame: pl.DataFrame) -> int | None:
    """Find the header row that says how each column is called inside Qualtrics."""
    for row, cells in enumerate(frame.head(_HEADER_ROWS).iter_rows()):
        if any(isinstance(cell, str) and _IMPORT_ID.match(cell) for cell in cells):
            return row
    return None


def _is_trial(status: str) -> bool:
    """Tell a preview or test, in words ("Survey Preview") or as Qualtrics' sum of 1, 2, 4, 8, 16.

    Responses marked as spam stay: a tablet that several patients fill in gives just such.
    """
    if status.isdecimal():
        return bool(int(status) & 0b11)
    return "preview" in status.casefold() or "test" in status.casefold()
