"""What is drawn and said from numbers."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
from tools.vendor_web import changed_files

from attunement.live import Estimate
from attunement.web.dashboard._addresses import back_to
from attunement.web.dashboard._charts import _badges, specifications
from attunement.web.dashboard._course import Ending, course
from attunement.web.dashboard._marked import marked
from attunement.web.dashboard._spark import HEIGHT, WIDTH, bounds, sparkline
from attunement.web.dashboard._uploading import named_sides
from attunement.web.dashboard._words import interval, number, similarity, standing

_COURSE = st.lists(st.none() | st.floats(-5, 5), max_size=60)
VENDORED = {"htmx.org", "vega", "vega-lite", "vega-interpreter"}


@given(st.text(), st.lists(st.text(max_size=8), max_size=4))
def test_marking_neither_adds_nor_loses_a_character_nor_lets_markup_through(
    text: str, words: list[str]
) -> None:
    shown = marked(text, words)
    plain = str(shown).replace("<mark>", "").replace("</mark>", "")
    assert "<" not in plain
    assert ">" not in plain
    assert shown.striptags() == marked(text, ()).striptags()


def test_words_are_marked_where_they_stand_and_the_longest_first() -> None:
    assert str(marked("This is useless & I know.", ["useless", "This is useless"])) == (
        "<mark>This is useless</mark> &amp; I know."
    )


@given(_COURSE, _COURSE)
def test_a_sparkline_stays_within_its_box(
    patient: list[float | None], therapist: list[float | None]
) -> None:
    low, high = bounds([patient, therapist])
    drawn = ElementTree.fromstring(
        str(sparkline(patient, therapist, low=low, high=high, words='a "b" <c>'))
    )
    assert drawn.get("aria-label") == 'a "b" <c>'
    for dot in drawn.iter("circle"):
        assert 0 < float(dot.get("cy", "")) < HEIGHT


def test_a_higher_value_is_drawn_higher() -> None:
    def height(value: float) -> float:
        drawn = ElementTree.fromstring(str(sparkline([0.0, value], [], low=-1, high=1, words="")))
        return float(next(drawn.iter("circle")).get("cy", ""))

    assert height(0.9) < height(0.0) < height(-0.9)


def test_badges_of_near_alarms_do_not_lie_on_each_other() -> None:
    badges = _badges([40, 10, 11, 41], last=100)
    assert [badge["number"] for badge in badges] == ["2", "3", "1", "4"]
    places = [(badge["turn"], badge["top"]) for badge in badges]
    assert places[0][1] != places[1][1]
    assert places[2][1] != places[3][1]
    assert places[0][1] == places[2][1]


def test_charts_tell_the_sides_apart_without_colour() -> None:
    for name, spec in specifications().items():
        if name == "gap":
            continue
        marks = [layer["mark"] for layer in spec["layer"]]
        lines = [tuple(mark["strokeDash"]) for mark in marks if mark["type"] == "line"]
        shapes = (
            {
                mark["shape"]
                for mark in marks
                if mark["type"] == "point" and mark["color"] != "var(--bad)"
            }
            if name != "alliance"
            else {"circle", "diamond"}
        )
        assert len(set(lines)) == 2, name
        assert shapes == {"circle", "diamond"}, name


def test_a_course_needs_two_sessions_and_draws_each_with_its_interval() -> None:
    ending = Ending("a <b>", Estimate(0.2, -0.1, 0.5), None)
    assert course([ending], signed=True) is None
    drawn = ElementTree.fromstring(
        str(course([ending, ending, Ending("c", None, None)], signed=True))
    )
    assert len(list(drawn.iter("circle"))) == 2
    assert [text.text for text in drawn.iter("text")][-1] == "a <b>"


def test_numbers_are_said_with_a_real_minus_and_no_minus_nought() -> None:
    assert number(-0.004, signed=True) == "0.00"
    assert number(-1.255) == "−1.25" or number(-1.255) == "−1.26"
    assert number(None) == "–"
    assert interval(Estimate(0.0, -0.5, 0.5), signed=True) == "−0.50 to +0.50"
    assert interval(Estimate(0.0, None, None)) == "–"
    assert similarity(0.614) == ".61"
    assert similarity(-0.05) == "−.05"


def test_choices_of_sides_may_hold_an_equals_sign() -> None:
    assert named_sides(["patient=A=B", "", "therapist=C", "other=D", "patient="]) == {
        "patient": ["A=B"],
        "therapist": ["C"],
    }


@given(st.text())
def test_nobody_is_sent_elsewhere(address: str) -> None:
    assert back_to(address).startswith("/")
    assert not back_to(address).startswith("//")


def test_vendored_files_are_those_of_the_manifest_with_their_licences() -> None:
    assert changed_files() == []
    folder = Path("src/attunement/web/pages/static/vendor")
    assert {path.name.removesuffix(".LICENSE.txt") for path in folder.glob("*.LICENSE.txt")} == (
        VENDORED
    )


def test_points_of_a_questionnaire_are_drawn_without_a_zero_line() -> None:
    endings = [Ending("a", Estimate(value, value - 2, value + 2), None) for value in (45.0, 50.0)]
    drawn = str(course(endings, signed=False))
    assert 'class="zero"' not in drawn
    assert "45.00; 2: 50.00" in drawn
    assert 'class="zero"' in str(course(endings, signed=True))


def test_a_turn_is_set_among_its_own_sides_turns_and_no_others() -> None:
    assert standing(0.5, [0.1, 0.2, 0.5, 0.9, 2.0], role="patient") == (
        "above 2 of this patient's 5 other turns"
    )
    assert "too few" in standing(0.5, [0.1, 0.2, 0.9, 2.0], role="patient")


def test_a_line_begins_where_its_interval_does() -> None:
    drawn = ElementTree.fromstring(
        str(sparkline([None, None, 0.2, 0.4], [None] * 4, low=-1, high=1, words=""))
    )
    paths = [path for path in drawn.iter("path") if path.get("class") == "patient"]
    start = float(paths[0].get("d", "").removeprefix("M").split()[0])
    assert start > WIDTH / 2
    assert all(path.get("class") != "therapist" for path in drawn.iter("path"))
