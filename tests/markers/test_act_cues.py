"""The cues behind the acts: cutting into sentences, and what each cue answers to."""

from __future__ import annotations

import polars as pl
import pytest

from attunement.markers._acts_cues import act_cues, cue_features, sentence_cues


def cues_of(text: str) -> list[set[str]]:
    """The cues of each sentence of a turn."""
    found = sentence_cues(pl.Series([text]))
    return [{name for name in act_cues().names if row[name]} for row in found.iter_rows(named=True)]


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("What happened then?", "asks_openly"),
        ("Well, how was it?", "asks_openly"),
        ("what happened then", "asks_openly"),
        ("When you came home, what did she say?", "asks_openly"),
        ("Could you tell me about it?", "asks_openly"),
        ("How old are you?", "asks_for_a_fact"),
        ("Could you tell me your age?", "asks_for_a_fact"),
        ("Since when?", "asks_for_a_fact"),
        ("Did you sleep?", "asks_yes_or_no"),
        ("And are you well?", "asks_yes_or_no"),
        ("did you sleep", "asks_yes_or_no"),
        ("You were sad, weren't you?", "asks_back"),
        ("So he left, is that right?", "asks_back"),
        ("You haven't told him?", "asks_back"),
        ("Have you tried yoga?", "proposes"),
        ("How about a walk?", "proposes"),
        ("You should rest.", "proposes"),
        ("It might help to write it down.", "proposes"),
        ("Please rest.", "proposes"),
        ("It sounds like you miss her.", "gives_back"),
        ("You’re feeling torn.", "gives_back"),
        ("That must have been hard.", "gives_back"),
        ("I used to smoke.", "tells"),
        ("We have ten minutes left.", "tells"),
        ("You can always ring the desk.", "proposes"),
        ("Could you write it down?", "proposes"),
        ("Let's stop here.", "begins"),
        ("Is that all right?", "asks_leave"),
        ("May we finish for today?", "asks_leave"),
        ("Is there a reason for it?", "asks_openly"),
        ("You had no say in it.", "says_of_you"),
        ("He forgot the birthday.", "says_of_else"),
        ("It's a painful thing.", "says_how_it_is"),
        ("That was a brilliant speech.", "praises"),
        ("You're right.", "agrees"),
        ("I see—you left.", "says_of_you"),
        ("Mm-hm.", "courtesy"),
        ("Thank you.", "courtesy"),
        ("I see, okay.", "backchannel"),
    ],
)
def test_a_sentence_has_the_cue_that_its_form_gives(text: str, cue: str) -> None:
    (found,) = cues_of(text)
    assert cue in found


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("How old are you?", "asks_openly"),
        ("How about a walk?", "asks_openly"),
        ("What do you think?", "asks_openly"),
        ("What have you tried so far?", "proposes"),
        ("That was sad, isn't it?", "asks_yes_or_no"),
        ("I know what happened.", "asks_openly"),
        ("I'm happy to hear your news.", "asks_openly"),
        ("Would it be okay to tell me how old you are?", "asks_leave"),
        ("Is that so he can sleep?", "asks_back"),
        ("You try and you fail.", "proposes"),
        ("You might rest.", "says_of_you"),
        ("Let's begin.", "proposes"),
        ("She asked how old I was.", "mark"),
        ("I see what you mean by that now.", "backchannel"),
    ],
)
def test_a_sentence_lacks_the_cue_that_only_seems_to_be_there(text: str, cue: str) -> None:
    (found,) = cues_of(text)
    assert cue not in found


def test_turns_are_cut_at_stops_and_at_line_breaks_but_not_within_words() -> None:
    found = sentence_cues(pl.Series(["I see... Really?!\nYou left at 6,5 then", "", "?! ..."]))
    assert found["row"].to_list() == [0, 0, 0]
    assert found["words"].to_list() == [2, 1, 5]


def test_shares_are_of_words_and_the_last_sentence_that_asks_is_found() -> None:
    features = cue_features(
        pl.Series(["Did you go? I was there with my own dog. Thank you.", "Mm."])
    )
    names = act_cues().names
    share, asking, last = (names.index("mark") + part * len(names) for part in range(3))
    assert features.shape == (2, 3 * len(names) + 2)
    assert features[0, share] == pytest.approx(3 / 12)
    assert features[0, asking] == 1
    assert features[0, last] == 0
    assert features[1, [share, asking, last]].tolist() == [0, 0, 0]
    thanks, life = names.index("thanks"), names.index("my_life")
    assert features[0, 2 * len(names) + thanks] == 0
    assert features[0, 2 * len(names) + life] == 1


def test_a_question_of_opinion_leaves_the_question_before_it_in_charge() -> None:
    features = cue_features(pl.Series(["Did you go? What do you think?"]))
    names = act_cues().names
    assert features[0, len(names) + names.index("asks_yes_or_no")] == 1


def test_leave_asked_at_the_end_carries_nothing() -> None:
    features = cue_features(pl.Series(["You should rest. Is that all right?"]))
    names = act_cues().names
    asking, last = len(names), 2 * len(names)
    assert features[0, asking + names.index("mark")] == 0
    assert features[0, last + names.index("should")] == 1


def test_kinds_are_made_of_cues_that_exist() -> None:
    cues = act_cues()
    for kind in cues.kinds.values():
        assert {*kind.any, *kind.none} <= set(cues.patterns)
        assert not {*kind.any} & {*kind.none}
