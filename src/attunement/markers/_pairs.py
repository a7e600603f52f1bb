"""What a turn owes to the other side's last turn: the time it took to come, the words it shares."""

from __future__ import annotations

import polars as pl

from attunement.markers._lexicon import words_without_content


def other_side_before(spoken: pl.DataFrame) -> pl.Series:
    """Give for each turn the row of the other side's last turn before it.

    Parameters
    ----------
    spoken : DataFrame
        With `session_id` and `role` (patient or therapist), in order.

    Returns
    -------
    Series of UInt32
        Rows of `spoken`, counted from 0; null where the other side has not spoken yet.
    """
    row = pl.int_range(pl.len(), dtype=pl.UInt32)
    patient = pl.col("role") == "patient"
    rows = spoken.select("session_id", "role", row=row).with_columns(
        patients=pl.when(patient).then("row").forward_fill().over("session_id"),
        therapists=pl.when(~patient).then("row").forward_fill().over("session_id"),
    )
    return rows.select(before=pl.when(patient).then("therapists").otherwise("patients"))["before"]


def times(spoken: pl.DataFrame, before: pl.Series) -> pl.DataFrame:
    """Give `response_time` and `seconds` of each turn.

    Parameters
    ----------
    spoken : DataFrame
        With `start` and `end` in seconds, null where no times are known.
    before : Series
        What `other_side_before` gives.

    Returns
    -------
    DataFrame
        `response_time`: from the end of the other side's turn to the start of this one, where
        nobody on this side has spoken since; negative where the two overlap. `seconds`: from the
        turn's start to its end.
    """
    at_once = pl.col("before") + 1 == pl.int_range(pl.len(), dtype=pl.UInt32)
    ended = spoken["end"].gather(before)
    return spoken.select("start", "end", before=before, ended=ended).select(
        response_time=pl.when(at_once).then(pl.col("start") - pl.col("ended")),
        seconds=pl.col("end") - pl.col("start"),
    )


def shared_words(cut: pl.DataFrame, before: pl.Series) -> pl.Series:
    """Give the share of a turn's content words that the other side's last turn has, too.

    Parameters
    ----------
    cut : DataFrame
        What `tokens` gives.
    before : Series
        What `other_side_before` gives.

    Returns
    -------
    Series of Float64
        A value a turn, from 0 to 1. Different words count, each once, as they are written (worry
        and worries are two). Null without content words, or without a turn to compare with.
    """
    content = (
        cut.filter(
            pl.col("word").str.contains(r"\p{L}{2}"),
            ~pl.col("word").is_in(words_without_content()),
        )
        .select("row", "word")
        .unique()
    )
    pairs = pl.DataFrame({"row": pl.int_range(len(before), dtype=pl.UInt32, eager=True)})
    pairs = pairs.with_columns(other=before).drop_nulls()
    said = content.join(pairs, on="row")
    shared = said.join(
        content.rename({"row": "other"}).with_columns(shared=1.0), on=["other", "word"], how="left"
    )
    shares = shared.group_by("row").agg(share=pl.col("shared").fill_null(0.0).mean())
    every = pl.DataFrame({"row": pl.int_range(len(before), dtype=pl.UInt32, eager=True)})
    return every.join(shares, on="row", how="left", maintain_order="left")["share"]
