"""The topics in plain sentences: what is spoken of, by whom and when, and what cannot be said."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from attunement.report._words import count, printable
from attunement.report.associations import AssociationPart
from attunement.report.gap._story import listed
from attunement.report.topics._list import percent
from attunement.report.topics._shown import TopicsShown
from attunement.tables import ROLES

_NAMED = 3
_APART = 0.02
"""A difference between the sides of less than this is not spoken of."""

LIMITS = (
    "A turn is counted under its likeliest topic, though it may touch several, and one of few "
    "words falls where these point. A topic’s name is its most telling words, not a reading of its "
    "turns, and another number of topics would have cut them elsewhere. What precedes a turn that "
    "scores higher or lower does not bring it about: which topic comes up, and who raises it, "
    "already hangs on how the session is going."
)


def found(shown: TopicsShown, turns: Sequence[AssociationPart]) -> str:
    """Say what is spoken of, by whom, what fades and grows, and what goes with the next turn.

    Parameters
    ----------
    shown : TopicsShown
        The tables.
    turns : sequence of AssociationPart
        What goes with the alliance inferred from the patient's next turn.
    """
    said = [_most(shown), _sides(shown), _changes(shown), _precedes(turns)]
    return " ".join(filter(None, said))


def _most(shown: TopicsShown) -> str:
    proper = shown.proper()
    topics = count(proper.height, "topic", "topics")
    turns = count(shown.turns.height, "turn", "turns")
    sessions = count(shown.n_sessions(), "session", "sessions")
    text = f"{topics} in {turns} of {sessions}{_of_none(shown)}."
    sides = []
    for role in ROLES:
        share = f"{role}_share"
        first = proper.drop_nulls(share).filter(pl.col(share) > 0)
        named = [
            f"{_quoted(name)} ({percent(part)})"
            for name, part in first.sort(share, descending=True)
            .head(_NAMED)
            .select("name", share)
            .iter_rows()
        ]
        if named:
            sides.append(f"{role}s speak most of {listed(named)}")
    if not sides:
        return text
    joined = "; ".join(sides)
    return f"{text} {joined[:1].upper()}{joined[1:]}."


def _of_none(shown: TopicsShown) -> str:
    """Say how many turns are of no topic."""
    none = shown.topics.join(shown.proper(), on="topic", how="anti").filter(pl.col("share") > 0)
    if none.is_empty():
        return ""
    names = listed([_quoted(name) for name in none["name"]])
    share = percent(float(none["share"].sum()))
    return f"; {share} of the turns are without a content word, and so of no topic: {names}"


def _sides(shown: TopicsShown) -> str:
    """Name the topic that is most one side's, for each side."""
    apart = (
        shown.proper()
        .with_columns((pl.col("patient_share") - pl.col("therapist_share")).alias("apart"))
        .drop_nulls("apart")
    )
    said = []
    for role, sign in (("patient", 1), ("therapist", -1)):
        other = "therapist" if role == "patient" else "patient"
        most = apart.filter(sign * pl.col("apart") >= _APART)
        if most.height:
            row = most.sort(sign * pl.col("apart"), descending=True).row(0, named=True)
            said.append(
                f"{role}s speak more than {other}s of {_quoted(row['name'])} "
                f"({percent(row[f'{role}_share'])} of turns against "
                f"{percent(row[f'{other}_share'])})"
            )
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if said else ""


def _changes(shown: TopicsShown) -> str:
    """Name what fades and what grows: topics whose first and last bands lie apart."""
    whole = shown.courses.filter(pl.col("condition").is_null(), pl.col("role") == "both")
    bins = whole["bin"].drop_nulls()
    if bins.is_empty() or bins.min() == bins.max():
        return ""
    first, last = (
        whole.filter(pl.col("bin") == end).drop_nulls(["low", "high"])
        for end in (bins.min(), bins.max())
    )
    both = first.join(last, on="topic", suffix="_last").join(shown.proper(), on="topic", how="semi")
    change = pl.col("share_last") - pl.col("share")
    names = shown.names()
    said = []
    for verb, moved in (
        ("fades", both.filter(pl.col("high_last") < pl.col("low")).sort(change)),
        ("grows", both.filter(pl.col("low_last") > pl.col("high")).sort(-change)),
    ):
        named: Sequence[str] = [
            f"{_quoted(names[row['topic']])} ({percent(row['share'])} of turns to "
            f"{percent(row['share_last'])})"
            for row in moved.head(2).to_dicts()
        ]
        if named:
            said.append(f"{listed(list(named))} {verb if len(named) == 1 else verb[:-1]}")
    if not said:
        return "No topic is clearly more spoken of at the end of a session than at its beginning."
    return f"From the first tenth of a session to the last, {', and '.join(said)}."


def _precedes(turns: Sequence[AssociationPart]) -> str:
    """Say in one sentence what stands below at length."""
    if not any(part.came_to for part in turns):
        return ""
    if any(part.holds for part in turns):
        return (
            "After turns on some topics the patient’s next turn scores higher or lower than the "
            "turn before it let one expect, beyond chance and under every control that could be "
            "run; which, stands below."
        )
    return (
        "After turns on no topic does the patient’s next turn score higher or lower than the turn "
        "before it let one expect, both beyond chance and under every control."
    )


def _quoted(name: str) -> str:
    return f"“{printable(name)}”"
