"""How long, structured, technical, agreeing and vague a text is, and how it praises the person."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from attunement.surface._language import english as in_english
from attunement.surface._language import spaced
from attunement.surface._lexicon import Phrases, concrete, jargon, phrases
from attunement.tables import SURFACE_FEATURES

SCHEMA = pl.Schema(
    {"words": pl.Int32(), **dict.fromkeys(SURFACE_FEATURES, pl.Float64()), "flattery": pl.Int32()}
)
"""The columns of `features`."""

_WORD = r"\S*[\p{L}\p{N}_]\S*"
_NUMBERED = r"(?m)^[ \t]*\(?\d{1,2}[.)][ \t]+"
_STRUCTURE = (
    r"(?m)^[ \t]{0,3}#{1,6}[ \t]+\S",
    r"(?m)^[ \t]*[-*+•‣▪][ \t]+\S",
    _NUMBERED + r"\S",
    r"(?m)^[ \t]*\|.*\|[ \t]*$",
    r"\*\*[^*\n]+\*\*|__[^_\s][^_\n]*__",
)
_TAKEN = "¤"


def features(texts: Sequence[str], *, english: Sequence[bool] | None = None) -> pl.DataFrame:
    """Measure the surface of texts.

    Parameters
    ----------
    texts : sequence of str
        One a turn.
    english : sequence of bool, optional
        Which of them are in English, where that is known, as of whole sessions. Otherwise it is
        told text by text, and short texts are taken for what most of the others are.

    Returns
    -------
    DataFrame
        One row a text: `words`, the five of `FEATURES`, and `flattery` (see `definitions`). The
        word lists are English: in other languages jargon, sycophancy, vagueness and flattery are
        null, and where words are not parted by blanks, as in Japanese, everything is. A text
        without words has length 0 and no flattery; what is a share or a rate of it is null.
    """
    as_written = pl.Series("text", texts, dtype=pl.String)
    lower = as_written.str.replace_many(dict.fromkeys("’‘ʼ´`", "'")).str.to_lowercase()
    frame = pl.DataFrame(
        {
            "words": as_written.str.count_matches(_WORD),
            "spaced": spaced(as_written),
            "english": in_english(lower, english),
            "elements": _elements(as_written),
            "jargon": weighed(lower, jargon()),
            "sycophancy": weighed(lower, phrases("sycophancy")),
            "flattery": weighed(lower, phrases("flattery")),
            "vague": weighed(lower, phrases("vagueness")),
            "concrete": _concrete(as_written, lower),
        }
    ).cast({"words": pl.Int64})
    some = pl.col("words") > 0
    said = pl.col("english") & some
    return (
        frame.with_columns(
            length=pl.col("words"),
            structure=pl.when(some).then(100 * pl.col("elements") / pl.col("words")),
            jargon=pl.when(said).then(pl.col("jargon") / pl.col("words")),
            sycophancy=pl.when(said).then(100 * pl.col("sycophancy") / pl.col("words")),
            vagueness=pl.when(said).then(
                (pl.col("vague") + 1) / (pl.col("vague") + pl.col("concrete") + 2)
            ),
            flattery=pl.when("english").then("flattery"),
        )
        .select(pl.when("spaced").then(name).alias(name) for name in SCHEMA)
        .cast(SCHEMA)
    )


def weighed(lower: pl.Series, wanted: Phrases) -> pl.Series:
    """Add up the weights of the phrases in each text; no word counts in two of them."""
    rest = lower
    if wanted.none_of_it:
        rest = rest.str.replace_all(_of_ascii(wanted.none_of_it), _TAKEN)
    total = pl.zeros(len(lower), dtype=pl.Int64, eager=True)
    for weight, pattern in wanted.weights:
        total = total + weight * rest.str.count_matches(_of_ascii(pattern)).cast(pl.Int64)
        rest = rest.str.replace_all(_of_ascii(pattern), _TAKEN)
    return total


def _elements(as_written: pl.Series) -> pl.Series:
    """Count headings, bullets, numbered lines, rows of tables and passages in bold."""
    counted = [as_written.str.count_matches(one).alias(one) for one in _STRUCTURE]
    return pl.DataFrame(counted).sum_horizontal()


def _concrete(as_written: pl.Series, lower: pl.Series) -> pl.Series:
    """Count numbers, times, places, people and steps, and names that are none of these."""
    found = concrete()
    unnumbered = lower.str.replace_all(_NUMBERED, "- ")
    plain = unnumbered.str.count_matches(_of_ascii(found.patterns))
    names = as_written.str.replace_all(found.also_found, _TAKEN).str.count_matches(found.names)
    return (plain + names).cast(pl.Int64)


def _of_ascii(pattern: str) -> str:
    """Let words end where letters of English do: the engine is fast only with such ends."""
    return pattern.replace(r"\b", r"(?-u:\b)")
