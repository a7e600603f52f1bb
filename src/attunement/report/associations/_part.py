"""One question's associations, worked out: sentences, figure, tables and controls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl
from markupsafe import Markup

from attunement.report._svg import figure
from attunement.report.associations._controls import Grid, control_grid, left_out
from attunement.report.associations._features import Features
from attunement.report.associations._forest import blocks, described, forest
from attunement.report.associations._questions import NEXT_TURN, Question, questions
from attunement.report.associations._rows import (
    HOLDS,
    Standing,
    of_everybody,
    places,
    standing,
    tested,
)
from attunement.report.associations._story import briefly, story
from attunement.report.associations._tables import (
    association_table,
    contrast_list,
    figure_table,
    group_list,
)
from attunement.report.gap._rows import ALL_SESSIONS
from attunement.report.gap._views import EffectTable, PlainTable


@dataclass(frozen=True, slots=True)
class AssociationPart:
    """What goes with one outcome; None where there is nothing to show.

    Attributes
    ----------
    key : str
        Unique in the page.
    question : Question
        Level, target, instrument and scale.
    heading : str
        What the features are held against.
    reading : str
        What an estimate is.
    found : str
        What survives, what does not, in sentences.
    open : sequence of str
        What is said of single conditions, and what cannot be said.
    forest : Markup or None
        All sessions drawn.
    drawn : str
        A remark on what is drawn.
    table : EffectTable
        Features in rows; all sessions and the groups in columns.
    groups : PlainTable or None
        The groups listed, where there are too many for columns.
    contrasts : PlainTable or None
        Differences between groups.
    controls : Grid or None
        What is beyond chance, under each control.
    controls_left_out : sequence of str
        Controls that were not run or do not apply, and why.
    figures : PlainTable
        Every figure over all sessions.
    came_to : frozenset of Standing
        What the associations tested over all sessions came to; empty where none was tested.
    leading : bool
        Whether it is shown at once: the first of what is rated, of what is inferred, and of the
        next turn. The others are folded away.
    briefly : str
        What it came to, in a few words.
    """

    key: str
    question: Question
    heading: str
    reading: str
    found: str
    open: Sequence[str]
    forest: Markup | None
    drawn: str
    table: EffectTable
    groups: PlainTable | None
    contrasts: PlainTable | None
    controls: Grid | None
    controls_left_out: Sequence[str]
    figures: PlainTable
    came_to: frozenset[Standing]
    leading: bool
    briefly: str

    @property
    def holds(self) -> bool:
        """Whether anything over all sessions is beyond chance and fails no control."""
        return not self.came_to.isdisjoint(HOLDS)


def association_parts(
    associations: pl.DataFrame,
    controls: pl.DataFrame,
    features: Features,
    *,
    key: str,
    level: str | None = None,
) -> list[AssociationPart]:
    """Work out a part for each question.

    Parameters
    ----------
    associations, controls : DataFrame
        With the schemas of `attunement.tables.ASSOCIATIONS` and `ASSOCIATION_CONTROLS`.
    features : Features
        What is held against the alliance, in plain words.
    key : str
        Unique in the page; a part's own key is this and its place.
    level : {"session", "next_turn"}, optional
        Keep this level only.

    Returns
    -------
    list of AssociationPart
        The rated alliance first, then the inferred, then the patient's next turn; empty where
        nothing was asked.
    """
    asked = questions(associations, level=level)
    first = {(one.level, one.rated): one for one in reversed(asked)}
    return [
        _part(
            question,
            associations,
            controls,
            features,
            leading=first[question.level, question.rated] == question,
            key=f"{key}-{place}",
        )
        for place, question in enumerate(asked)
    ]


def _part(
    question: Question,
    associations: pl.DataFrame,
    controls: pl.DataFrame,
    features: Features,
    *,
    leading: bool,
    key: str,
) -> AssociationPart:
    if question.level != NEXT_TURN:
        features = replace(features, present=frozenset())
    rows = question.of(associations)
    own_controls = question.of(controls)
    everybody = of_everybody(rows)
    decimals = places(everybody)
    told = story(rows, features, question)
    drawn = blocks(everybody, features)
    reading = _reading(question, features, everybody["feature"])
    return AssociationPart(
        key=key,
        question=question,
        heading=question.heading,
        reading=reading,
        found=told.found,
        open=told.open,
        forest=figure(
            forest(drawn, features, axis=f"difference, {question.unit}"),
            key=f"{key}-forest",
            title=f"{features.kinds.capitalize()} and the {question.outcome}",
            description=described(drawn, features, decimals=decimals),
        )
        if drawn
        else None,
        drawn=_drawn(everybody, sum(block.left_out for block in drawn)),
        table=association_table(
            rows,
            features,
            caption=f"{reading} Estimate [95% CI], q, sessions, controls; bold: q < .05.",
            key=f"{key}-table",
        ),
        groups=group_list(rows, features, key=f"{key}-groups"),
        contrasts=contrast_list(rows, features, key=f"{key}-contrasts"),
        controls=control_grid(
            rows, own_controls, features, decimals=decimals, key=f"{key}-controls"
        ),
        controls_left_out=left_out(own_controls),
        figures=figure_table(
            rows, features, caption="Every figure, over all sessions", key=f"{key}-figures"
        ),
        came_to=frozenset(standing(row) for row in tested(everybody).to_dicts()),
        leading=leading,
        briefly=briefly(rows),
    )


def _reading(question: Question, features: Features, named: pl.Series) -> str:
    """Say what an estimate is."""
    where = "within sessions" if question.level == NEXT_TURN else "over sessions"
    present = set(named) & features.present
    ways = ["a turn with it against a turn without"] if present else []
    if set(named) - present:
        ways.append(f"one standard deviation {where} more of it")
    what = f"An estimate is a difference in the {question.outcome} ({question.unit})"
    if question.level == NEXT_TURN:
        what += f", how much higher or lower{question.than}"
    return f"{what}: {'; or '.join(ways)}."


def _drawn(everybody: pl.DataFrame, left: int) -> str:
    groups = everybody["group"].unique().to_list()
    whose = "All sessions together" if groups == [ALL_SESSIONS] else "One group"
    more = f"; {left} nearer to chance are left to the table" if left else ""
    return f"{whose}; 95% confidence intervals{more}"
