"""CHAT transcripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pylangacq
import pytest

from attunement.errors import DataError
from attunement.transcripts import Corpus, Turn
from attunement.transcripts.readers.chat import words

Write = Callable[..., Path]

FILE = (
    "@UTF8\n@Begin\n@Languages:\teng\n"
    "@Participants:\tCLI Anna Client, THE Therapist,\n\tMOT Mother\n"
    "@ID:\teng|ours|CLI|||||Client|||\n@ID:\teng|ours|THE|||||Therapist|||\n"
    "@ID:\teng|ours|MOT|||||Mother|||\n"
    "*THE:\thow was the\n\tweek ? \x15100_2500\x15\n%com:\tpoints at the calendar\n"
    "*CLI:\tI &-um <I could> [/] I couldn't [: could not] sleep . \x152600_4000\x15\n"
    "*CLI:\txxx . \x154100_5000\x15\n@Comment:\ta pause\n"
    "*MOT:\t&=sighs she (be)gan well +...\n@End\n"
)


def test_roles_of_client_and_therapist_are_read(write: Write) -> None:
    (session,) = Corpus([write("a.cha", FILE)])
    assert session.turns == (
        Turn(0, "therapist", "how was the week?", speaker="THE", start=0.1, end=2.5),
        Turn(1, "patient", "I um I could I could not sleep.", speaker="CLI", start=2.6, end=5.0),
        Turn(2, "other", "she began well...", speaker="MOT"),
    )


def test_speakers_and_tiers_agree_with_another_reader() -> None:
    """Against pylangacq, with strict parsing off: strict, it refuses the role Client."""
    with pytest.raises(ValueError, match="invalid role: Client"):
        pylangacq.CHAT.from_strs([FILE], strict=True)
    other = pylangacq.CHAT.from_strs([FILE], strict=False)

    assert [(p.code, p.role) for p in other.participants()] == [
        ("CLI", "Client"),
        ("THE", "Therapist"),
        ("MOT", "Mother"),
    ]
    tiers = [
        (u.participant, words(u.tiers[u.participant]))
        for u in other.utterances()
        if u.tiers is not None and u.participant is not None
    ]
    assert tiers == [
        ("THE", "how was the week?"),
        ("CLI", "I um I could I could not sleep."),
        ("CLI", ""),
        ("MOT", "she began well..."),
    ]


@pytest.mark.parametrize(
    ("tier", "heard"),
    [
        ("first <one> [/] second half . \x15200_300\x15", "first one second half."),
        ("<I wanted> [//] I need &+fr friend .", "I wanted I need fr friend."),
        ("unmatched <bracket [= and then more .", "unmatched bracket [= and then more."),
        ("+< yeah , ‡ okay „ right ? [+ exc]", "yeah, okay, right?"),
        ("dunno@u &=laughs but +/.", "dunno but."),
        ("he goed [: went] [* m:=ed] home .", "he went home."),
        ("<she said> [: she told me] yes !", "she told me yes!"),
        ("so:: no^t ↑really ⌈ yes ⌉ .", "so not really yes."),
        ("(1.5) well-being in New_York (..) at 10:30 .", "well-being in New York at 10:30."),
        ("0is he 0 there [% looks up] .", "he there."),
        ("0 .", ""),
        ("www .", ""),
        ("yyy xxx !", ""),
    ],
)
def test_codes_go_and_the_words_heard_stay(tier: str, heard: str) -> None:
    assert words(tier) == heard


@pytest.mark.parametrize("mark", ["[", "<", "(", " ", "\x15", "&", ":", "x [: ", ", ", "„ "])
def test_long_runs_of_one_mark_are_cleaned_in_no_time(mark: str) -> None:
    words(mark * 100_000)


def test_a_file_without_main_tiers_is_refused(write: Write) -> None:
    with pytest.raises(DataError, match="no main tier"):
        list(Corpus([write("a.cha", "@UTF8\n@Begin\n@End\n")]))


def test_codes_stand_for_roles_where_no_header_names_them(write: Write) -> None:
    (session,) = Corpus([write("a.cha", "*INV:\thello .\n*PAR:\thi .\n")])
    assert [t.role for t in session.turns] == ["therapist", "patient"]
