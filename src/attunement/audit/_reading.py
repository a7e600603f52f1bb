"""One pass over the chats: what each turn says, how it says it, and what is inferred from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from attunement.alliance import Contrast, Scorer, chunks, embed, those_spoken
from attunement.audit._axes import Axes
from attunement.audit._exchanges import exchanges
from attunement.audit._risk import risk
from attunement.embedding import Encoder
from attunement.errors import DataError
from attunement.instruments import load_anchors, load_inventory
from attunement.markers import ENGLISH_SHARE, english, taken_as_english
from attunement.surface import features
from attunement.tables import RATINGS, TURNS
from attunement.transcripts import Session, turns_table


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, of all chats, also those that will not be scored.

    Attributes
    ----------
    texts, sessions, ratings : DataFrame
        TURNS, SESSIONS and RATINGS.
    paths : list of Path or None
        The file of each session.
    scores : DataFrame
        SCORES of both sides.
    surface : DataFrame
        session_id, turn, and what `attunement.surface.features` counts in the AI's turns.
    axes : DataFrame
        session_id, turn, satisfaction, clarity of the user's turns.
    exchanges, risk : DataFrame
        As `exchanges` and `risk` give them.
    english : DataFrame
        session_id, english: of the chats that have words.
    """

    texts: pl.DataFrame
    sessions: pl.DataFrame
    ratings: pl.DataFrame
    paths: list[Path | None]
    scores: pl.DataFrame
    surface: pl.DataFrame
    axes: pl.DataFrame
    exchanges: pl.DataFrame
    risk: pl.DataFrame
    english: pl.DataFrame


def read_chats(
    sessions: Iterable[Session],
    encoder: Encoder,
    *,
    on_turns: Callable[[int], None] | None = None,
) -> Reading:
    """Read the chats a few thousand turns at a time; embeddings are not kept.

    Raises
    ------
    DataError
        There is no chat.
    """
    scorer = Scorer(
        estimators=[Contrast(bank=load_anchors(), inventory=load_inventory())], encoder=encoder
    ).fit()
    axes = Axes().fit(encoder)
    parts: dict[str, list[pl.DataFrame]] = {}
    paths: list[Path | None] = []
    with ThreadPoolExecutor(1) as beside:
        for some in chunks(sessions):
            # Embedding runs outside of Python: meanwhile the words themselves are read.
            of_words = beside.submit(_of_words, turns_table(some))
            embedded = embed(some, encoder, on_turns=on_turns)
            read = of_words.result() | {
                "texts": embedded.turns.select(TURNS.schema.names()),
                "sessions": embedded.sessions,
                "ratings": embedded.ratings.select(RATINGS.schema.names()),
                "scores": scorer.score_embedded(embedded).scores,
                "axes": axes.score(embedded.spoken, embedded.vectors),
            }
            for name, table in read.items():
                parts.setdefault(name, []).append(table)
            paths += [session.path for session in some]
    if not paths:
        raise DataError(
            "there is no chat in what was given",
            mend="Give files or folders with chats; `attunement check` says what is read in them",
        )
    whole = {name: pl.concat(tables, how="diagonal_relaxed") for name, tables in parts.items()}
    # A chat that is too short to be told is English if its few words are, and else what most are.
    of_its_words = (pl.col("share") >= ENGLISH_SHARE) & whole["english"]["english"].is_null()
    told = taken_as_english(whole["english"]).with_columns(pl.col("english") | of_its_words)
    whole["english"] = told.select("session_id", "english")
    return Reading(paths=paths, **whole)


def _of_words(turns: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Read what needs no embedding."""
    spoken = those_spoken(turns)
    return {
        "surface": _surface(spoken),
        "exchanges": exchanges(turns),
        "risk": risk(turns),
        "english": english(spoken),
    }


def _surface(spoken: pl.DataFrame) -> pl.DataFrame:
    of_ai = spoken.filter(pl.col("role") == "therapist")
    return pl.concat(
        [of_ai.select("session_id", "turn", "time"), features(of_ai["text"].to_list())],
        how="horizontal",
    )
