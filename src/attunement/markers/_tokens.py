"""Turns cut into words, each with what stands between it and the next one."""

from __future__ import annotations

import re
from enum import IntEnum

import polars as pl

_LETTER = r"\p{L}\p{M}\p{N}"
_WORD = rf"[{_LETTER}]+(?:['\-][{_LETTER}]+)*"
_PIECE = rf"^\n[^{_LETTER}]*|{_WORD}[^{_LETTER}]*"
_ONE_SIGN = {**dict.fromkeys("’‘ʼ´`＇", "'"), **dict.fromkeys("‐‑", "-")}
_FRAGMENT = r"&\+(\w+)"
_FILLER_MARK = "&[-~]?"
_TYPED_REPAIR = r"(\s)\*([\w'][^*\n]*)(\n|$)"
_PREFIXES = frozenset(("re", "co", "de", "pre", "non", "self", "ex"))
_DOUBLED = frozenset(("so", "no", "ha", "he", "hi"))
_SHORT = 3


class Gap(IntEnum):
    """What stands between two words, the weaker first."""

    BLANK = 0
    COMMA = 1
    DOTS = 2
    DASH = 3
    CUT = 4
    SAID_AGAIN = 5
    RECAST = 6
    END = 7


def tokens(texts: pl.Series) -> pl.DataFrame:
    """Cut texts into words.

    Parameters
    ----------
    texts : Series of str
        One a turn, in any case, with any apostrophes. Marks of CHAT may stand in it.

    Returns
    -------
    DataFrame
        `row` (which text, from 0), `word` (lower case), `gap` (a `Gap`: what follows the word) and
        `stutters` (how often the word's beginning is said before it: 2 in "i-i-i", whose word is
        then "i"). Before every sentence stands an empty word, so that no run of words reaches from
        one into the next.
    """
    pieces = pl.DataFrame(
        {
            "row": pl.int_range(len(texts), dtype=pl.UInt32, eager=True),
            "piece": _normal(texts).str.extract_all(_PIECE),
        }
    ).explode("piece")
    cut = pieces.with_columns(
        word=pl.col("piece").str.extract(f"^({_WORD})").fill_null("")
    ).with_columns(between=pl.col("piece").str.slice(pl.col("word").str.len_chars()))
    words = cut.join(_gaps(cut["between"]), on="between", how="left", maintain_order="left").join(
        _stuttered(cut["word"]), on="word", how="left", maintain_order="left"
    )
    return _between_sentences(
        words.select(
            "row",
            "gap",
            word=pl.coalesce("meant", "word"),
            stutters=pl.col("stutters").fill_null(0),
        )
    )


def _between_sentences(words: pl.DataFrame) -> pl.DataFrame:
    """Put an empty word behind every sentence; one stands at each text's beginning already."""
    ends = (pl.col("gap") == int(Gap.END)) & (pl.col("word") != "")
    return (
        words.with_columns(
            word=pl.when(ends)
            .then(pl.concat_list("word", pl.lit("")))
            .otherwise(pl.concat_list("word"))
        )
        .explode("word")
        .with_columns(stutters=pl.when(pl.col("word") == "").then(0).otherwise("stutters"))
    )


def _normal(texts: pl.Series) -> pl.Series:
    """Lower case, one apostrophe, one hyphen, and what CHAT and typists mark as marks of ours."""
    return (
        ("\n" + texts.fill_null("") + "\n")
        .str.to_lowercase()
        .str.replace_many(_ONE_SIGN)
        .str.replace_all(_FRAGMENT, "$1- ")
        .str.replace_all(_FILLER_MARK, " ")
        .str.replace_all(_TYPED_REPAIR, "$1 [//] $2$3")
    )


def _gaps(between: pl.Series) -> pl.DataFrame:
    texts = between.unique()
    gaps = [int(_gap(text)) for text in texts]
    return pl.DataFrame({"between": texts, "gap": pl.Series(gaps, dtype=pl.Int8)})


def _gap(between: str) -> Gap:
    if "[//" in between or "+//" in between:
        return Gap.RECAST
    if "[/]" in between.split("\n")[0]:
        return Gap.SAID_AGAIN
    if re.search(r"[!?;:。！？\n\"“”«»„]|(?<!\.)\.(?!\.)|\s'", between):
        return Gap.END
    if "…" in between or ".." in between:
        return Gap.DOTS
    if re.match(r"-\s", between):
        return Gap.CUT
    if re.search(r"[-–—]", between):
        return Gap.DASH
    return Gap.COMMA if re.search("[,،、，]", between) else Gap.BLANK


def _stuttered(words: pl.Series) -> pl.DataFrame:
    hyphenated = words.filter(words.str.contains("-", literal=True)).unique()
    found = [(word, *meant) for word in hyphenated if (meant := _unstuttered(word))]
    schema = {"word": pl.String, "meant": pl.String, "stutters": pl.Int32}
    return pl.DataFrame(found, schema=schema, orient="row")


def _unstuttered(word: str) -> tuple[str, int] | None:
    """Give "i" and 2 for "i-i-i", "sorry" and 1 for "s-sorry"; None for "well-being", "bye-bye"."""
    *starts, meant = word.split("-")
    if starts[0] in _PREFIXES or not all(meant.startswith(start) for start in starts):
        return None
    whole = starts[0] == meant
    stutters = len(meant) < _SHORT and meant not in _DOUBLED if whole else len(starts[0]) <= _SHORT
    return (meant, len(starts)) if stutters else None
