"""Language style matching: how alike the two sides use function words."""

from __future__ import annotations

import polars as pl

from attunement.tables import ROLES, STYLE_WORDS

FEWEST_STYLE_WORDS = 50
"""With fewer words on either side, style is not compared."""

STYLE_MATCH = "style_match"

_EVEN = 1e-4


def style_match(markers: pl.DataFrame) -> pl.DataFrame:
    """Compare the sides' function words, session by session.

    For each of the nine kinds, with a and b the sides' percentages of words of that kind,
    ``1 - |a - b| / (a + b + .0001)``; the match of a session is the mean of the nine.

    Parameters
    ----------
    markers : DataFrame
        session_id, role, words and the nine counts.

    Returns
    -------
    DataFrame
        session_id, `style_match`, ``style_match_<kind>`` for each kind (0 to 1), and `n`, the
        words of both sides: a row for each session in which both sides have at least
        `FEWEST_STYLE_WORDS` words that were counted.

    References
    ----------
    Ireland, Slatcher, Eastwick, Scissors, Finkel and Pennebaker (2011), Psychological Science 22,
    39-44. Niederhoffer and Pennebaker (2002), Journal of Language and Social Psychology 21,
    337-360.
    """
    sides = (
        markers.filter(pl.col(STYLE_WORDS[0]).is_not_null())
        .group_by("session_id", "role", maintain_order=True)
        .agg(pl.col("words").cast(pl.Int64).sum(), pl.col(STYLE_WORDS).sum())
        .filter(pl.col("words") >= FEWEST_STYLE_WORDS)
        .with_columns(pl.col(STYLE_WORDS) * 100 / pl.col("words"))
    )
    patient, therapist = (sides.filter(pl.col("role") == role).drop("role") for role in ROLES)
    both = patient.join(therapist, on="session_id", maintain_order="left")
    matches = [
        (1 - (pl.col(kind) - other).abs() / (pl.col(kind) + other + _EVEN)).alias(
            f"{STYLE_MATCH}_{kind}"
        )
        for kind in STYLE_WORDS
        for other in [pl.col(f"{kind}_right")]
    ]
    return both.select(
        "session_id",
        pl.mean_horizontal(matches).alias(STYLE_MATCH),
        *matches,
        n=pl.col("words") + pl.col("words_right"),
    )
