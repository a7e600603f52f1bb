"""Banks written blind, and negotiations: made-up data whose answers are known."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks._ablation import blind_banks, merged
from benchmarks._unseen import (
    LIKING,
    SATISFACTION,
    Question,
    banks,
    figures,
    pairs,
    read_casino,
    reliability,
    told,
)
from benchmarks._unseen._banks import column
from benchmarks.ablation import CORPORA
from benchmarks.unseen import CASINO, report
from benchmarks.validity import DRAWS, Scored
from tests.benchmarks.test_ablation import ENCODER, PATIENT_LINES, exchanges, rated_turns

from attunement.alliance import Contrast, embed
from attunement.errors import DataError
from attunement.instruments import AnchorBank, load_anchors
from attunement.statistics import Resampling, spearman, spearmans
from attunement.tables import MEASURES, ROLES, SCALES, Role

Write = Callable[[list[dict[str, Any]]], Path]

LIKED = (
    "Extremely dislike",
    "Slightly dislike",
    "Undecided",
    "Slightly like",
    "Extremely like",
)
SATISFIED = (
    "Extremely dissatisfied",
    "Slightly dissatisfied",
    "Undecided",
    "Slightly satisfied",
    "Extremely satisfied",
)


def dialogue(
    number: int, said: list[tuple[int, str]], *, liking: tuple[int, int]
) -> dict[str, Any]:
    """A negotiation of two partners; each is as satisfied as the *other* likes them."""
    rated = zip((1, 2), liking, reversed(liking), strict=True)
    return {
        "dialogue_id": number,
        "chat_logs": [{"text": text, "task_data": {}, "id": f"agent_{who}"} for who, text in said],
        "participant_info": {
            f"agent_{who}": {
                "outcomes": {
                    "points_scored": 20,
                    "satisfaction": SATISFIED[satisfied - 1],
                    "opponent_likeness": LIKED[liked - 1],
                }
            }
            for who, liked, satisfied in rated
        },
    }


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(dialogues: list[dict[str, Any]]) -> Path:
        path = tmp_path / "casino.json"
        path.write_text(json.dumps(dialogues), encoding="utf-8")
        return path

    return _write


# --- reading negotiations --------------------------------------------------------------------


def test_a_dialogue_is_read_without_the_buttons_that_were_pressed(write: Write) -> None:
    said = [
        (2, "Hello."),
        (1, "Hi."),
        (2, "Submit-Deal"),
        (1, "Reject-Deal"),
        (1, "No deal!"),
        (2, "Walk-Away"),
        (1, "Accept-Deal"),
        (2, "Walk-Away is what I may do."),
    ]
    (session,) = read_casino(write([dialogue(7, said, liking=(2, 5))]))
    assert session.session_id == "7"
    assert [(one.turn, one.role, one.text) for one in session.turns] == [
        (0, "therapist", "Hello."),
        (1, "patient", "Hi."),
        (2, "patient", "No deal!"),
        (3, "therapist", "Walk-Away is what I may do."),
    ]


@pytest.mark.parametrize("answer", range(1, 6))
def test_the_five_answers_of_each_partner_become_1_to_5(write: Write, answer: int) -> None:
    (session,) = read_casino(write([dialogue(1, [(1, "Hi.")], liking=(answer, 6 - answer))]))
    found = {(one.rater, one.scale): one.value for one in session.ratings}
    assert found == {
        ("patient", LIKING): answer,
        ("therapist", LIKING): 6 - answer,
        ("patient", SATISFACTION): 6 - answer,
        ("therapist", SATISFACTION): answer,
    }


def test_an_answer_that_was_not_offered_is_named_with_its_dialogue(write: Write) -> None:
    odd = dialogue(41, [(1, "Hi.")], liking=(3, 3))
    odd["participant_info"]["agent_2"]["outcomes"]["satisfaction"] = "Fine"
    with pytest.raises(DataError, match="dialogue 41: 'Fine'"):
        read_casino(write([odd]))


def test_both_partners_are_held_against_what_patients_say(write: Write) -> None:
    line = PATIENT_LINES["strong"][0]
    path = write([dialogue(1, [(1, line), (2, line)], liking=(3, 3))])
    scores = told(embed(read_casino(path), ENCODER), ENCODER, {"ours": Contrast()})
    assert scores["role"].to_list() == list(ROLES)
    for measure in MEASURES:
        first, second = scores[f"ours {measure}"]
        assert first == second


# --- partners --------------------------------------------------------------------------------


def test_a_partner_stands_beside_the_other_with_late_turns_counting_most() -> None:
    turns = pl.DataFrame(
        {
            "session_id": ["s"] * 4 + ["silent"],
            "turn": [0, 1, 2, 3, 0],
            "role": ["patient", "therapist", "patient", "therapist", "patient"],
            "time": [0.0, 0.5, 0.5, 1.0, 0.0],
            "words": [4, 3, 2, 1, 9],
            "mood": [8.0, 0.0, 2.0, 9.0, 1.0],
        }
    )
    ratings = pl.DataFrame(
        {
            "session_id": ["s", "s", "silent", "silent"],
            "rater": [*ROLES, *ROLES],
            "scale": [LIKING] * 4,
            "value": [1.0, 5.0, 2.0, 2.0],
        }
    )
    found = pairs(turns, ratings)
    # Nobody answered in the second: neither of its partners can be told of.
    assert found["session_id"].to_list() == ["s", "s"]
    assert found["role"].to_list() == ["patient", "therapist"]
    # Time cubed: the patient's first turn counts for 0; the therapist's for 1/8 and 1.
    assert found["mood"].to_list() == pytest.approx([2.0, 8.0])
    assert found["mood, all turns"].to_list() == pytest.approx([5.0, 4.5])
    assert found["mood of the partner"].to_list() == pytest.approx([8.0, 2.0])
    assert found["words"].to_list() == [6, 4]
    assert found["words of the partner"].to_list() == [4, 6]
    assert found[LIKING].to_list() == [1.0, 5.0]


def invented(dialogues: int, *, alike: bool) -> pl.DataFrame:
    """Partners who like the other as much as `mood` says, and are satisfied by `luck` and mood."""
    drawn = np.random.default_rng(3)
    rows = []
    for number in range(dialogues):
        for role in ROLES:
            if role == "patient" or not alike:
                mood, luck, noise = drawn.normal(size=3)
                words = [float(one) for one in drawn.integers(5, 90, 2)]
            rows.append(
                {"session_id": f"d{number:03d}", "role": role, "mood": mood, "luck": luck}
                | {"words": words[0], "words of the partner": words[1], "noise": noise}
                | {LIKING: mood**3, SATISFACTION: mood + luck}
            )
    return pl.DataFrame(rows)


def test_what_decides_a_rating_is_found_and_what_is_partialled_out_is_gone() -> None:
    partners = invented(150, alike=False)
    asked = [
        Question("mood", "", "mood"),
        Question("noise", "", "noise"),
        Question("luck given mood", "", "luck", given=("mood",)),
        Question("mood less luck", "", "mood", less="luck"),
        Question("words", "", "words"),
    ]
    found: list[dict[str, Any]] = figures(partners, asked)
    mood, noise, luck, less, words = found
    assert mood[LIKING] == pytest.approx(1.0)
    assert 0.6 < mood[SATISFACTION] < 0.8
    assert noise[f"{LIKING} low"] < 0 < noise[f"{LIKING} high"]
    # Without mood, nothing is left of a liking that is mood alone; satisfaction is luck then.
    assert LIKING not in luck
    assert luck[SATISFACTION] > 0.9
    columns = {name: partners[name].to_numpy() for name in ("mood", "luck", SATISFACTION)}
    apart = spearman(columns["mood"], columns[SATISFACTION]) - spearman(
        columns["luck"], columns[SATISFACTION]
    )
    assert less[SATISFACTION] == pytest.approx(apart)
    assert less[f"{SATISFACTION} low"] < apart < less[f"{SATISFACTION} high"]
    # Nothing is left of words without words.
    assert f"{LIKING} words out" not in words


def test_whole_dialogues_are_drawn_and_not_partners() -> None:
    """Two partners who are one and the same tell no more than one of them does."""
    partners = invented(60, alike=True)
    (found,) = figures(partners, [Question("noise", "", "noise")])
    once = partners.filter(pl.col("role") == "patient")
    columns = [once[name].to_numpy() for name in ("noise", LIKING)]
    resampling = Resampling.of(once["session_id"], draws=DRAWS, seed=0)
    (interval,) = resampling.intervals(spearmans(*columns))
    assert found[LIKING] == pytest.approx(interval.value)
    assert found[f"{LIKING} low"] == pytest.approx(interval.low)
    assert found[f"{LIKING} high"] == pytest.approx(interval.high)


# --- banks -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plain", "vivid"])
def test_a_blind_bank_fills_every_cell_with_lines_that_the_shipped_one_has_not(name: str) -> None:
    bank, shipped = blind_banks()[name], load_anchors()
    known, own = ({text.casefold() for text in lines(one)} for one in (shipped, bank))
    assert not known & own
    for scale in SCALES:
        strong, weak = map(len, bank.poles(scale=scale, role="patient"))
        assert 0.9 < strong / weak < 1.1
        assert min(strong, weak) > 150
    assert len(bank.neutral_of("patient")) > 150
    assert bank.licence == "Apache-2.0"


def test_the_therapists_lines_of_both_blind_banks_are_the_same() -> None:
    plain, vivid = (lines(bank, "therapist") for bank in blind_banks().values())
    assert plain == vivid


def lines(bank: AnchorBank, *roles: Role) -> list[str]:
    """The texts of some roles, or of both."""
    of = roles or ROLES
    anchors = [one.text for one in bank.anchors if one.role in of]
    return anchors + [one.text for one in bank.neutral if one.role in of]


def test_merged_banks_have_the_lines_of_both() -> None:
    shipped, plain = load_anchors(), blind_banks()["plain"]
    both = merged(shipped, plain)
    for role in ROLES:
        for scale in SCALES:
            parts = zip(
                shipped.poles(scale=scale, role=role),
                plain.poles(scale=scale, role=role),
                strict=True,
            )
            assert both.poles(scale=scale, role=role) == tuple(one + other for one, other in parts)
        assert both.neutral_of(role) == shipped.neutral_of(role) + plain.neutral_of(role)


def test_forms_that_say_the_same_correlate_at_1_and_forms_that_say_the_opposite_at_minus_1() -> (
    None
):
    found: dict[Any, dict[str, Any]] = {one["measure"]: one for one in reliability(two_forms())}
    assert list(found) == list(MEASURES)
    for level, rows in (("sessions", 40), ("turns", 400)):
        assert found["task"][level] == pytest.approx(1.0)
        assert found["bond"][level] == pytest.approx(-1.0)
        assert abs(found["alliance"][level]) < 0.3
        assert found["alliance"][f"{level} low"] < found["alliance"][f"{level} high"]
        assert found["task"][f"{level} n"] == rows
    # A third of a turn's variance is noise of the form; the mean of many turns is surer.
    assert found["goal"]["turns"] == pytest.approx(2 / 3, abs=0.1)
    assert found["goal"]["sessions"] > found["goal"]["turns"] + 0.1


def two_forms() -> Scored:
    """Ten turns of the patient and ten of the therapist in 40 sessions of 20 patients."""
    drawn = np.random.default_rng(9)
    rows: list[dict[str, object]] = []
    for session in range(40):
        level = drawn.normal()
        for turn in range(20):
            row = {"session_id": f"s{session:02d}", "turn": turn, "time": turn / 19, "words": 5}
            role = ROLES[turn % 2]
            rows.append(row | {"role": role} | (said(drawn, level) if role == "patient" else {}))
    sessions = [{"session_id": f"s{at:02d}", "patient_id": f"p{at // 2}"} for at in range(40)]
    nothing = pl.DataFrame()
    return Scored(
        turns=nothing, scores=pl.DataFrame(rows), ratings=nothing, sessions=pl.DataFrame(sessions)
    )


def said(drawn: np.random.Generator, level: float) -> dict[str, float]:
    """One turn in two forms: the same, the opposite, two parts in three the same, and apart."""
    task, bond, goal = drawn.normal(size=3)
    scores: dict[str, float] = {}
    for form, sign in (("shipped", 1), ("plain", -1)):
        scores |= {
            column(form, "task"): task,
            column(form, "bond"): sign * bond,
            column(form, "goal"): level + goal + drawn.normal(),
            column(form, "alliance"): drawn.normal(),
        }
    return scores


# --- the whole -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Patients say strong anchors the more, the better they rate; so do negotiators."""
    folder = tmp_path_factory.mktemp("unseen")
    generator = np.random.default_rng(6)
    rated: list[dict[str, object]] = []
    at_turns: list[dict[str, object]] = []
    negotiations = []
    for number in range(40):
        level = float(generator.uniform())
        rated.append(
            {
                "session_id": f"s{number:02d}",
                "patient_id": f"p{number // 2}",
                "turns": exchanges(level, generator),
                "patient_ratings": dict.fromkeys(MEASURES, round(5 * level, 2)),
                "flags": {"unwilling_to_continue": level < 0.3},
            }
        )
        at_turns.append({"session_id": f"e{number:02d}", "turns": rated_turns(generator)})
        liking = tuple(int(one) for one in generator.integers(1, 6, 2))
        said = [
            (who, str(generator.choice(PATIENT_LINES["strong" if strong else "weak"])))
            for _ in range(6)
            for who in (1, 2)
            for strong in [generator.uniform() < liking[who - 1] / 6]
        ]
        negotiations.append(dialogue(number, said, liking=(liking[0], liking[1])))
    for name, sessions in zip(CORPORA, (rated, at_turns), strict=True):
        with lzma.open(folder / name, "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(one) + "\n" for one in sessions)
    (folder / CASINO).parent.mkdir()
    (folder / CASINO).write_text(json.dumps(negotiations), encoding="utf-8")
    return folder


def test_both_tables_are_printed_with_what_was_planted(corpora: Path) -> None:
    with redirect_stdout(StringIO()) as lines:
        found: dict[str, Any] = report(corpora, ENCODER)
    rows = {one["variant"]: one for one in found["banks"]}
    assert list(rows) == list(banks())
    assert rows["shipped"]["dev main"] > 0.5
    assert rows["shipped"]["casino"] > 0.3
    assert "difference" in rows["plain"]
    assert (found["dialogues"], found["partners"], found["left out"]) == (40, 80, 0)
    answers = {(one["group"], one["question"]): one for one in found["casino"]}
    own = answers["OWN WORDS", "ours, default pooling"]
    assert own[LIKING] == rows["shipped"]["casino"]
    # Each partner is as satisfied as the other likes them, and so as the other speaks.
    partner = answers["THE PARTNER'S WORDS", "ours"]
    assert partner[SATISFACTION] == pytest.approx(own[LIKING])
    printed = lines.getvalue()
    assert "shipped and plain" in printed
    assert f"{own[LIKING]:.3f}" in printed
