"""What the topics section is drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from attunement.errors import UsageError
from attunement.tables import (
    ASSOCIATION_CONTROLS,
    ASSOCIATIONS,
    TOPIC_COURSES,
    TOPIC_QUALITY,
    TOPIC_TRANSITIONS,
    TOPIC_TURNS,
    TOPICS,
)

_EXPECTED: Mapping[str, tuple[str, ...]] = {
    "topics": tuple(TOPICS.required_schema),
    "turns": tuple(TOPIC_TURNS.required_schema),
    "courses": tuple(TOPIC_COURSES.required_schema),
    "transitions": tuple(TOPIC_TRANSITIONS.required_schema),
    "quality": tuple(TOPIC_QUALITY.required_schema),
    "associations": tuple(ASSOCIATIONS.required_schema),
    "controls": tuple(ASSOCIATION_CONTROLS.required_schema),
    "examples": ("topic", "session_id", "turn", "role", "text"),
}

_TOPIC_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "turns": ("topic",),
    "courses": ("topic",),
    "transitions": ("from_topic", "to_topic"),
    "examples": ("topic",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicsShown:
    """The tables the section draws, with the schemas of `attunement.tables`.

    Attributes
    ----------
    topics : DataFrame
        `TOPICS`: one row a topic.
    turns : DataFrame
        `TOPIC_TURNS`: one row a spoken turn.
    courses : DataFrame
        `TOPIC_COURSES`; may be empty.
    transitions : DataFrame
        `TOPIC_TRANSITIONS`; may be empty.
    quality : DataFrame
        `TOPIC_QUALITY`; may be empty.
    associations, controls : DataFrame
        How topics go with the alliance: `ASSOCIATIONS`, whose features are topics' names, and
        `ASSOCIATION_CONTROLS`; may be empty.
    examples : DataFrame
        topic, session_id, turn, role, text: turns close to each topic, the closest first.
    notes : tuple of str
        Sentences the reader should see.

    Raises
    ------
    UsageError
        A table lacks a column, or speaks of a topic that is not in `topics`.
    """

    topics: pl.DataFrame
    turns: pl.DataFrame
    courses: pl.DataFrame
    transitions: pl.DataFrame
    quality: pl.DataFrame
    associations: pl.DataFrame
    controls: pl.DataFrame
    examples: pl.DataFrame
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for held, columns in _EXPECTED.items():
            frame: pl.DataFrame = getattr(self, held)
            for column in columns:
                if column not in frame.columns:
                    raise UsageError(
                        f"the table {held} of the topics section has no column {column}",
                        mend="Give the tables as attunement.tables describes them",
                        field=column,
                    )
        for held, columns in _TOPIC_COLUMNS.items():
            frame = getattr(self, held)
            for column in columns:
                unknown = frame.filter(~pl.col(column).is_in(self.topics["topic"].implode()))
                if unknown.height:
                    raise UsageError(
                        f"the table {held} of the topics section speaks of a topic "
                        f"{unknown[column][0]}, which is not among the topics",
                        mend="Give the tables of one topic model",
                        field=column,
                    )

    def in_order(self) -> pl.DataFrame:
        """Give the topics, those of most turns first; what is of no topic stands last."""
        return self.topics.with_columns(_has_words().alias("has_words")).sort(
            "has_words", "share", "topic", descending=[True, True, False], nulls_last=True
        )

    def proper(self) -> pl.DataFrame:
        """Give the topics that have words: turns without a content word are of none of them."""
        return self.topics.filter(_has_words())

    def names(self) -> dict[int, str]:
        """Give the topics' names by their numbers."""
        return dict(self.topics.select("topic", "name").iter_rows())

    def n_sessions(self) -> int:
        """Count the sessions there are turns of."""
        return self.turns["session_id"].n_unique()


def _has_words() -> pl.Expr:
    return pl.col("words").fill_null("") != ""
