"""The act of a therapist turn, on invented lines that are not among the examples."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.markers.talk import spoken

from attunement.embedding import Encoder
from attunement.markers import ActClassifier
from attunement.tables import ACTS

BEFORE = "I had to give the talk in front of the whole department, and my voice went."

PLAIN = {
    "open_question": [
        "What was that like?",
        "How did the others react when you stopped?",
        "Can you tell me more about the talk?",
        "Walk me through the minute before you began.",
        "What would you want to be different next time?",
    ],
    "closed_question": [
        "Did anyone say something afterwards?",
        "How many people were there?",
        "Was your manager in the room?",
        "When is the next one?",
        "Is it the first time that this has happened to you?",
    ],
    "reflection": [
        "You felt exposed, with all of them looking at you.",
        "It sounds like it was humiliating for you.",
        "So your voice gave way right when it mattered.",
        "That must have been frightening.",
        "You had prepared so well, and then your body let you down.",
    ],
    "advice": [
        "Have you tried rehearsing it with a colleague?",
        "You could bring a glass of water next time.",
        "I'd suggest practising the first two sentences by heart.",
        "Why don't you ask for a smaller room?",
        "Try to breathe out slowly before you begin to speak.",
    ],
    "information": [
        "Stage fright is very common, and it is caused by adrenaline.",
        "I used to stammer myself when I was a student.",
        "Our sessions take fifty minutes, and we meet in this room.",
        "When we are afraid, the muscles around the larynx tense up, which makes the voice thin.",
    ],
    "other": [
        "Mm-hm.",
        "I see.",
        "Thank you so much for telling me.",
        "Good morning, nice to see you.",
        "Well done, that is wonderful!",
        "Goodbye, take care.",
    ],
}


def acts(classifier: ActClassifier, encoder: Encoder, turns: pl.DataFrame) -> list[str | None]:
    return classifier.predict(turns, encoder.encode(turns["text"].to_list()))["act"].to_list()


def act(classifier: ActClassifier, encoder: Encoder, text: str, *, before: str = BEFORE) -> str:
    (_, told) = acts(classifier, encoder, spoken(("p", before), ("t", text)))
    assert told is not None
    return told


@pytest.mark.parametrize(
    ("expected", "text"), [(name, text) for name, texts in PLAIN.items() for text in texts]
)
def test_a_plain_turn_of_each_kind(
    classifier: ActClassifier, encoder: Encoder, expected: str, text: str
) -> None:
    assert act(classifier, encoder, text) == expected


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("open_question", "That sounds awful. Your voice just left you. What did you do then?"),
        ("open_question", "Thank you for telling me. How do you feel about it now?"),
        ("closed_question", "You must have been mortified. Has it happened to you before?"),
        ("closed_question", "Oh, I'm sorry. How long did the talk take?"),
        ("advice", "It must have been awful for you. Have you thought of seeing a voice coach?"),
        ("advice", "I see. Perhaps you could ask your manager for a seat at the table instead."),
        ("advice", "You might hold the next one sitting down. What do you think?"),
        ("reflection", "I see. So you stood there, and no sound came out, and you felt ashamed."),
    ],
)
def test_in_a_mixed_turn_the_part_that_asks_something_decides(
    classifier: ActClassifier, encoder: Encoder, expected: str, text: str
) -> None:
    assert act(classifier, encoder, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "You were terrified, weren't you?",
        "It was all too much for you, isn't that right?",
        "So you lost your voice in front of all of them, is that correct?",
        "So you had been dreading it for weeks?",
    ],
)
def test_a_statement_with_a_tag_or_a_mark_is_a_reflection(
    classifier: ActClassifier, encoder: Encoder, text: str
) -> None:
    assert act(classifier, encoder, text) == "reflection"


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("open_question", "what happened after that"),
        ("open_question", "how did you feel when it happened"),
        ("closed_question", "did you tell anyone"),
        ("advice", "have you tried talking to your manager"),
    ],
)
def test_a_question_needs_no_question_mark(
    classifier: ActClassifier, encoder: Encoder, expected: str, text: str
) -> None:
    assert act(classifier, encoder, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "What if you told them beforehand that you are nervous?",
        "How about recording yourself once?",
        "Why not start with a smaller group?",
        "Have you considered joining a speakers' club?",
    ],
)
def test_advice_put_as_a_question_is_advice(
    classifier: ActClassifier, encoder: Encoder, text: str
) -> None:
    assert act(classifier, encoder, text) == "advice"


def test_typographic_apostrophes_and_capitals_change_nothing(
    classifier: ActClassifier, encoder: Encoder
) -> None:
    for straight in ("Why don't you ask for help?", "I'd suggest a break.", "You couldn't speak."):
        curly = straight.replace("'", "’")
        assert act(classifier, encoder, curly) == act(classifier, encoder, straight)


def test_patient_turns_have_no_act_and_rows_stay_in_order(
    classifier: ActClassifier, encoder: Encoder
) -> None:
    turns = spoken(("t", "Hello."), ("p", "Should I begin?"), ("t", "Did you sleep?"), ("p", "No."))
    told = classifier.predict(turns, encoder.encode(turns["text"].to_list()))
    assert told.schema == {
        "session_id": pl.String,
        "turn": pl.Int32,
        "act": pl.String,
        "act_probability": pl.Float64,
    }
    assert told["turn"].to_list() == [0, 1, 2, 3]
    assert told["act"].to_list() == ["other", None, "closed_question", None]
    assert told["act_probability"].is_null().to_list() == [False, True, False, True]


def test_the_probability_is_that_of_the_likeliest_of_six(
    classifier: ActClassifier, encoder: Encoder
) -> None:
    turns = spoken(*(("t", text) for texts in PLAIN.values() for text in texts))
    told = classifier.predict(turns, encoder.encode(turns["text"].to_list()))
    assert told["act_probability"].is_between(1 / len(ACTS), 1).all()


def test_sessions_beside_it_and_their_order_change_no_turns_act(
    classifier: ActClassifier, encoder: Encoder
) -> None:
    sessions = [
        spoken(("p", BEFORE), ("t", text), ("p", "Yes."), ("t", texts[-1]), session=f"{name}{n}")
        for name, texts in PLAIN.items()
        for n, text in enumerate(texts)
    ]
    together, turned = pl.concat(sessions), pl.concat(sessions[::-1])
    predicted = [
        classifier.predict(turns, encoder.encode(turns["text"].to_list())).sort(
            "session_id", "turn"
        )
        for turns in (together, turned)
    ]
    alone = pl.concat(
        [classifier.predict(one, encoder.encode(one["text"].to_list())) for one in sessions]
    ).sort("session_id", "turn")
    for other in (predicted[1], alone):
        assert predicted[0].drop("act_probability").equals(other.drop("act_probability"))
        np.testing.assert_allclose(
            predicted[0]["act_probability"].drop_nulls(),
            other["act_probability"].drop_nulls(),
            atol=1e-5,
        )


def test_what_the_patient_said_last_counts_and_what_was_said_earlier_does_not(
    classifier: ActClassifier, encoder: Encoder
) -> None:
    text = "The talk went wrong in front of the department."
    probabilities = []
    for first, last in ((BEFORE, "Okay."), ("Okay.", BEFORE), ("My cat is ill.", BEFORE)):
        turns = spoken(("p", first), ("t", "Mm."), ("p", last), ("t", text))
        told = classifier.predict(turns, encoder.encode(turns["text"].to_list()))
        probabilities.append(told["act_probability"][3])
    assert probabilities[0] != pytest.approx(probabilities[1], abs=1e-4)
    assert probabilities[1] == pytest.approx(probabilities[2], abs=1e-6)


def test_learning_again_gives_the_same_weights(encoder: Encoder, classifier: ActClassifier) -> None:
    again = ActClassifier().fit(encoder)
    assert np.array_equal(again.model_.coef_, classifier.model_.coef_)


def test_the_constructor_only_stores() -> None:
    made = ActClassifier(embedding_weight=1.5, inverse_penalty=2.0)
    assert vars(made) == {"embedding_weight": 1.5, "inverse_penalty": 2.0}


@pytest.mark.parametrize("text", ["?", "!!!", "...", "🙂", "12", "a" * 5_000, "So. " * 2_000])
def test_odd_turns_are_told_something(
    classifier: ActClassifier, encoder: Encoder, text: str
) -> None:
    assert act(classifier, encoder, text) in ACTS


def test_sessions_without_a_therapist_and_without_turns(
    classifier: ActClassifier, encoder: Encoder
) -> None:
    turns = spoken(("p", "Is anyone there?"))
    assert acts(classifier, encoder, turns) == [None]
    nothing = classifier.predict(turns.clear(), np.zeros((0, encoder.dimension), np.float32))
    assert nothing.height == 0
    assert nothing.columns == ["session_id", "turn", "act", "act_probability"]
