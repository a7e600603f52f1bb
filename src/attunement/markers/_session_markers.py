"""The markers of each session: rates, shares and means of each side, and of the two together."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from attunement.markers._style import STYLE_MATCH, style_match
from attunement.tables import ACTS, COUNTED, MARKER_SESSIONS, STYLE_WORDS

DYAD = "dyad"
"""The role of what belongs to both sides together."""

NON_FLUENCIES = ("fillers", "repeats", "repairs")

RATES: tuple[str, ...] = (*COUNTED, "non_fluencies")
"""What is given as so many in 100 words."""

_MEANS = ("positive", "negative", "compound", "overlap", "shared_words")


def session_markers(markers: pl.DataFrame, *, style_kinds: bool = False) -> pl.DataFrame:
    """Sum up the markers of turns by session and role.

    Parameters
    ----------
    markers : DataFrame
        With the columns of `MARKERS`; `act` and `overlap` may be absent.
    style_kinds : bool
        Give style matching for each of the nine kinds of function words, too.

    Returns
    -------
    DataFrame
        With the schema of `MARKER_SESSIONS`, in the order of the sessions. Rates are in 100 words;
        `talk_share` is the side's share of both sides' words, `turn_length` the mean number of
        words of a turn, `response_time` the median; acts are shares of the therapist's turns whose
        act is known. What cannot be told in a session is left out.
    """
    wide = markers.with_columns(
        non_fluencies=pl.sum_horizontal(NON_FLUENCIES, ignore_nulls=False),
        session_words=pl.col("words").cast(pl.Int64).sum().over("session_id"),
    )
    figures = [*_rates(), *_lengths(), *_means(wide.columns), *_acts(wide.columns)]
    by_role = wide.group_by("session_id", "role", maintain_order=True).agg(figures)
    rows = pl.concat([_long(by_role), _style_rows(markers, kinds=style_kinds)])
    order = markers.select(pl.col("session_id").unique(maintain_order=True)).with_row_index("place")
    roles = pl.col("role").replace_strict({"patient": 0, "therapist": 1, DYAD: 2})
    return (
        rows.join(order, on="session_id", how="left", maintain_order="left")
        .sort("place", roles, maintain_order=True)
        .select(*MARKER_SESSIONS.columns)
        .cast(MARKER_SESSIONS.schema)
    )


def _rates() -> Iterator[pl.Expr]:
    for name in RATES:
        words = pl.col("words").filter(pl.col(name).is_not_null()).cast(pl.Int64).sum()
        yield _figure(name, 100 * pl.col(name).sum() / words, n=words)


def _lengths() -> Iterator[pl.Expr]:
    words = pl.col("session_words").first()
    yield _figure("talk_share", pl.col("words").sum() / words, n=words)
    yield _figure("turn_length", pl.col("words").mean(), n=pl.len())
    times = pl.col("response_time")
    yield _figure("response_time", times.median(), n=times.count())


def _means(columns: list[str]) -> Iterator[pl.Expr]:
    for name in _MEANS:
        if name in columns:
            yield _figure(name, pl.col(name).mean(), n=pl.col(name).count())


def _acts(columns: list[str]) -> Iterator[pl.Expr]:
    for act in ACTS if "act" in columns else ():
        yield _figure(act, (pl.col("act") == act).mean(), n=pl.col("act").count())


def _figure(name: str, value: pl.Expr, *, n: pl.Expr) -> pl.Expr:
    return pl.struct(value=pl.when(n > 0).then(value.cast(pl.Float64)), n=n.cast(pl.Int64)).alias(
        name
    )


def _long(figures: pl.DataFrame) -> pl.DataFrame:
    """Lay out figures (structs of a value and its n) one a row, without those that are null."""
    return (
        figures.unpivot(index=["session_id", "role"], variable_name="marker", value_name="figure")
        .unnest("figure")
        .filter(pl.col("value").is_not_null())
        .select(*MARKER_SESSIONS.columns)
    )


def _style_rows(markers: pl.DataFrame, *, kinds: bool) -> pl.DataFrame:
    names = [STYLE_MATCH, *(f"{STYLE_MATCH}_{kind}" for kind in STYLE_WORDS if kinds)]
    return (
        style_match(markers)
        .unpivot(names, index=["session_id", "n"], variable_name="marker")
        .with_columns(role=pl.lit(DYAD))
        .select(*MARKER_SESSIONS.columns)
    )
