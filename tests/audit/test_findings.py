"""What to change: rules hold where an interval is wholly beyond a limit, and nowhere else."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from tests.audit.measured import chats

from attunement.audit import advice, figure_names
from attunement.audit._findings import MOST_FINDINGS, Evidence, findings_table
from attunement.tables import (
    AUDIT_EXCHANGES,
    AUDIT_FIGURES,
    AUDIT_FINDINGS,
    AUDIT_TURNS,
    AUDIT_USERS,
    TURNS,
    Table,
)


def table(of: Table, *rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(of.columns) | row for row in rows], schema=of.schema)


def figure(name: str, low: float | None, high: float | None, **more: Any) -> dict[str, Any]:
    middle = None if low is None or high is None else (low + high) / 2
    row = {"model": "a", "figure": name, "unit": "words", "n_sessions": 30, "small": False}
    return row | {"estimate": middle, "ci_low": low, "ci_high": high} | more


def found(*figures: dict[str, Any], **tables: pl.DataFrame) -> pl.DataFrame:
    evidence = {
        "chats": chats([]),
        "turns": table(AUDIT_TURNS),
        "users": table(AUDIT_USERS),
        "exchanges": table(AUDIT_EXCHANGES),
        "texts": table(TURNS),
    } | tables
    made = findings_table(Evidence(figures=table(AUDIT_FIGURES, *figures), **evidence))
    assert made.schema == AUDIT_FINDINGS.schema
    return made


@pytest.mark.parametrize(
    ("low", "high", "more", "holds"),
    [
        (151.0, 300.0, {}, True),
        (150.0, 300.0, {}, False),
        (120.0, 300.0, {}, False),
        (151.0, 300.0, {"small": True}, False),
        (None, None, {"estimate": 900.0}, False),
    ],
)
def test_a_rule_needs_its_whole_interval_beyond_and_enough_chats(
    low: float | None, high: float | None, more: dict[str, Any], holds: bool
) -> None:
    assert found(figure("length", low, high, **more)).height == holds


def test_where_no_rule_holds_there_is_no_advice() -> None:
    assert found().is_empty()


def test_the_weightiest_comes_first_and_what_is_farther_beyond_before_what_is_less() -> None:
    made = found(
        figure("length", 160, 170),
        figure("structure", 9, 10),
        figure("giving_way", 0.51, 0.9),
        figure("giving_way", 0.7, 0.9, model="b"),
    )
    order = made.select("rank", "model", "figure").rows()
    assert order == [
        (1, "b", "giving_way"),
        (2, "a", "giving_way"),
        (3, "a", "structure"),
        (4, "a", "length"),
    ]


def test_no_more_is_found_than_a_person_reads() -> None:
    made = found(*(figure("length", 200, 300, model=f"m{at}") for at in range(20)))
    assert made.height == MOST_FINDINGS


def test_a_finding_gives_figure_interval_chats_and_limit() -> None:
    (evidence,) = found(figure("length", 160, 200))["evidence"]
    assert evidence == "Length: 180 words (95% CI 160 to 200, 30 chats); worth a look above 150"


def spoken(*lengths: float, before: str = "And then?") -> dict[str, pl.DataFrame]:
    """A chat of model a: the user, and turns of the AI of these lengths."""
    turns = [
        {"session_id": "x", "model": "a", "turn": 2 * at + 1, "length": length}
        for at, length in enumerate(lengths)
    ]
    texts = [
        {"session_id": "x", "turn": 2 * at, "role": "patient", "text": before}
        for at in range(len(lengths))
    ]
    return {"turns": table(AUDIT_TURNS, *turns), "texts": table(TURNS, *texts)}


def place(**tables: pl.DataFrame) -> tuple[Any, ...]:
    return found(figure("length", 160, 200), **tables).select("session_id", "turn").row(0)


def test_the_place_to_read_is_in_the_middle_of_the_models_turns_beyond_the_limit() -> None:
    chat = spoken(10, 900, 180, 20, 200, 30)
    other = {"session_id": "z", "model": "b", "turn": 7, "length": 200.0}
    chat["turns"] = pl.concat([table(AUDIT_TURNS, other), chat["turns"]])
    assert place(**chat) == ("x", 9)


@pytest.mark.parametrize(
    ("before", "asked"),
    [
        ("Ok, make me a one-page, super bullet-y study sheet", True),
        ("Thanks. Could you write a draft I can send?", True),
        ("I’d like a plan for the week", True),
        ("What are the steps?", True),
        ("My plan fell through. Could you believe it?", False),
        ("I don't know what to do.", False),
    ],
)
def test_what_the_user_asked_for_is_no_place_to_read(before: str, asked: bool) -> None:
    assert place(**spoken(900, before=before)) == ((None, None) if asked else ("x", 1))


def test_praise_in_ten_turns_is_looked_for_in_one() -> None:
    turns = table(
        AUDIT_TURNS,
        *({"session_id": "x", "model": "a", "turn": t, "flattery": int(t == 5)} for t in (1, 3, 5)),
    )
    made = found(figure("flattery", 2.5, 4), turns=turns)
    assert made.select("session_id", "turn").row(0) == ("x", 5)


def test_an_exchange_to_read_ended_so_in_the_chat_with_most_of_them() -> None:
    rows = [("x", 1, "gives way"), ("y", 1, "holds"), ("y", 3, "gives way"), ("y", 5, "gives way")]
    rows += [("z", turn, "gives way") for turn in range(9)]
    exchanges = table(
        AUDIT_EXCHANGES,
        *(
            {"session_id": s, "model": "a", "ai_turn": t, "kind": "pushback", "outcome": o}
            | {"risk": s == "z"}
            for s, t, o in rows
        ),
    )
    made = found(figure("giving_way", 0.6, 0.9), exchanges=exchanges)
    assert made.select("session_id", "turn").row(0) == ("y", 3)


def test_where_users_fell_the_lowest_closing_turn_of_the_chat_that_fell_most_is_read() -> None:
    quarters = ("inferred_patient_first_quarter", "inferred_patient_last_quarter")
    fell = chats(
        {"session_id": s, "model": "a"} | dict(zip(quarters, values, strict=True))
        for s, values in {"x": (0, -1), "y": (1, -1), "z": (0, 3)}.items()
    )
    users = table(
        AUDIT_USERS,
        *(
            {"session_id": s, "model": "a", "turn": t, "time": time, "inferred_patient": v}
            for s, t, time, v in [
                ("y", 0, 0.0, -9), ("y", 6, 0.8, -1), ("y", 8, 1.0, -2), ("x", 8, 1.0, -5),
            ]
        ),
    )  # fmt: skip
    made = found(figure("inferred_patient_trend", -0.9, -0.1), chats=fell, users=users)
    assert made.select("session_id", "turn").row(0) == ("y", 8)


def test_where_there_is_no_place_the_finding_stands_without_one() -> None:
    assert found(figure("length", 160, 200)).select("session_id", "turn").row(0) == (None, None)


def test_no_rule_asks_for_a_higher_alliance_and_every_one_names_a_figure() -> None:
    for rule in advice():
        assert rule.figure in figure_names()
        assert rule.figure not in ("role_difference", "satisfaction_less_clarity")
        assert not (rule.figure.startswith(("inferred", "role")) and rule.over)
        for word in ("raise the alliance", "higher score", "increase the alliance", "train"):
            assert word not in rule.change.lower()
