"""Words of each kind, on lines counted by hand."""

from __future__ import annotations

import pytest
from tests.markers.talk import said

from attunement.markers import turn_markers
from attunement.tables import COUNTED, STYLE_WORDS

PERSONS = ("i", "we", "you", "they")


def counts(text: str) -> dict[str, int]:
    row = turn_markers(said(text)).select(COUNTED).row(0, named=True)
    return {name: int(row[name]) for name in COUNTED}


@pytest.mark.parametrize(
    ("text", "i", "we", "you", "they"),
    [
        ("I told my mother it was mine, and that I'd do it myself.", 5, 0, 0, 0),
        ("im sure ive said it to me", 3, 0, 0, 0),
        ("I'm, I've, I'll, I'd", 4, 0, 0, 0),
        ("We asked us whether our house, ours, keeps us to ourselves.", 0, 6, 0, 0),
        ("Let's see what we've got. We're late.", 0, 3, 0, 0),
        ("You said yours, your own, and you'd do it yourself.", 0, 0, 5, 0),
        ("u said ur mum, youre late, y'all", 0, 0, 4, 0),
        ("They took their own, and they're sure theirs is theirs.", 0, 0, 0, 5),
        ("Them and themselves; they'd, they've.", 0, 0, 0, 4),
        ("He gave her his, and she hid hers himself.", 0, 0, 0, 0),
        ("It is in. Item, mind, weary, yesterday, theme.", 0, 0, 0, 0),
    ],
)
def test_every_form_of_a_pronoun_counts_and_no_other_word(
    text: str, i: int, we: int, you: int, they: int
) -> None:
    found = counts(text)
    assert tuple(found[name] for name in PERSONS) == (i, we, you, they)


@pytest.mark.parametrize(
    ("text", "negations"),
    [
        ("No, I don't, and I can't. Nobody never did nothing.", 6),
        ("i dont know, i cant, isnt it", 3),
        ("Not him nor her, neither of them, none.", 4),
        ("nope never, nowhere, no-one, cannot", 5),
        ("No one came.", 1),
        ("I know the knot, another notion, a nun, the north.", 0),
        ("Don’t. Won’t. Shouldn’t.", 3),  # typographic apostrophes
        ("Donʼt. Won´t. Shouldn`t.", 3),
        ("I wouldn't've gone.", 1),
    ],
)
def test_negations_are_counted_in_every_spelling(text: str, negations: int) -> None:
    assert counts(text)["negations"] == negations


@pytest.mark.parametrize(
    ("text", "hedges"),
    [
        ("Maybe it's nothing. Perhaps. Probably.", 3),
        ("I think he might come, I guess.", 3),
        ("I think of her. I think about it.", 0),
        ("It was kind of sad, sort of.", 2),
        ("What kind of man? That sort of man. How kind of you.", 0),
        ("I'm not sure. I'm not really sure.", 2),
        ("It sounds like it hurt. It seems so.", 2),
        ("He may leave. May I ask? May we stop?", 1),
        ("It was a bit late, or something.", 2),
        ("I want a bit of cake.", 0),
        ("I believe in him. I believe you. I believe so.", 1),
        ("I think. So what?", 1),
        ("I. Think again.", 0),  # no phrase reaches across a full stop
    ],
)
def test_hedges_count_where_they_hedge(text: str, hedges: int) -> None:
    assert counts(text)["hedges"] == hedges


def test_each_kind_of_function_word_is_counted_apart() -> None:
    found = counts("He gave it to the others because someone had never really told him all of this")
    assert {name: found[name] for name in STYLE_WORDS} == {
        "personal_pronouns": 2,  # he him
        "impersonal_pronouns": 4,  # it others someone this
        "articles": 1,  # the
        "conjunctions": 1,  # because
        "prepositions": 2,  # to of
        "auxiliary_verbs": 1,  # had
        "adverbs": 1,  # really
        "negations": 1,  # never
        "quantifiers": 1,  # all
    }


def test_a_contraction_counts_for_both_its_parts() -> None:
    found = counts("She's sure it's there's")
    assert (found["personal_pronouns"], found["impersonal_pronouns"]) == (1, 1)
    assert found["auxiliary_verbs"] == 3
    found = counts("don't")
    assert (found["auxiliary_verbs"], found["negations"]) == (1, 1)
