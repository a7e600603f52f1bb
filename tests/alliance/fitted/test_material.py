"""From transcripts to features: nothing lost, nothing that hangs on order or portions."""

from __future__ import annotations

import numpy as np
import pytest
from tests.alliance.fitted.invented import ENCODER, session

from attunement.alliance import _embedded
from attunement.alliance.fitted import Material, gather
from attunement.alliance.fitted._calibration import KNOTS
from attunement.errors import DataError
from attunement.transcripts import Rating, Session


def test_the_size_of_the_chunks_changes_nothing(
    sessions: list[Session], material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_embedded, "CHUNK_TURNS", 20)
    parts = gather(sessions, ENCODER)
    assert parts.sessions.equals(material.sessions)
    assert parts.ratings.equals(material.ratings)
    assert parts.marks == material.marks
    np.testing.assert_allclose(parts.features, material.features, rtol=1e-5, atol=1e-5)
    for knot in KNOTS:
        np.testing.assert_array_equal(parts.so_far[knot][0], material.so_far[knot][0])
        np.testing.assert_allclose(
            parts.so_far[knot][1], material.so_far[knot][1], rtol=1e-5, atol=1e-5
        )


def test_the_order_of_sessions_moves_rows_and_changes_none(
    sessions: list[Session], material: Material
) -> None:
    order = np.random.default_rng(0).permutation(len(sessions))
    mixed = gather([sessions[place] for place in order], ENCODER)
    assert mixed.sessions.equals(material.sessions[order])
    assert mixed.marks == tuple(material.marks[place] for place in order)
    np.testing.assert_allclose(mixed.features, material.features[order], rtol=1e-5, atol=1e-5)
    which, found = mixed.so_far[8]
    there, expected = material.so_far[8]
    back = {row: place for place, row in enumerate(there.tolist())}
    for place, row in enumerate(which.tolist()):
        np.testing.assert_allclose(
            found[place], expected[back[int(order[row])]], rtol=1e-5, atol=1e-5
        )


def test_features_at_a_knot_are_those_of_the_session_cut_there_and_only_where_it_goes_on() -> None:
    spoken = [(("patient", "therapist")[n % 2], f"word{n} and{n % 3}") for n in range(9)]
    whole = gather([session("a", spoken), session("b", spoken[:8])], ENCODER)
    cut = gather([session("a", spoken[:8]), session("b", spoken[:4])], ENCODER)
    assert {knot: which.tolist() for knot, (which, _) in whole.so_far.items()} == {
        4: [0, 1],
        8: [0],
        **{knot: [] for knot in KNOTS if knot > 8},
    }
    np.testing.assert_allclose(whole.so_far[8][1][0], cut.features[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(whole.so_far[4][1][1], cut.features[1], rtol=1e-5, atol=1e-6)


def test_third_speakers_and_turns_without_words_are_not_heard() -> None:
    plain = session("a", [("patient", "rain again"), ("therapist", "go on")])
    more = session(
        "a",
        [
            ("other", "shall i wait outside"),
            ("patient", "rain again"),
            ("patient", "   "),
            ("therapist", "go on"),
            ("other", "bye"),
        ],
    )
    one, two = gather([plain], ENCODER), gather([more], ENCODER)
    np.testing.assert_array_equal(one.features, two.features)
    assert one.marks == two.marks


def test_sessions_in_which_neither_side_speaks_are_left_out_and_counted() -> None:
    found = gather(
        [
            session("empty", []),
            session("a", [("patient", "rain")]),
            session("theirs", [("other", "hello")]),
            session("silent", [("patient", " "), ("therapist", "")]),
            session("b", [("therapist", "go on")]),
        ],
        ENCODER,
    )
    assert found.sessions["session_id"].to_list() == ["a", "b"]
    assert found.without_turns == 3
    assert len(found.features) == len(found.marks) == 2
    # One side alone is enough; the other is not known.
    half = len(found.features[0][: 8 * ENCODER.dimension]) // 2
    assert np.isfinite(found.features[0, :half]).all()
    assert np.isnan(found.features[1, :half]).all()


def test_no_session_at_all_is_refused() -> None:
    with pytest.raises(DataError, match=r"no session was read.*attunement check"):
        gather([], ENCODER)


def test_ratings_of_turns_are_not_taken_for_ratings_of_sessions() -> None:
    ratings = [Rating("patient", "SRS", "alliance", 31.0), Rating("patient", "x", "y", 1.0, turn=0)]
    found = gather([session("a", [("patient", "rain")], ratings=ratings)], ENCODER)
    assert found.ratings.select("instrument", "value").rows() == [("SRS", 31.0)]


def test_a_mark_tells_sessions_apart_by_who_spoke_how_much_and_when() -> None:
    spoken = [("patient", "one two"), ("therapist", "three")]
    variants = [
        session("a", spoken),
        session("b", [("therapist", "one two"), ("patient", "three")]),
        session("c", spoken[::-1]),
        session("d", [("patient", "one"), ("therapist", "three")]),
        session("e", [*spoken, ("patient", "?")]),
        session("f", [*spoken, ("therapist", "?")]),
    ]
    marks = gather(variants, ENCODER).marks
    assert len(set(marks)) == len(variants)
    again = gather([session("z", spoken, patient="somebody")], ENCODER)
    assert again.marks[0] == marks[0]
    # Nor can what was said be told from it.
    other = gather([session("a", [("patient", "six ten"), ("therapist", "nine")])], ENCODER)
    assert other.marks[0] == marks[0]
