"""What is read of chats before anything is counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from attunement.audit import Remembering, read_chats
from attunement.embedding import CachedEncoder, VectorCache, open_encoder
from attunement.transcripts import Session, SpeakerRole, Turn

ENGLISH = ("I think my boss hates me and that I will be fired.", "What did he say to you?")
SHORT_GERMAN = ("Ich kann seit Wochen nicht schlafen.", "Das klingt sehr anstrengend.")
LONG_GERMAN = (
    "Ich habe viel darüber nachgedacht, aber ich konnte es nicht wirklich ändern, und meine "
    "Schwester versteht überhaupt nicht, warum ich so traurig bin und nicht mehr anrufe.",
    "Das klingt, als wären Sie sehr müde geworden von dem ständigen Versuchen, und als wären "
    "Sie damit ganz allein.",
)


@pytest.fixture(scope="module")
def encoder() -> Iterator[Remembering]:
    with closing(VectorCache()) as cache:
        yield Remembering(CachedEncoder(open_encoder(), cache))


def chat(name: str, *said: str) -> Session:
    sides: tuple[SpeakerRole, SpeakerRole] = ("patient", "therapist")
    turns = tuple(Turn(turn=n, role=sides[n % 2], text=text) for n, text in enumerate(said))
    return Session(session_id=name, turns=turns)


def test_a_short_chat_is_of_its_own_words_language_whatever_the_others_are(
    encoder: Remembering,
) -> None:
    among_germans = read_chats(
        [chat("long", *LONG_GERMAN), chat("english", *ENGLISH), chat("german", *SHORT_GERMAN)],
        encoder,
    )
    told = dict(among_germans.english.select("session_id", "english").rows())
    assert told == {"long": False, "english": True, "german": False}
