from __future__ import annotations

import numpy as np

from attunement.live._widening import Exchanges


def differences(turns: list[tuple[str, float]]) -> list[float | None]:
    exchanges = Exchanges()
    return [exchanges.step(role, value) for role, value in turns]


def test_an_answer_is_held_against_what_the_therapist_said_just_before() -> None:
    turns = [("therapist", 1.0), ("patient", 0.25), ("therapist", 3.0), ("patient", 1.0)]
    assert differences(turns) == [None, -0.75, None, -2.0]


def test_turns_in_a_row_make_one_exchange() -> None:
    turns = [
        ("therapist", 1.0),
        ("therapist", 2.0),
        ("patient", 1.0),
        ("patient", 9.0),
        ("therapist", 4.0),
        ("patient", 4.0),
    ]
    assert differences(turns) == [None, None, -0.5, None, None, 0.0]


def test_a_patient_who_begins_answers_nobody() -> None:
    assert differences([("patient", 1.0), ("therapist", 0.0), ("patient", 2.0)]) == [
        None,
        None,
        2.0,
    ]


def test_an_offset_of_one_role_is_in_every_difference_alike() -> None:
    rng = np.random.default_rng(0)
    turns = [(("therapist", "patient")[n % 2], float(rng.standard_normal())) for n in range(40)]
    moved = [(role, value + 7 * (role == "therapist")) for role, value in turns]
    pairs = zip(differences(turns), differences(moved), strict=True)
    changes = {round(a - b, 9) for a, b in pairs if a is not None and b is not None}
    assert changes == {7.0}
