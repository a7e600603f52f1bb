"""What in a turn's sentences tells what the turn does: explicit cues, as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypeAlias

import numpy as np
import polars as pl
import yaml
from numpy.typing import NDArray

Features: TypeAlias = NDArray[np.float32]

_SENTENCE = r"[^.!?…。！？\n]*[^\s.!?…。！？\n][^.!?…。！？\n]*[.!?…。！？]*[\"”')\]]*"
"""Up to its stop, or to the end of the line."""

_ASKS = ("mark", "asks_openly", "asks_for_a_fact", "asks_yes_or_no")
_NEVER_CARRIES = ("opinion", "asks_leave")
"""Questions such as "What do you think?", which leave what was proposed before them in charge."""

_SAYS_LITTLE = ("backchannel", "thanks", "greeting")
_WHOLE = ("backchannel",)
"""Searched in the sentence with the words that open it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What cues make of a sentence together: it has one of `any` and none of `none`."""

    any: tuple[str, ...]
    none: tuple[str, ...]

    def expression(self) -> pl.Expr:
        """Give it as an expression over the columns of cues."""
        return pl.any_horizontal(self.any) & ~pl.any_horizontal(self.none)


@dataclass(frozen=True, slots=True)
class Cues:
    """What act_cues.yaml holds.

    Attributes
    ----------
    openers : str
        The pattern of words that merely open a sentence.
    patterns : mapping of str to str
        A cue's name and its regular expression.
    kinds : mapping of str to Kind
        What several cues of a sentence amount to.
    """

    openers: str
    patterns: Mapping[str, str]
    kinds: Mapping[str, Kind]

    @property
    def names(self) -> tuple[str, ...]:
        """The cues, then the kinds."""
        return (*self.patterns, *self.kinds)


@cache
def act_cues() -> Cues:
    """Read act_cues.yaml."""
    content = (files("attunement.markers") / "act_cues.yaml").read_text(encoding="utf-8")
    data = yaml.load(content, Loader=yaml.BaseLoader)  # noqa: S506  (text only: no stays "no")
    return Cues(
        openers=data["openers"],
        patterns={
            name: pattern.replace("{clause}", data["clause"])
            for name, pattern in data["cues"].items()
        },
        kinds={
            name: Kind(tuple(kind["any"].split()), tuple(kind["none"].split()))
            for name, kind in data["kinds"].items()
        },
    )


def sentence_cues(texts: pl.Series) -> pl.DataFrame:
    """Find the cues in every sentence.

    Parameters
    ----------
    texts : Series of String
        Turns.

    Returns
    -------
    DataFrame
        A row a sentence that has a letter or digit, in order: row (of the turn, from 0), words,
        and a Boolean column for every cue and kind.
    """
    cues = act_cues()
    written = texts.str.to_lowercase().str.replace_all("[’‘]", "'").str.replace_all(r"[ \t]+", " ")
    sentences = (
        pl.DataFrame({"sentence": written.str.extract_all(_SENTENCE)})
        .with_row_index("row")
        .explode("sentence")
        .with_columns(pl.col("sentence").str.strip_chars())
        .filter(pl.col("sentence").str.contains(r"\w"))
    )
    # Many sentences stand in a corpus again and again ("I see."): each is searched once.
    found = _found(sentences.select(pl.col("sentence").unique(maintain_order=True)), cues)
    return sentences.join(found, on="sentence", maintain_order="left").drop("sentence")


def _found(sentences: pl.DataFrame, cues: Cues) -> pl.DataFrame:
    opened = pl.col("sentence").str.replace(cues.openers, "")
    return (
        sentences.with_columns(
            words=pl.col("sentence").str.count_matches(r"\S*\w\S*"),
            core=pl.when(opened.str.contains(r"\w")).then(opened).otherwise("sentence"),
        )
        .with_columns(
            pl.col("sentence" if name == "backchannel" else "core")
            .str.contains(pattern)
            .alias(name)
            for name, pattern in cues.patterns.items()
        )
        .with_columns(kind.expression().alias(name) for name, kind in cues.kinds.items())
        .drop("core")
    )


def cue_features(texts: pl.Series) -> Features:
    """Give each turn's cues as numbers.

    Parameters
    ----------
    texts : Series of String
        Turns.

    Returns
    -------
    ndarray of shape (n, 3 k + 2)
        For the k cues and kinds: the share of the turn's words in sentences that have it; whether
        the last sentence that asks something of the patient has it; whether the last sentence that
        is more than a courtesy, and asks more than leave or opinion, has it. Then the logarithms
        of 1 + words and of 1 + sentences.
    """
    names = act_cues().names
    sentences = sentence_cues(texts)
    asks = pl.any_horizontal(_ASKS) & ~pl.any_horizontal(_NEVER_CARRIES)
    says = ~pl.any_horizontal(*_SAYS_LITTLE, *_NEVER_CARRIES)
    words = pl.col("words")
    turns = sentences.group_by("row").agg(
        *((words.filter(name).sum() / words.sum()).alias(f"{name} share") for name in names),
        *(pl.col(name).filter(asks).last().alias(f"{name} asking") for name in names),
        *(
            pl.col(name).filter(says).last().fill_null(pl.col(name).last()).alias(f"{name} last")
            for name in names
        ),
        log_words=words.sum().log1p(),
        log_sentences=pl.len().log1p(),
    )
    rows = pl.DataFrame({"row": pl.int_range(len(texts), dtype=pl.UInt32, eager=True)})
    every = rows.join(turns, on="row", how="left", maintain_order="left").drop("row")
    return every.cast(pl.Float32).fill_null(0.0).to_numpy()
