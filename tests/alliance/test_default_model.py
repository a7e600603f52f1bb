"""The default estimator with the default model, on turns that are in no bank.

The model is put into the cache by the test set-up (`attunement models pull`).
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.alliance import COLUMNS, Contrast, Scorer
from attunement.embedding import open_encoder
from attunement.instruments import load_anchors
from attunement.tables import ALLIANCE, ROLES, SCALES, Role, Scale
from attunement.transcripts import Session, Turn

PAIRS: dict[tuple[Role, Scale], tuple[tuple[str, str], tuple[str, str]]] = {
    ("patient", "task"): (
        (
            "I tried the timer you showed me and I finished two reports, so I'll keep using it.",
            "I set the timer you showed me and it was a waste of an afternoon.",
        ),
        (
            "Listing both sides like this is really clearing things up for me.",
            "Another list. I don't see how lists are going to fix my marriage.",
        ),
    ),
    ("patient", "bond"): (
        (
            "I trust you with this, and I don't say that about many people.",
            "You're only nice to me because they pay you for it.",
        ),
        (
            "It means a lot that you remembered my daughter's name.",
            "You called me by someone else's name again. I don't think you care who I am.",
        ),
    ),
    ("patient", "goal"): (
        (
            "What we're working towards, me living on my own again, is just what I want.",
            "You want me to go back to work. That was never what I came for.",
        ),
        (
            "Yes, getting closer to my son again is exactly what I'd like out of this.",
            "I couldn't tell you what we are trying to achieve here, honestly.",
        ),
    ),
    ("therapist", "task"): (
        (
            "Shall we rehearse the phone call together first and see which part feels hard?",
            "Just make the phone call. There's really nothing to rehearse.",
        ),
        (
            "You stuck with the sleep log all week. What did you notice from it?",
            "You left the log at home again, so there's nothing we can do today.",
        ),
    ),
    ("therapist", "bond"): (
        (
            "That must have hurt so much, and I'm glad you didn't keep it to yourself here.",
            "Other people have it far worse, so let's not make a drama of it.",
        ),
        (
            "I'm touched that you told me. Take all the time you need.",
            "You're not being very honest with me, are you?",
        ),
    ),
    ("therapist", "goal"): (
        (
            "If this goes well for you, what would you like to be different by the summer?",
            "I've already decided what your aim should be, and it isn't that.",
        ),
        (
            "So we both see it: the aim is for you to drive on the motorway again. Is that right?",
            "What you want is neither here nor there. The plan has been set.",
        ),
    ),
}
"""Strong before weak, two pairs a cell; none of them in the bank."""

NEUTRAL: dict[Role, tuple[str, ...]] = {
    "patient": (
        "My sister lives about an hour from here.",
        "It was raining on Tuesday, so I took the bus.",
        "I work in the warehouse, mostly mornings.",
        "He's fourteen and she's just turned nine.",
        "I usually have dinner around seven.",
        "We moved there in 2015, I think.",
    ),
    "therapist": (
        "How old is your brother?",
        "Which day was that?",
        "And how long have you lived there?",
        "So that was before you changed jobs.",
        "Was your mother there as well?",
        "What time do you usually get up?",
    ),
}

RESOLVE_AND_CALM = (
    "I've decided. I'm going to do it tonight.",
    "I've made up my mind. I know what I need to do.",
    "I feel at peace, everything is sorted and I've said goodbye to everyone.",
    "I feel calm now. I've decided.",
)
"""What a person may say who has resolved to die: nothing in it is about the alliance."""

Numbers = NDArray[np.float64]


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer(estimators=[Contrast()], encoder=open_encoder()).fit()


def scores(scorer: Scorer, role: Role, texts: tuple[str, ...], column: str) -> Numbers:
    turns = tuple(Turn(turn=n, role=role, text=text) for n, text in enumerate(texts))
    table = scorer.score([Session(session_id="s", turns=turns)]).scores
    return table[column].to_numpy()


def test_the_held_out_turns_are_not_in_the_bank() -> None:
    bank = {anchor.text.casefold() for anchor in load_anchors().anchors}
    held_out = [text for cell in PAIRS.values() for pair in cell for text in pair]
    assert not bank.intersection(text.casefold() for text in held_out)
    assert not bank.intersection(text.casefold() for role in ROLES for text in NEUTRAL[role])


def test_a_turn_of_a_strong_alliance_scores_above_its_opposite_on_its_own_scale(
    scorer: Scorer,
) -> None:
    wrong = [
        pair
        for (role, scale), cell in PAIRS.items()
        for pair in cell
        if np.diff(scores(scorer, role, pair, scale)) >= 0
    ]
    assert len(wrong) <= 1, wrong


@pytest.mark.parametrize("role", ROLES)
def test_small_talk_lies_between_what_is_said_in_strong_and_in_weak_alliances(
    scorer: Scorer, role: Role
) -> None:
    # On the whole, not on each scale: to speak of the alliance at all, even to complain of it,
    # can raise a scale above small talk.
    cells = [pair for scale in SCALES for pair in PAIRS[role, scale]]
    strong, weak = zip(*cells, strict=True)
    neutral = scores(scorer, role, NEUTRAL[role], ALLIANCE).mean()
    assert scores(scorer, role, weak, ALLIANCE).mean() < neutral
    assert neutral < scores(scorer, role, strong, ALLIANCE).mean()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("scale", SCALES)
def test_what_is_said_in_a_strong_alliance_scores_above_small_talk_on_its_own_scale(
    scorer: Scorer, role: Role, scale: Scale
) -> None:
    strong = tuple(pair[0] for pair in PAIRS[role, scale])
    neutral = scores(scorer, role, NEUTRAL[role], scale).mean()
    assert neutral < scores(scorer, role, strong, scale).mean()


@pytest.mark.parametrize("text", RESOLVE_AND_CALM)
def test_resolve_and_calm_alone_are_not_taken_for_a_moment_of_strong_alliance(
    scorer: Scorer, text: str
) -> None:
    # They do read as strength (docs/method.md), but must stay below what plain thanks score.
    resolve, thanks = scores(scorer, "patient", (text, "Thank you, that helped."), ALLIANCE)
    assert resolve < 1.75
    assert resolve < thanks


def test_every_column_of_every_turn_is_a_number(scorer: Scorer) -> None:
    for column in COLUMNS:
        assert np.isfinite(scores(scorer, "patient", RESOLVE_AND_CALM, column)).all()
