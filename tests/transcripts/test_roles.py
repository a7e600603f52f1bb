from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from attunement.errors import DataError
from attunement.transcripts import Corpus, ReadOptions
from attunement.transcripts._roles import default_role

Write = Callable[..., Path]


def roles(path: Path, options: ReadOptions | None = None) -> list[str]:
    (session,) = Corpus([path], options)
    return [turn.role for turn in session.turns]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Client", "patient"),
        ("CLIENT_02:", "patient"),
        ("help-seeker", "patient"),
        ("*PAR", "patient"),
        ("p.", "patient"),
        ("Patient #3", "patient"),
        ("Counsellor", "therapist"),
        ("Dr.", "therapist"),
        ("T1", "therapist"),
        ("[INV]", "therapist"),
        ("Therapist (Bee)", "therapist"),
        ("Anna (Patient)", "patient"),
        ("Mother", "other"),
        ("Dr Bee", None),
        ("SPEAKER_00", None),
        ("Anna", None),
        ("theresa", None),
        ("", None),
        ("(" * 100_000, None),
    ],
)
def test_default_names(name: str, role: str | None) -> None:
    assert default_role(name) == role


@pytest.mark.parametrize(("one", "two"), [("SPEAKER_00", "SPEAKER_01"), ("Anna", "Dr Bee")])
def test_unknown_names_are_asked_for_by_name(one: str, two: str, write: Write) -> None:
    path = write("a.txt", f"{one}: Hello.\n{two}: Hi.\n")
    with pytest.raises(DataError) as error:
        roles(path)
    assert f'"{one}", "{two}"' in str(error.value)
    assert "--patient NAME --therapist NAME" in str(error.value)


def test_the_users_names_tell_who_is_who(write: Write) -> None:
    path = write("a.txt", "SPEAKER_00: Hello.\nSPEAKER_01: Hi.\n")
    options = ReadOptions(patient=("speaker_01",), therapist=("SPEAKER_00",))
    assert roles(path, options) == ["therapist", "patient"]


def test_a_users_name_is_not_taken_for_one_that_differs_in_its_number(write: Write) -> None:
    path = write("a.csv", "role,text\nS1,Hello.\nS2,Hi.\nS3,Hm.\n")
    options = ReadOptions(patient=("S1",), therapist=("S2",))
    assert roles(path, options) == ["patient", "therapist", "other"]


def test_the_users_names_win_over_the_default_ones(write: Write) -> None:
    path = write("a.json", '[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]')
    options = ReadOptions(patient=("assistant",), therapist=("user",))
    assert roles(path, options) == ["therapist", "patient"]


def test_where_the_users_therapist_speaks_a_doctor_is_a_third_person(write: Write) -> None:
    path = write("a.txt", "Bee: Hello.\nClient: Hi.\nDoctor: Good morning.\n")
    assert roles(path, ReadOptions(therapist=("Bee",))) == ["therapist", "patient", "other"]


def test_where_the_users_therapist_is_absent_the_default_names_count(write: Write) -> None:
    path = write("a.txt", "T: Hello.\nClient: Hi.\n")
    assert roles(path, ReadOptions(therapist=("Bee",))) == ["therapist", "patient"]


def test_one_known_side_is_not_enough_to_guess_the_other(write: Write) -> None:
    path = write("a.txt", "Therapist: Hello.\nAnna: Hi.\n")
    with pytest.raises(DataError, match=r'who is the patient: .* "Anna"'):
        roles(path)


def test_a_mother_is_not_taken_for_the_missing_patient(write: Write) -> None:
    path = write("a.txt", "Therapist: How is she?\nMother: Better.\n")
    assert roles(path) == ["therapist", "other"]


def test_a_third_speaker_is_kept_as_other(write: Write) -> None:
    path = write(
        "a.csv", "role,text\ntherapist,Hello.\nclient,Hi.\nMia,Can I come in?\nclient,No.\n"
    )
    (session,) = Corpus([path])
    assert [(t.role, t.speaker) for t in session.turns] == [
        ("therapist", None),
        ("patient", "client"),
        ("other", "Mia"),
        ("patient", "client"),
    ]


def test_names_that_are_text_are_not_quoted(write: Write) -> None:
    secret = "I have never told anybody what happened on that evening"
    rows = "".join(f"{secret} {n},x\n" for n in range(30))
    with pytest.raises(DataError, match="30 different speakers") as error:
        roles(write("a.csv", "role,text\n" + rows))
    assert secret not in str(error.value)
    with pytest.raises(DataError) as error:
        roles(write("b.csv", f"role,text\n{secret},x\n"))
    assert secret not in str(error.value)


def test_speakers_of_one_unknown_role_are_listed_by_what_tells_them_apart(write: Write) -> None:
    header = "@Begin\n@Participants:\tSP1 Speaker, SP2 Speaker\n"
    path = write("a.cha", f"{header}*SP1:\thello .\n*SP2:\thi .\n@End\n")
    with pytest.raises(DataError, match='"SP1", "SP2"'):
        roles(path)
    assert roles(path, ReadOptions(patient=("SP1",), therapist=("SP2",))) == [
        "patient",
        "therapist",
    ]


def test_a_column_of_participants_codes_does_not_make_everybody_a_patient(write: Write) -> None:
    path = write("a.csv", "participant,speaker,text\nP01,Therapist,a\nP01,Client,b\n")
    assert roles(path) == ["therapist", "patient"]
