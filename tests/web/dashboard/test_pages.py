"""Pages as they are answered, without a browser."""

from __future__ import annotations

import html
import json
import re

import pytest
from tests.web.clinic import Clinic

from attunement.live import Listener
from attunement.tables import Role
from attunement.transcripts import Session, Turn
from attunement.web._service import Service
from attunement.web.accounts import read_audit
from attunement.web.sessions import HeardTurn, SessionStore, SessionView

SAID: tuple[tuple[Role, str], ...] = (
    ("patient", "I don't see the point of this."),
    ("therapist", "What would make it worth your while?"),
    ("patient", "You never listen to me."),
    ("therapist", "I want to. Tell me again?"),
    ("patient", "It is about my sister."),
)


@pytest.fixture
def session(service: Service, clinic: Clinic, listener: Listener) -> SessionView:
    """A closed session of the therapist's."""
    caller = clinic.callers["therapist"]
    turns = tuple(Turn(turn=n, role=role, text=text) for n, (role, text) in enumerate(SAID))
    states = listener.batch(Session(session_id="s", turns=turns))
    with service.database.of(clinic.organisation_id) as db:
        store = SessionStore(db, service.vault, caller)
        view = store.create(patient="P1", estimator=service.listening.estimator, label="Monday")
        store.append(
            view.id, [HeardTurn(str(t.turn), t, s) for t, s in zip(turns, states, strict=True)]
        )
        return store.close(view.id)


def test_a_therapist_rates_their_own_session_before_they_see_it(
    clinic: Clinic, session: SessionView
) -> None:
    address = f"/sessions/{session.id}"
    first = clinic.therapist.get(address).text
    assert "Rate it before you see" in first
    assert "my sister" not in first
    assert "data-chart" not in first
    assert "my sister" in clinic.therapist.get(address, params={"unrated": "1"}).text
    assert "my sister" in clinic.supervisor.get(address).text
    rated = clinic.therapist.post(f"{address}/rating", data={"task": "6", "bond": "2"})
    assert rated.status_code == 303
    then = clinic.therapist.get(address).text
    assert "my sister" in then
    assert "Therapist-rated" in then


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({}, "Answer at least one question"),
        ({"task": "8"}, "Answers go from 1 to 7"),
        ({"task": "nan"}, "Totals are numbers"),
        ({"form_alliance": "40"}, "Choose the questionnaire"),
        ({"instrument": "WAI-SR", "form_alliance": "4000"}, "4000"),
    ],
)
def test_what_is_no_rating_is_refused_and_nothing_kept(
    clinic: Clinic, session: SessionView, form: dict[str, str], problem: str
) -> None:
    answer = clinic.supervisor.post(f"/sessions/{session.id}/rating", data=form)
    assert answer.status_code == 422
    assert problem in html.unescape(answer.text)
    assert "Therapist-rated" not in answer.text


def test_reading_turn_by_turn_is_one_reading_in_the_audit(
    service: Service, clinic: Clinic, session: SessionView
) -> None:
    clinic.supervisor.get(f"/sessions/{session.id}")
    for turn in range(4):
        shown = clinic.supervisor.get(f"/sessions/{session.id}/turn", params={"turn": turn}).text
        assert SAID[turn][1] in html.unescape(re.sub("</?mark>", "", shown))
    with service.database.of(clinic.organisation_id) as db:
        read = read_audit(db, limit=50, action="session.read")
    assert [one.object_id for one in read] == [session.id]


def test_a_turn_that_is_not_there_is_not_found(clinic: Clinic, session: SessionView) -> None:
    answer = clinic.supervisor.get(f"/sessions/{session.id}/turn", params={"turn": 5})
    assert answer.status_code == 404


def test_the_charts_hold_every_scored_turn_and_the_badges_of_the_list(
    clinic: Clinic, session: SessionView
) -> None:
    page = clinic.supervisor.get(f"/sessions/{session.id}").text
    found = re.search(
        r'<script type="application/json" id="charts">(.*?)</script>', page, re.DOTALL
    )
    assert found is not None
    given = json.loads(found[1])
    rows = given["rows"]["alliance"]
    assert [(row["turn"], row["role"]) for row in rows] == [
        (n, role) for n, (role, _) in enumerate(SAID)
    ]
    assert given["final"] == len(SAID) - 1
    listed = re.findall(r'class="badge" aria-hidden="true">(\d+)</span>', page)
    assert [badge["number"] for badge in given["alarms"]] == listed
    assert 2 in [badge["turn"] for badge in given["alarms"]]


def test_the_words_that_raised_an_alarm_are_marked_in_the_turn(
    clinic: Clinic, session: SessionView
) -> None:
    page = clinic.supervisor.get(f"/sessions/{session.id}/turn", params={"turn": 2}).text
    assert "<mark>You never listen to me</mark>" in page


def test_forms_send_back_to_our_own_pages_only(clinic: Clinic, session: SessionView) -> None:
    alarms = clinic.supervisor.get(f"/api/v1/alarms?session_id={session.id}").json()["alarms"]
    for place, wanted in (
        ("//evil.example", "/"),
        ("https://evil.example/", "/"),
        (f"/sessions/{session.id}", f"/sessions/{session.id}"),
    ):
        answer = clinic.supervisor.post(f"/alarms/{alarms[0]['id']}/seen", data={"back": place})
        assert (answer.status_code, answer.headers["location"]) == (303, wanted)


def test_no_page_holds_script_or_style_of_its_own(clinic: Clinic, session: SessionView) -> None:
    for address in (
        "/",
        "/upload",
        "/conditions",
        "/sessions/new",
        "/erasures",
        f"/sessions/{session.id}",
        f"/patients/{session.patient_id}",
    ):
        page = clinic.admin.get(address).text
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page), address
        for script in re.findall(r"<script[^>]*>", page):
            assert "src=" in script or 'type="application/json"' in script, address


def test_a_turn_posted_twice_by_hand_is_one_turn(service: Service, clinic: Clinic) -> None:
    begun = clinic.therapist.post("/sessions/new", data={"patient": "P2"})
    address = begun.headers["location"].removesuffix("/live")
    form = {"turn_id": "page-1", "number": "0", "role": "patient", "text": "It was better."}
    for _ in range(2):
        assert clinic.therapist.post(f"{address}/live/turns", data=form).status_code == 303
    now = clinic.therapist.get(f"{address}/now").text
    assert now.count("It was better.") == 1
    late = clinic.therapist.post(
        f"{address}/live/turns", data={**form, "turn_id": "page-2", "text": "And then"}
    )
    assert "1 is expected" in late.text
    assert 'name="number" value="1"' in late.text
    assert "And then" in late.text


def test_nothing_inferred_is_listed_before_a_therapist_has_rated_or_opened_a_session(
    clinic: Clinic, session: SessionView
) -> None:
    lists = ("/", f"/patients/{session.patient_id}")
    for address in lists:
        own = clinic.therapist.get(address).text
        assert "rate it first" in own
        assert "never listen" not in own
        assert "inferred-patient starts" not in own
        assert "Confrontation</span>" not in own
        assert "chip alarm" not in own
        others = clinic.supervisor.get(address).text
        assert "rate it first" not in others
        assert "chip alarm" in others
    for status in ("alarms", "confrontation", "down"):
        found = clinic.therapist.post("/", data={"status": status}).text
        assert "0 of 0 (of 1 in all)" in found
    clinic.therapist.get(f"/sessions/{session.id}", params={"unrated": "1"})
    for address in lists:
        own = clinic.therapist.get(address).text
        assert "rate it first" not in own
        assert "chip alarm" in own
    clinic.therapist.post(f"/sessions/{session.id}/rating", data={"task": "6"})
    assert "after seeing what was inferred" in clinic.therapist.get(f"/sessions/{session.id}").text


def test_a_first_rating_stays_beside_a_later_one(clinic: Clinic, session: SessionView) -> None:
    for task in ("6", "2"):
        clinic.therapist.post(f"/sessions/{session.id}/rating", data={"task": task})
    page = clinic.therapist.get(f"/sessions/{session.id}").text
    assert "first 6.00" in page
    assert "before seeing what was inferred" in page


def test_the_list_is_narrowed_to_kinds_of_alarms_without_naming_anybody_in_an_address(
    clinic: Clinic, session: SessionView
) -> None:
    for asked, found in (
        ({"status": "confrontation"}, 1),
        ({"status": "withdrawal"}, 0),
        ({"status": "live"}, 0),
        ({"find": "mond"}, 1),
        ({"find": "P1", "status": "alarms"}, 1),
        ({"find": "nobody"}, 0),
    ):
        page = clinic.supervisor.post("/", data=asked).text
        assert f"{found} of {found}" in page, asked
        assert "?find" not in page
    assert "1 of 1 sessions" in clinic.supervisor.get("/", params={"find": "nobody"}).text


@pytest.mark.parametrize("number", [10**30, 2**63, -1])
def test_no_number_of_a_turn_is_too_much_for_the_database(
    clinic: Clinic, session: SessionView, number: int
) -> None:
    for address in (f"/sessions/{session.id}", f"/sessions/{session.id}/turn"):
        assert clinic.supervisor.get(address, params={"turn": number}).status_code == 422
    now = clinic.supervisor.get(f"/sessions/{session.id}/now", params={"after": number - 1})
    assert now.status_code == 422


def test_a_page_takes_no_longer_turn_than_the_api(service: Service, clinic: Clinic) -> None:
    address = begin(clinic)
    words = "a" * (service.settings.max_turn_chars + 1)
    turn = {"turn_id": "t0", "number": "0", "role": "patient", "text": words}
    answer = clinic.therapist.post(f"{address}/live/turns", data=turn)
    assert "this service takes up to" in answer.text
    assert f">{words}</textarea>" in answer.text, "what was typed is kept whole, to be split"
    assert "maxlength" not in answer.text, "a browser would cut a paste without a word"
    assert "0 turns" in clinic.therapist.get("/").text


@pytest.mark.parametrize("nothing", ["", " \r\n\t"])
def test_a_box_without_words_posts_no_turn(clinic: Clinic, nothing: str) -> None:
    address = begin(clinic)
    turn = {"turn_id": "t0", "number": "0", "role": "patient", "text": nothing}
    answer = clinic.therapist.post(f"{address}/live/turns", data=turn)
    assert "type what was said" in answer.text
    assert "0 turns" in clinic.therapist.get("/").text


def test_a_live_page_is_told_what_is_new_and_no_more(clinic: Clinic) -> None:
    address = begin(clinic)
    for number, (role, text) in enumerate(SAID):
        turn = {"turn_id": f"t{number}", "number": str(number), "role": role, "text": text}
        clinic.therapist.post(f"{address}/live/turns", data=turn)
    last = len(SAID) - 1
    for after, drawn in ((-1, list(range(last + 1))), (last - 1, [last]), (last, [])):
        page = clinic.therapist.get(f"{address}/now", params={"after": after}).text
        told = re.search(r'data-contents="(.*?)"', page)
        assert told is not None
        given = json.loads(html.unescape(told[1]))
        assert [row["turn"] for row in given["rows"]["alliance"]] == drawn
        assert given["final"] == last
        assert SAID[last][1] in html.unescape(page)


def test_a_session_begun_or_ended_on_a_page_is_in_the_audit_and_its_therapist_is_asked(
    service: Service, clinic: Clinic
) -> None:
    address = begin(clinic)
    with service.database.of(clinic.organisation_id) as db:
        begun = read_audit(db, limit=50, action="session.create")
    assert [f"/sessions/{one.object_id}" for one in begun] == [address]
    turn = {"turn_id": "t0", "number": "0", "role": "patient", "text": "Hello."}
    clinic.therapist.post(f"{address}/live/turns", data=turn)
    ended = clinic.therapist.post(f"{address}/close")
    assert ended.headers["location"] == f"{address}/rate"
    asked = clinic.therapist.get(f"{address}/rate").text
    assert "shown to you before" in asked
    assert "data-chart" not in asked


def begin(clinic: Clinic) -> str:
    begun = clinic.therapist.post("/sessions/new", data={"patient": "P2"})
    assert begun.status_code == 303, begun.text
    return begun.headers["location"].removesuffix("/live")


def test_words_that_may_be_about_not_wanting_to_live_are_told_calmly_and_as_no_rupture(
    clinic: Clinic,
) -> None:
    address = begin(clinic)
    for number, (role, text) in enumerate(
        (("therapist", "How is it now?"), ("patient", "I don't want to live anymore."))
    ):
        turn = {"turn_id": f"t{number}", "number": str(number), "role": role, "text": text}
        clinic.therapist.post(f"{address}/live/turns", data=turn)
    for shown in (f"{address}/now", address, f"{address}/live"):
        page = clinic.therapist.get(shown).text
        assert "follow your own safety procedure" in " ".join(page.split()), shown
        assert f'{address}?turn=1"' in page
        assert "chip alarm" not in page
        assert "does not assess risk" in page


def test_a_session_that_is_not_in_english_says_that_nothing_is_estimated(clinic: Clinic) -> None:
    address = begin(clinic)
    for number, text in enumerate(
        ("Ich weiß nicht, ob das hier überhaupt noch etwas bringt, ehrlich gesagt.",) * 4
    ):
        turn = {"turn_id": f"t{number}", "number": str(number), "role": "patient", "text": text}
        clinic.therapist.post(f"{address}/live/turns", data=turn)
    for shown in (f"{address}/now", address):
        page = clinic.therapist.get(shown).text
        assert "nothing is estimated, and no alarm is raised" in page, shown
    assert "does not seem to be English" in clinic.therapist.get(f"{address}/turn?turn=3").text


def test_a_session_without_turns_has_no_charts_nor_what_draws_them(clinic: Clinic) -> None:
    page = clinic.therapist.get(begin(clinic)).text
    assert "No turn was heard yet" in page
    assert "session.js" not in page
