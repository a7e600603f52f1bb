"""What language models judged, in `attunement validate`: the scores that `rate` left behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from attunement.cli._table_in import TableIn, read_table
from attunement.errors import DataError
from attunement.raters import AS_IT_IS, FRAMINGS, PERSPECTIVES, as_estimates
from attunement.tables import ESTIMATES, RATER_SCORES

_MEND = "Give rater_scores.csv as `attunement rate` wrote it"
_TEXTS = ("session_id", "judge", "perspective", "framing", "variant", "instrument", "scale")
_NUMBERS = ("seed", "value", "items", "items_scored", "verdicts", "verdicts_scored")
_ONCE = (*_TEXTS, "seed")
_WORDS = {"perspective": PERSPECTIVES, "framing": FRAMINGS}


@dataclass(frozen=True, slots=True)
class Judged:
    """What judges say of a corpus.

    Attributes
    ----------
    estimates : DataFrame or None
        With the schema of ESTIMATES, of sessions that the corpus holds; None without a file.
    instruments : Mapping of str to str
        Each judge as an estimator, and the instrument it filled in.
    notes : list of str
        What the reader must know.
    """

    estimates: pl.DataFrame | None = None
    instruments: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def beside(self, estimates: pl.DataFrame | None) -> pl.DataFrame | None:
        """Put the judges' estimates after others'."""
        given = [one for one in (estimates, self.estimates) if one is not None]
        return pl.concat(given, how="diagonal") if given else None


def read_judged(paths: Sequence[Path], *, sessions: pl.DataFrame) -> Judged:
    """Read what judges scored, and keep what is of this corpus.

    Parameters
    ----------
    paths : sequence of Path
        Tables of RATER_SCORES.
    sessions : DataFrame
        The corpus's.

    Raises
    ------
    DataError
        A file lacks a column, holds something else than it should, or scores of a judge twice; or
        nothing in it is of a session of the corpus, or is a score of a transcript as it is.
    """
    if not paths:
        return Judged()
    scores = pl.concat([_read(path) for path in paths])
    _once(scores, path=paths[-1])
    estimates, instruments = _estimates(scores)
    if estimates.is_empty():
        raise DataError(
            "no judge has a score of a transcript as it is, as its reader",
            mend="Rate the sessions with `attunement rate`; what was only probed, or is an AI's "
            "own view of its chat, is not held against ratings here",
            path=paths[0],
        )
    held = estimates.join(sessions, on="session_id", how="semi")
    if held.is_empty():
        raise DataError(
            "none of the judged sessions is a session of this corpus",
            mend="Give the transcripts that were rated, under the same session ids",
            path=paths[0],
            field="session_id",
        )
    elsewhere = estimates["session_id"].n_unique() - held["session_id"].n_unique()
    notes = [f"{elsewhere:,} judged sessions are not in this corpus"] if elsewhere else []
    return Judged(estimates=held, instruments=instruments, notes=notes)


def _read(path: Path) -> pl.DataFrame:
    table = read_table(path)
    table.need(RATER_SCORES.columns, mend=_MEND)
    columns = {name: table.filled(name, table.texts(name)) for name in _TEXTS}
    for name, expected in _WORDS.items():
        _known(table, columns[name], expected)
    numbers = {name: table.numbers(name) for name in _NUMBERS}
    return pl.DataFrame(columns | numbers | {"reason": table.texts("reason")}).select(
        pl.col(name).cast(dtype) for name, dtype in RATER_SCORES.columns.items()
    )


def _known(table: TableIn, column: pl.Series, expected: Sequence[str]) -> None:
    for row in (~column.is_in(list(expected))).arg_true().head(1):
        raise table.wrong(f"expected {' or '.join(expected)}", row=row, field=column.name)


def _once(scores: pl.DataFrame, *, path: Path) -> None:
    """One score a session, judge and way of asking: the same file given twice would count twice."""
    twice = scores.filter(scores.select(_ONCE).is_duplicated())
    if twice.height:
        raise DataError(
            f'"{twice["judge"][0]}" has two scores of {twice["scale"][0]} in one session '
            f"({twice.height} rows repeat in all)",
            mend="Give each file once, and of one rating the newest alone",
            path=path,
            field="session_id, judge, perspective, framing, variant, instrument, scale, seed",
        )


def _estimates(scores: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, str]]:
    """Name the instrument with the judge where it filled in several as the same side."""
    read = scores.filter(pl.col("framing") == "reader", pl.col("variant") == AS_IT_IS)
    several = read.filter(pl.col("instrument").n_unique().over("judge", "perspective") > 1)
    doubled = {
        f"{judge} as {perspective}"
        for judge, perspective in several.select("judge", "perspective").unique().iter_rows()
    }
    found = [pl.DataFrame(schema=ESTIMATES.schema)]
    instruments: dict[str, str] = {}
    for (instrument,), own in read.group_by("instrument", maintain_order=True):
        names = pl.col("estimator")
        estimates = as_estimates(own).with_columns(
            pl.when(names.is_in(list(doubled)))
            .then(pl.format("{} on {}", names, pl.lit(str(instrument))))
            .otherwise(names)
            .alias("estimator")
        )
        found.append(estimates)
        instruments |= dict.fromkeys(estimates["estimator"].unique().sort(), str(instrument))
    return pl.concat(found), instruments
