"""What a preview says is what comes of an upload, and nobody's words are kept as another's."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.web.clinic import Clinic
from tests.web.uploads.test_uploads import TALK, UNNAMED, Files, packed, sent, upload
from tests.web.waiting import finished

from attunement.web.dashboard._uploading import for_page
from attunement.wire import MOST_CHARACTERS


def looked(client: TestClient, files: Files, fields: dict[str, Any] | None = None) -> Any:
    answer = client.post("/api/v1/uploads/preview", files=sent(files), data=fields or {})
    assert answer.status_code == 200, answer.text
    return answer.json()


def shown(client: TestClient, files: Files) -> tuple[str, str]:
    """Give the page's preview and the upload's id."""
    page = html.unescape(client.post("/upload", files=sent(files)).text)
    found = re.search(r'hx-post="/upload/(\w+)/preview"', page)
    return page, found[1] if found else ""


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="(.*?)">', page)
    assert found is not None
    return found[1]


def test_a_preview_refuses_what_would_not_be_kept_and_knows_what_is(clinic: Clinic) -> None:
    upload(clinic.supervisor, {"first.txt": TALK.encode(), "second.txt": TALK.encode()})
    files = {
        "first.txt": TALK.encode(),
        "second.txt": (TALK + "T: One more.\n").encode(),
        "third.txt": TALK.encode(),
        "wordy.txt": f"T: Go on.\nP: {'a' * (MOST_CHARACTERS + 1)}\n".encode(),
    }
    found = {one["session_id"]: one for one in looked(clinic.supervisor, files)["sessions"]}
    assert {name: one["known"] for name, one in found.items()} == {
        "first": True,
        "second": False,
        "third": False,
        "wordy": False,
    }
    told = {name: one["problem"]["problem"] for name, one in found.items() if one["problem"]}
    assert sorted(told) == ["second", "wordy"]
    job = upload(clinic.supervisor, files)
    kept = {one["label"]: one["status"] for one in job["result"]["sessions"]}
    assert kept == {"first": "known", "third": "stored"}
    assert sorted(one["problem"] for one in job["result"]["problems"]) == sorted(told.values())


def test_turns_that_become_too_long_by_being_joined_are_refused_in_the_preview(
    clinic: Clinic,
) -> None:
    half = "a" * (MOST_CHARACTERS // 2 + 1)
    files = {"a.txt": f"T: Go on.\nP: {half}\nP: {half}\n".encode()}
    [joined] = looked(clinic.supervisor, files)["sessions"]
    assert "a turn is longer" in joined["problem"]["problem"]
    [apart] = looked(clinic.supervisor, files, {"merge": "false"})["sessions"]
    assert apart["problem"] is None


def test_a_preview_says_what_check_says(clinic: Clinic) -> None:
    files = {
        "old.txt": "T: Où étiez-vous\xa0?\nP: À la maison.\n".encode("cp1252"),
        "talk.zip": packed(
            {
                "long.txt": f"T: Go on.\nP: {'word ' * 2_000}\n".encode(),
                "sessions.csv": b"session_id,number\nlong,1\nnobody,2\n",
            }
        ),
    }
    found = looked(clinic.supervisor, files)
    notes = {one["session_id"]: [n["issue"] for n in one["notes"]] for one in found["sessions"]}
    assert notes == {"old": ["guessed encoding"], "long": ["long turn"]}
    [unmatched] = found["notes"]
    assert (unmatched["file"], unmatched["line"]) == ("talk.zip/sessions.csv", 3)
    page, _ = shown(clinic.supervisor, files)
    for words in ("guessed encoding", "long turn", "unmatched row"):
        assert words in page


def test_notes_of_a_file_that_is_odd_on_every_line_have_an_end(clinic: Clinic) -> None:
    empty = "".join("T: Well?\nP:\n" for _ in range(200))
    [session] = looked(clinic.supervisor, {"odd.txt": empty.encode()})["sessions"]
    assert len(session["notes"]) == 21
    assert "180 more" in session["notes"][-1]["detail"]


def test_two_speakers_on_one_side_are_warned_of_before_and_after(clinic: Clinic) -> None:
    client, files = clinic.supervisor, {"two.txt": UNNAMED.encode()}
    page, upload_id = shown(client, files)
    mapped = {"speaker": ["patient=Anna", "patient=Bee"], "seen": seen(page)}
    changed = client.post(f"/upload/{upload_id}", data=mapped, headers={"HX-Request": "true"})
    assert changed.status_code == 200, "what was changed since is looked at before it is kept"
    again = html.unescape(changed.text)
    assert "You have changed who is who" in again
    assert "All words are taken for one side's" in again
    assert "no turn is the therapist's" in again
    assert client.get("/api/v1/sessions").json()["sessions"] == []
    read = client.post(f"/upload/{upload_id}", data={**mapped, "seen": seen(again)})
    assert read.status_code == 303
    [note] = finished(client, upload_id)["result"]["notes"]
    assert note.startswith("In 1 session no turn is the therapist's")


def test_sides_that_are_told_apart_are_not_warned_of(clinic: Clinic) -> None:
    client = clinic.supervisor
    page, upload_id = shown(client, {"two.txt": UNNAMED.encode()})
    mapped = {"speaker": ["patient=Anna", "therapist=Bee"], "seen": seen(page)}
    again = html.unescape(client.post(f"/upload/{upload_id}/preview", data=mapped).text)
    assert "one side's" not in again
    assert "Read 1 session into" in again
    assert client.post(f"/upload/{upload_id}", data={**mapped, "seen": seen(again)}).is_redirect
    assert finished(client, upload_id)["result"]["notes"] == []


def test_a_page_names_what_stands_on_it(clinic: Clinic) -> None:
    page, _ = shown(clinic.supervisor, {"two.txt": UNNAMED.encode()})
    assert "in the table of speakers" in page
    assert "fields patient and therapist" not in page
    assert "into the caseload" not in page, "there is nothing to read yet"
    alone, _ = shown(clinic.supervisor, {"photo.jpg": b"\xff\xd8\xff"})
    assert "no transcript found in the upload" in alone
    assert "they are no transcripts: photo.jpg" in alone
    assert ".:" not in re.sub(r"<[^>]*>", "", alone)
    for mend in (
        "Is the role column right? Name it in the field columns, as role=NAME, or say who is who "
        "in the fields patient and therapist",
        "Name it in the field columns, as session_id=NAME",
    ):
        assert "field " not in for_page(mend)
        assert "NAME" not in for_page(mend)
    assert for_page("Say who is who in the fields patient and therapist", again=True).endswith(
        "when you upload it again"
    )


DATED = {
    "iso.txt": ("2026-03-02", datetime(2026, 3, 2, 12, tzinfo=UTC)),
    "zone.txt": ("2026-03-02T00:30:00+02:00", datetime(2026, 3, 1, 22, 30, tzinfo=UTC)),
    "bare.txt": ("2026-03-02 09:15", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
}
UNDATED = {"slash.txt": "03/02/2026", "ahead.txt": "2199-01-01", "empty.txt": ""}


@pytest.mark.parametrize("column", ["date", "Held_at"])
def test_sessions_csv_says_when_sessions_were_held_and_what_it_does_not_is_not_made_up(
    clinic: Clinic, column: str
) -> None:
    client = clinic.supervisor
    said = {name: text for name, (text, _) in DATED.items()} | UNDATED
    rows = "".join(f"{name},P-7,{text}\n" for name, text in said.items())
    members = {name: TALK.encode() for name in said}
    files = {
        "all.zip": packed({**members, "sessions.csv": f"file,patient_id,{column}\n{rows}".encode()})
    }
    found = {one["session_id"]: one for one in looked(client, files)["sessions"]}
    assert {name for name, one in found.items() if one["held_at"]} == {"iso", "zone", "bare"}
    odd = {name for name, one in found.items() if "no date" in str(one["notes"])}
    assert odd == {"slash", "ahead"}
    job = upload(client, files)
    [note] = job["result"]["notes"]
    assert note.startswith("The date of 2 sessions was not taken")
    kept = {one["label"]: one for one in client.get("/api/v1/sessions").json()["sessions"]}
    for name, (_, moment) in DATED.items():
        held = datetime.fromisoformat(kept[name.removesuffix(".txt")]["held_at"])
        assert held == moment
    page = client.get(f"/patients/{kept['iso']['patient_id']}").text
    assert page.count(">2 Mar 2026<") == 2
    assert page.count("uploaded <time") == len(UNDATED)
    assert "oldest first" not in page
    assert "<dt>Uploaded</dt>" in client.get(f"/sessions/{kept['slash']['id']}").text
    assert "<dt>Held</dt>" in client.get(f"/sessions/{kept['iso']['id']}").text


def test_a_single_session_is_given_its_day_on_the_page(clinic: Clinic) -> None:
    client = clinic.supervisor
    page, upload_id = shown(client, {"one.txt": TALK.encode()})
    assert 'name="held_on"' in page
    form = {"seen": seen(page), "held_on": "2026-03-02"}
    assert client.post(f"/upload/{upload_id}", data=form).status_code == 303
    [told] = finished(client, upload_id)["result"]["sessions"]
    assert "2 Mar 2026" in client.get(f"/sessions/{told['id']}").text
    two, _ = shown(client, {"one.txt": TALK.encode(), "two.txt": TALK.encode()})
    assert 'name="held_on"' not in two
