"""From somebody's table to answers: plain tables, REDCap's and Qualtrics' exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from attunement.errors import DataError, UsageError
from attunement.instruments.questionnaires._answers import OF_FORM, check_range, item_column
from attunement.instruments.questionnaires._cells import answered, dated, names, numbered, rated_by
from attunement.instruments.questionnaires._columns import Layout, layout_of
from attunement.instruments.questionnaires._exports import Export, Kind, of_questionnaire, unwrapped
from attunement.instruments.questionnaires._instrument import Instrument, Rater
from attunement.instruments.questionnaires._wording import short


@dataclass(frozen=True, slots=True)
class ImportedAnswers:
    """Answers, and what was left out of the table they come from.

    Attributes
    ----------
    kind : {"table", "redcap", "qualtrics"}
        What the table was taken for.
    answers : DataFrame
        One row a form, as `score_answers` takes it.
    columns : Mapping of str to str
        Which column was taken for what: the fields, and "items" or the raters with the first and
        last item's column.
    left_out : tuple of str
        What was left out, a sentence each.
    """

    kind: Kind
    answers: pl.DataFrame
    columns: Mapping[str, str]
    left_out: tuple[str, ...]


def import_answers(
    table: pl.DataFrame,
    *,
    instrument: Instrument,
    rater: Rater | None = None,
    columns: Mapping[str, str] | None = None,
    path: Path | str | None = None,
    lines: pl.Series | None = None,
) -> ImportedAnswers:
    """Find the answers in a table, whatever program exported it.

    Parameters
    ----------
    table : DataFrame
        Its cells, text or numbers, null where blank, under the names of its first line. An export
        of REDCap (raw or labels) or Qualtrics (numbers or choice text) as it is.
    instrument : Instrument
        What was filled in.
    rater : {"patient", "therapist", "observer"}, optional
        Who filled in every form, where no column says so.
    columns : Mapping of str to str, optional
        Which column holds what; see `layout_of` in this package's `_columns`.
    path : Path or str, optional
        The file, for messages and the column `file`.
    lines : Series, optional
        The line of each row; counted from 1 without it.

    Returns
    -------
    ImportedAnswers

    Raises
    ------
    UsageError
        Nothing says who filled in the forms, or two things do.
    DataError
        A column cannot be found, or a cell does not hold what it should. Messages name the file,
        the line and the column, and never repeat a text.
    """
    chosen = dict(columns or {})
    if lines is None:
        lines = pl.Series(range(1, table.height + 1), dtype=pl.Int64)
    export = unwrapped(table, lines)
    layout = layout_of(
        export.frame.columns, instrument=instrument, chosen=chosen, apart=export.apart, path=path
    )
    items = [name for held in layout.items.values() for name in held.values()]
    export = of_questionnaire(export, items)
    fields = _fields(layout, export, chosen=chosen)
    if export.frame.is_empty():
        raise DataError(
            f"no row holds a form of {instrument.name}",
            mend="Give an export with answers in it, or name the items with --columns",
            path=path,
        )
    parts = [
        _answers(
            export,
            instrument=instrument,
            items=held,
            fields=fields,
            rater=of_rater or rater,
            path=path,
        )
        for of_rater, held in layout.items.items()
    ]
    return ImportedAnswers(
        kind=export.kind,
        answers=pl.concat(parts),
        columns={**{name: short(column) for name, column in fields.items()}, **_items(layout)},
        left_out=export.left_out,
    )


def _fields(layout: Layout, export: Export, *, chosen: Mapping[str, str]) -> dict[str, str]:
    """Give the columns that say whose form it is; the program's own only where no other does."""
    fields = dict(layout.fields)
    for name, column in export.fields.items():
        fields.setdefault(name, column)
    if len(layout.items) > 1 or None not in layout.items:
        fields.pop("rater", None)
        if "rater" in chosen:
            raise UsageError(
                "a column of raters and a family of items for each rater contradict each other",
                mend="Name one of the two",
                field="--columns",
            )
    return fields


def _answers(
    export: Export,
    *,
    instrument: Instrument,
    items: Mapping[int, str],
    fields: Mapping[str, str],
    rater: Rater | None,
    path: Path | str | None,
) -> pl.DataFrame:
    frame, lines = export.frame, export.lines
    raters = _raters(
        export, instrument=instrument, column=fields.get("rater"), rater=rater, path=path
    )
    known = {"rater": raters}
    for name in ("session_id", "patient_id"):
        if name in fields:
            known[name] = names(frame[fields[name]]).alias(name)
    if "date" in fields:
        known["date"] = dated(frame[fields["date"]], lines=lines, path=path)
    if "number" in fields:
        known["number"] = numbered(frame[fields["number"]], lines=lines, path=path)
    of_form = [
        known.get(name, pl.Series(name, [None] * frame.height, dtype=dtype))
        for name, dtype in OF_FORM.items()
        if name not in ("form", "file", "line")
    ]
    places = pl.DataFrame(
        {"file": [None if path is None else str(path)] * frame.height, "line": lines},
        schema={"file": pl.String, "line": pl.Int64},
    )
    columns = []
    for item in instrument.items:
        column = frame[items[item.number]]
        values = answered(column, instrument=instrument, lines=lines, path=path)
        values = values.set(values.is_in(list(instrument.missing_codes)), None)
        check_range(values, places, instrument=instrument, field=short(column.name))
        columns.append(values.alias(item_column(item)))
    return places.with_columns(*of_form, *columns)


def _raters(
    export: Export,
    *,
    instrument: Instrument,
    column: str | None,
    rater: Rater | None,
    path: Path | str | None,
) -> pl.Series:
    if column is not None:
        raters = rated_by(export.frame[column], lines=export.lines, path=path)
        if rater is not None and (raters != rater).any():
            raise UsageError(
                f"the column {column} names other raters than {rater}",
                mend="Leave --rater out",
                path=path,
                field="--rater",
            )
        return raters
    if rater is None and len(instrument.forms) == 1:
        rater = instrument.forms[0]
    if rater is None:
        raise UsageError(
            "nothing says who filled in the forms",
            mend="Add --rater patient (or therapist, observer), or name the column that does with "
            "--columns rater=NAME",
            path=path,
            field="--rater",
        )
    return pl.Series("rater", [rater] * export.frame.height, dtype=pl.String)


def _items(layout: Layout) -> dict[str, str]:
    named: dict[str, str] = {}
    for rater, held in layout.items.items():
        first, last = short(held[min(held)]), short(held[max(held)])
        named[rater or "items"] = first if len(held) == 1 else f"{first} ... {last}"
    return named
