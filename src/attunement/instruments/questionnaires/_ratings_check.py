"""Whether a table of ratings can be what it says it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import ceil

import polars as pl

from attunement.errors import DataError
from attunement.instruments.questionnaires._ceiling import ceilings_told
from attunement.instruments.questionnaires._instrument import Instrument, Scoring
from attunement.instruments.questionnaires._instrument_file import same_name, shipped_instruments
from attunement.instruments.questionnaires._wording import few
from attunement.tables import ALLIANCE, RATINGS

_FEWEST = 10
"""Sessions; the sign of a correlation from fewer says little."""

_FEW_OUTLYING = 0.1
"""The share of a scale's values that may lie apart from the others and still be slips or codes."""

_STEPS = 3
"""Different values that must be left for their spread to say what is far."""

_WAYS: tuple[Scoring, ...] = ("sum", "mean")
_ROUNDING = 1e-6


def check_ratings(
    ratings: pl.DataFrame,
    *,
    instruments: Sequence[Instrument] | None = None,
    name_sessions: bool = True,
) -> list[str]:
    """Make sure that ratings lie in their instrument's range; say what else looks wrong.

    Parameters
    ----------
    ratings : DataFrame
        With the columns of `attunement.tables.RATINGS`. Ratings of instruments that are not known
        are held to nothing but each other, those of single turns to nothing.
    instruments : sequence of Instrument, optional
        Those that are known; the shipped ones by default. Names match however they are spelled.
    name_sessions : bool
        Whether warnings may name sessions; a page that is passed on must not.

    Returns
    -------
    list of str
        Warnings, a sentence each: scales of one instrument and rater that go against each other
        (one is probably reversed), scales on which all ratings are equal, scales with a ceiling,
        scales that the instrument does not have, and where no range is known, values farther from
        all others than these lie apart.

    Raises
    ------
    DataError
        A value is outside its scale's range, as a sum and as a mean: session, rater, scale, what
        was found and what was expected.
    """
    known = _known(instruments)
    whole = ratings.select(RATINGS.columns.keys()).filter(
        pl.col("turn").is_null() & pl.col("value").is_not_null()
    )
    warnings: list[str] = []
    for (name, rater), rows in whole.group_by("instrument", "rater", maintain_order=True):
        whose = f"{name}, {rater}"
        instrument = known.get(same_name(str(name)))
        way = _way(rows, instrument) if instrument is not None else None
        warnings += [f"{whose}: {words}" for words in _opposed(rows)]
        warnings += [f"{whose}: {words}" for words in _spread(rows, instrument, way)]
        warnings += [f"{whose}: {words}" for words in _apart(rows, instrument, named=name_sessions)]
    return warnings


def rating_ranges(
    ratings: pl.DataFrame, *, instruments: Sequence[Instrument] | None = None
) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Say between which values a questionnaire's ratings must lie, where it is known.

    Parameters
    ----------
    ratings : DataFrame
        With the columns of `attunement.tables.RATINGS`.
    instruments : sequence of Instrument, optional
        Those that are known; the shipped ones by default.

    Returns
    -------
    dict of (str, str, str) to (float, float)
        By rater, instrument and scale, the lowest and the highest value there can be: as sums or as
        means, whichever the ratings are; where they could be either, in either. Questionnaires
        that are not known, or that have a value out of their range, are not there.
    """
    known = _known(instruments)
    found: dict[tuple[str, str, str], tuple[float, float]] = {}
    whole = ratings.filter(pl.col("turn").is_null() & pl.col("value").is_not_null())
    for (name, rater), rows in whole.group_by("instrument", "rater", maintain_order=True):
        instrument = known.get(same_name(str(name)))
        if instrument is None:
            continue
        fitting = [way for way in _WAYS if _outside(rows, instrument, way).is_empty()]
        if not fitting:
            continue
        for scale in instrument.measures:
            lows, highs = zip(
                *(instrument.range_of(scale, score=way) for way in fitting), strict=True
            )
            found[str(rater), str(name), scale] = (min(lows), max(highs))
    return found


def _known(instruments: Sequence[Instrument] | None) -> dict[str, Instrument]:
    every = shipped_instruments() if instruments is None else instruments
    return {same_name(one.name): one for one in every}


def _way(rows: pl.DataFrame, instrument: Instrument) -> Scoring:
    """Say whether the ratings are sums or means: one of the two must hold all of them."""
    outside = {way: _outside(rows, instrument, way) for way in _WAYS}
    fewest = min(_WAYS, key=lambda way: outside[way].height)
    for row in outside[fewest].head(1).rows(named=True):
        expected = " or ".join(
            f"{low:g} to {high:g} ({way})"
            for way, (low, high) in (
                (way, instrument.range_of(row["scale"], score=way)) for way in _WAYS
            )
        )
        more = outside[fewest].height - 1
        raise DataError(
            f'session "{few([row["session_id"]])}" has {row["value"]:g} on {row["scale"]} '
            f"({instrument.name}, {row['rater']}), expected {expected}, the same for all"
            + (f"; {more} more such values" if more else ""),
            mend="Mend the value, or call the instrument by another name if it is another",
            field="value",
        )
    return fewest


def _outside(rows: pl.DataFrame, instrument: Instrument, way: Scoring) -> pl.DataFrame:
    ranges = pl.DataFrame(
        [(name, *instrument.range_of(name, score=way)) for name in instrument.measures],
        schema={"scale": pl.String, "lowest": pl.Float64, "highest": pl.Float64},
        orient="row",
    )
    held = rows.join(ranges, on="scale", how="inner", maintain_order="left")
    value = pl.col("value")
    return held.filter(
        ~value.is_between(pl.col("lowest") - _ROUNDING, pl.col("highest") + _ROUNDING)
    )


def _opposed(rows: pl.DataFrame) -> Iterator[str]:
    """Name scales that correlate negatively: a patient does not rate a bond against its tasks."""
    # Where an observer is several people, a session's mean stands for them.
    wide = rows.pivot(on="scale", index="session_id", values="value", aggregate_function="mean")
    scales = [name for name in wide.columns if name not in ("session_id", ALLIANCE)]
    for first, second in combinations(scales, 2):
        both = wide.select(first, second).drop_nulls()
        if both.height < _FEWEST:
            continue
        r = both.select(pl.corr(first, second)).item()
        if r is not None and r < 0:
            yield (
                f"{first} and {second} go against each other (r {r:.2f}, {both.height} sessions): "
                "one of them is probably reversed"
            )


def _spread(
    rows: pl.DataFrame, instrument: Instrument | None, way: Scoring | None
) -> Iterator[str]:
    held = {
        str(scale): values["value"]
        for (scale,), values in rows.group_by("scale", maintain_order=True)
    }
    for scale, values in held.items():
        if values.len() > 1 and values.n_unique() == 1:
            yield f"all {values.len()} values of {scale} are equal, so nothing can go with them"
    if instrument is None or way is None:
        return
    if unknown := [scale for scale in held if scale not in instrument.measures]:
        yield f"{instrument.name} has no scale {few(unknown)}, whose range is therefore not known"
    known = {scale: values for scale, values in held.items() if scale not in unknown}
    if told := ceilings_told(known, instrument=instrument, score=way):
        yield told


def _apart(rows: pl.DataFrame, instrument: Instrument | None, *, named: bool) -> Iterator[str]:
    """Name values, where no range is known, that lie far from all others."""
    known = instrument.measures if instrument is not None else ()
    for (scale,), of_scale in rows.group_by("scale", maintain_order=True):
        if scale in known:
            continue
        low, high = _core(of_scale["value"])
        outlying = of_scale.filter(~pl.col("value").is_between(low, high))
        if outlying.is_empty():
            continue
        first, more = outlying.row(0, named=True), outlying.height - 1
        who = f'session "{few([first["session_id"]])}"' if named else "a session"
        yield (
            f"{who} has {first['value']:g} on {scale}, far from all others ({low:g} to {high:g})"
            + (f"; {more} more such value{'s' if more > 1 else ''}" if more else "")
            + ": probably a slip, or a code for no answer"
        )


def _core(values: pl.Series) -> tuple[float, float]:
    """Give the lowest and highest value without the few beyond gaps wider than all the rest.

    Where values are few, or the rest has no steps to tell how far apart they may lie, all stay.
    """
    every = values.sort()
    fewest = max(_FEWEST, ceil((1 - _FEW_OUTLYING) * every.len()))
    first, last = 0, every.len() - 1
    while last - first + 1 > fewest and every[first] < every[last]:
        held = every[first : last + 1]
        gap = held.diff(null_behavior="drop").arg_max() or 0
        # Cut at the widest gap, whichever side is smaller goes.
        first, last = (first, first + gap) if gap + 1 > held.len() / 2 else (first + gap + 1, last)
        core = every[first : last + 1]
        if core.len() < fewest or core.n_unique() < _STEPS:
            break
        away = [every[first] - every[first - 1]] if first else []
        away += [every[last + 1] - every[last]] if last + 1 < every.len() else []
        if min(away) > core[-1] - core[0]:
            return core[0], core[-1]
    return every[0], every[-1]
