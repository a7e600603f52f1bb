"""Fillers: sounds and words that fill time without meaning."""

from __future__ import annotations

import polars as pl

from attunement.markers._context import begins_sentence, gap, says, word
from attunement.markers._lexicon import filler_words
from attunement.markers._tokens import Gap


def mark_fillers(cut: pl.DataFrame) -> pl.DataFrame:
    """Add `filler` (a filler begins here) and `fills` (the word belongs to one).

    Parameters
    ----------
    cut : DataFrame
        What `tokens` gives.

    Notes
    -----
    "you know", "like" and "I mean" count only where they can be left out: set off by commas, or in
    the few places without commas that fluency.yaml lists. "well" and "so" at the beginning of a
    turn take it up and do not count, nor does the "was like" that introduces speech.
    """
    two_words = _you_know() | _i_mean()
    return cut.with_columns(filler=_pause() | _like() | two_words).with_columns(
        fills=pl.col("filler") | two_words.shift(1, fill_value=False)
    )


def meant() -> pl.Expr:
    """Tell an "I mean" that is meant: "what I mean", "I mean it"."""
    words = filler_words()
    it = (word(2) == "it") & (gap(2) != Gap.BLANK)
    behind = word(-1).is_in(words.meaning_after) & (gap(-1) == Gap.BLANK)
    return behind | ((gap(1) == Gap.BLANK) & (it | word(2).is_in(words.meaning_before)))


def takes_up() -> pl.Expr:
    """Say whether a speaker begins here, or behind a word such as "oh" that begins it."""
    return begins_sentence() | (word(-1).is_in(filler_words().taking_up) & (gap(-2) == Gap.END))


def _pause() -> pl.Expr:
    words = filler_words()
    answers = (gap(0) == Gap.BLANK) & word(1).is_in(words.answers)
    answered = (gap(-1) == Gap.BLANK) & word(-1).str.contains(r"^(?:m+|u+h+)$")
    hospital = (gap(-1) == Gap.BLANK) & word(-1).is_in(words.emergency_room_after)
    anywhere = word().str.contains(words.pause) & ~(hospital & (word() == "er"))
    within = word().str.contains(words.pause_within) & ~begins_sentence() & ~_ends_question()
    return (anywhere & ~answers & ~(answered & word().is_in(words.answers))) | (within & ~answers)


def _ends_question() -> pl.Expr:
    return (gap(0) == Gap.END) & word().str.contains("^e+h+$")


def _you_know() -> pl.Expr:
    words = filler_words()
    known = word(-1).is_in(words.knowing_after) & (gap(-1) == Gap.BLANK)
    knows = word(2).is_in(words.knowing_before) & (gap(1) == Gap.BLANK)
    paused_before = (gap(-1) != Gap.BLANK) & ~begins_sentence()
    paused_behind = ~gap(1).is_in([int(Gap.BLANK), int(Gap.END)])
    return says(("you", "know")) & ~known & ~knows & (paused_before | paused_behind)


def _i_mean() -> pl.Expr:
    return says(("i", "mean")) & takes_up() & ~meant()


def _like() -> pl.Expr:
    words = filler_words()
    conjunctions, subjects = words.like_between
    no_pause = (gap(-1) == Gap.BLANK) & (gap(0) == Gap.BLANK)
    set_off = (gap(-1) != Gap.BLANK) & gap(0).is_in([int(Gap.COMMA), int(Gap.DOTS)])
    totally = (gap(0) == Gap.BLANK) & word(1).is_in(words.like_before)
    joined = (
        no_pause & (gap(-2) != Gap.BLANK) & word(-1).is_in(conjunctions) & word(1).is_in(subjects)
    )
    said = word(2).is_in(words.like_unless)
    return (word() == "like") & (set_off | totally | (joined & ~said))
