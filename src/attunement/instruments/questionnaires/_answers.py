"""The table of answers: one filled-in form a row."""

from __future__ import annotations

import polars as pl

from attunement.errors import DataError
from attunement.instruments.questionnaires._instrument import Instrument, InstrumentItem

OF_FORM: dict[str, pl.DataType] = {
    "form": pl.Int64(),
    "file": pl.String(),
    "line": pl.Int64(),
    "session_id": pl.String(),
    "patient_id": pl.String(),
    "date": pl.Date(),
    "number": pl.Int32(),
    "rater": pl.String(),
}
"""What is known of a form besides its answers: `form` counts the rows from 0."""


def item_column(item: InstrumentItem) -> str:
    """Name the column that holds the answers to an item: "item_4"."""
    return f"item_{item.number}"


def checked_answers(answers: pl.DataFrame, *, instrument: Instrument) -> pl.DataFrame:
    """Give answers with every column of `OF_FORM`, and the items as checked numbers.

    Parameters
    ----------
    answers : DataFrame
        One row a form: `rater`; whatever of `file`, `line`, `session_id`, `patient_id`, `date`
        and `number` is known; `item_1`, `item_2` ... as answered, reversed ones not turned; null
        where there is no answer.
    instrument : Instrument
        What was filled in.

    Returns
    -------
    DataFrame
        `OF_FORM`, then the items as Float64 in order of their numbers; codes for missing answers
        are null.

    Raises
    ------
    DataError
        A column is missing, the rater is none who has a form, or an answer is out of range or
        lies between whole numbers.
    """
    for needed in ("rater", *map(item_column, instrument.items)):
        if needed not in answers.columns:
            raise DataError(
                "there is no such column",
                mend=f"Give one column an item of {instrument.name}: item_1, item_2, ...",
                field=needed,
            )
    of_form = [
        pl.col(name).cast(dtype) if name in answers.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in OF_FORM.items()
        if name != "form"
    ]
    columns = [pl.col(item_column(item)).cast(pl.Float64) for item in instrument.items]
    frame = answers.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("form"),
        *of_form,
        *(
            pl.when(~column.is_in(list(instrument.missing_codes))).then(column)
            for column in columns
        ),
    )
    _check_raters(frame, instrument=instrument)
    for item in instrument.items:
        check_range(frame[item_column(item)], frame, instrument=instrument, field=item_column(item))
    return frame


def check_range(
    values: pl.Series, places: pl.DataFrame, *, instrument: Instrument, field: str
) -> None:
    """Make sure that the answers to one item lie in the instrument's range.

    Parameters
    ----------
    values : Series of Float64
        The answers; null where there is none.
    places : DataFrame
        `file` and `line` of each.
    instrument : Instrument
        Says what may be answered.
    field : str
        The item's column, for the message.

    Raises
    ------
    DataError
        The first answer that cannot be, and how many more of the column cannot.
    """
    wrong = ~values.is_between(instrument.low, instrument.high) | values.is_nan()
    if not instrument.decimals:
        wrong |= values % 1 != 0
    rows = wrong.fill_null(False).arg_true()
    if not rows.len():
        return
    whole = "" if instrument.decimals else "whole numbers "
    more = f"; {rows.len() - 1} more in this column" if rows.len() > 1 else ""
    raise DataError(
        f"found {values[rows[0]]:g}, expected {whole}{instrument.low:g} to {instrument.high:g} "
        f"({instrument.name}){more}",
        mend="Mend the cell, name the right instrument, or, if the number stands for no answer, "
        "name it with --missing",
        path=places["file"][rows[0]],
        line=places["line"][rows[0]],
        field=field,
    )


def _check_raters(frame: pl.DataFrame, *, instrument: Instrument) -> None:
    known = frame["rater"].is_in(list(instrument.forms)).fill_null(False)
    for row in (~known).arg_true().head(1):
        found = frame["rater"][row]
        raise DataError(
            f"{instrument.name} has a form for {', '.join(instrument.forms)}; found "
            + (f'"{found[:40]}"' if found else "no rater"),
            mend="Say who filled it in with --rater, or, if there is such a form, describe the "
            "instrument in a file of your own with `forms`",
            path=frame["file"][row],
            line=frame["line"][row],
            field="rater",
        )
