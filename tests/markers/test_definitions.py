"""Every marker is defined, with its source and what it does not say."""

from __future__ import annotations

import re

import polars as pl
from tests.markers.talk import spoken

from attunement.markers import DYAD, definitions, session_markers, turn_markers
from attunement.tables import ACTS, MARKERS

KEYS = ("session_id", "turn", "role", "time")
BY_NAME = {definition.name: definition for definition in definitions()}


def every_session_marker() -> pl.DataFrame:
    line = "I think that the house was never really for all of us and you know it. "
    table = spoken(("p", line * 5), ("t", line * 5), ("p", line), times=[(0, 1), (2, 3), (4, 5)])
    markers = turn_markers(table).with_columns(
        act=pl.Series([None, "advice", None]), overlap=pl.Series([None, 0.1, 0.2])
    )
    return session_markers(markers, style_kinds=True)


def test_every_column_of_turns_has_a_definition() -> None:
    columns = [name for name in MARKERS.columns if name not in KEYS]
    assert [name for name in columns if name not in BY_NAME] == []
    assert [name for name in columns if BY_NAME[name].level == "session"] == []


def test_every_marker_of_sessions_has_a_definition_of_its_side() -> None:
    rows = every_session_marker()
    assert set(ACTS) < set(rows["marker"])
    for role, marker in rows.select("role", "marker").unique().iter_rows():
        assert marker in BY_NAME, marker
        assert BY_NAME[marker].level in ("session", "both"), marker
        assert BY_NAME[marker].of in ((DYAD,) if role == DYAD else ("both", role)), marker


def test_definitions_say_whose_on_what_level_from_where_and_what_not() -> None:
    assert len(BY_NAME) == len(definitions()), "a name stands twice"
    for one in definitions():
        assert one.of in ("patient", "therapist", "both", DYAD), one.name
        assert one.level in ("turn", "session", "both"), one.name
        assert re.search(r"\b(19|20)\d\d\b", one.source), f"{one.name}: a source without a year"
        assert one.definition.endswith("."), one.name
        assert len(one.definition) > 5, one.name
        assert len(one.caution) > 20, one.name
        assert all((one.label, one.unit)), one.name
        assert one.turn_unit is None or one.level == "both", one.name


def test_labels_are_unique() -> None:
    labels = [one.label for one in definitions()]
    assert len(set(labels)) == len(labels)
