"""Logging in and out: cookies, attempts, and what strangers can find out."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.web.accounts.conftest import PASSWORD, AddPerson, Browser, Clock, start_again
from tests.web.clinic import Clinic

from attunement.web._service import Service
from attunement.web._settings import Settings
from attunement.web.accounts._attempts import log_in
from attunement.web.accounts._passwords import hash_password
from attunement.web.accounts._tokens import hash_of
from attunement.web.storage import Login, User

COOKIE = "attunement-8000"
KIM = {"email": "kim@example.org", "password": PASSWORD}


def test_a_login_sets_a_cookie_out_of_reach_of_scripts_and_other_sites(
    add_person: AddPerson, browser: Browser
) -> None:
    add_person()
    kim = browser()
    answer = kim.post("/api/v1/login", json=KIM)
    assert answer.status_code == 200
    assert answer.json()["name"] == "Kim Able"
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith(f"{COOKIE}=")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert kim.get("/api/v1/me").json() == answer.json()


def test_the_database_holds_no_token_that_would_log_anybody_in(
    add_person: AddPerson, browser: Browser, service: Service
) -> None:
    add_person()
    kim = browser()
    kim.post("/api/v1/login", json=KIM)
    token = kim.cookies[COOKIE]
    with service.database.unscoped() as db:
        assert db.get(Login, hash_of(token)) is not None
    raw = (service.settings.data_folder / "attunement.db").read_bytes()
    wal = service.settings.data_folder / "attunement.db-wal"
    assert token.encode() not in raw + (wal.read_bytes() if wal.exists() else b"")


def test_a_new_login_has_a_new_token_also_where_a_cookie_was_planted(
    add_person: AddPerson, browser: Browser
) -> None:
    add_person()
    kim = browser()
    kim.cookies.set(COOKIE, "planted", domain="127.0.0.1", path="/")
    kim.post("/api/v1/login", json=KIM)
    first = kim.cookies[COOKIE]
    kim.post("/api/v1/login", json=KIM)
    assert len({"planted", first, kim.cookies[COOKIE]}) == 3


def test_addresses_are_the_same_in_capitals(add_person: AddPerson, browser: Browser) -> None:
    add_person()
    answer = browser().post("/api/v1/login", json={**KIM, "email": " Kim@Example.ORG "})
    assert answer.status_code == 200


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "'; DROP TABLE logins; --", "\u00e9"])
def test_a_forged_cookie_is_nobody(client: TestClient, clinic: Clinic, token: str) -> None:
    answer = client.get("/api/v1/me", headers={b"Cookie": f"{COOKIE}={token}".encode("latin-1")})
    assert answer.status_code == 401


def test_a_cookie_of_another_service_is_nobody(
    clinic: Clinic, client: TestClient, service: Service
) -> None:
    """The same token under another name, as a service on another port would have it."""
    token = clinic.admin.cookies[COOKIE]
    answer = client.get("/api/v1/me", headers={"Cookie": f"attunement-9000={token}"})
    assert answer.status_code == 401


def test_a_key_that_is_not_valid_is_not_passed_over_for_a_cookie(clinic: Clinic) -> None:
    for header in ("Bearer attn_no", "Basic a2ltOng=", "Bearer", ""):
        answer = clinic.admin.get("/api/v1/me", headers={"Authorization": header})
        assert answer.status_code == 401, header


def test_wrong_password_and_unknown_account_are_answered_alike(
    add_person: AddPerson, browser: Browser
) -> None:
    add_person()
    answers = [
        browser().post("/api/v1/login", json={"email": email, "password": "wrong wrong wrong"})
        for email in ("kim@example.org", "nobody@example.org")
    ]
    assert {one.status_code for one in answers} == {401}
    assert answers[0].content == answers[1].content
    told = [{k: v for k, v in one.headers.items() if k != "x-request-id"} for one in answers]
    assert told[0] == told[1]
    pages = [
        browser().post("/login", data={"email": email, "password": "wrong wrong wrong"})
        for email in ("kim@example.org", "nobody@example.org")
    ]
    assert {one.status_code for one in pages} == {401}


def test_an_unknown_account_takes_as_long_as_a_wrong_password(app: FastAPI, clinic: Clinic) -> None:
    """At full cost. The least of several, so that a busy machine makes no difference; without the
    hash that is worked out for nobody, it is a fiftieth."""
    service: Service = app.state.service
    with service.database.of(clinic.organisation_id) as db:
        kept = hash_password(PASSWORD)
        db.add(User(email=KIM["email"], name="Kim", role="therapist", password_hash=kept))
    least = {}
    for email in (KIM["email"], "nobody@example.org"):
        took = []
        for _ in range(4):
            begun = time.perf_counter()
            log_in(service, email=email, password="wrong wrong wrong", address="")
            took.append(time.perf_counter() - begun)
        least[email] = min(took)
    assert least["nobody@example.org"] > 0.3 * least[KIM["email"]]
    assert least["nobody@example.org"] < 3 * least[KIM["email"]]


def test_too_many_attempts_wait_whether_the_account_exists_or_not(
    add_person: AddPerson, browser: Browser
) -> None:
    add_person()
    for email in ("kim@example.org", "nobody@example.org"):
        attempts = [
            browser().post("/api/v1/login", json={"email": email, "password": "wrong wrong"})
            for _ in range(11)
        ]
        assert [one.status_code for one in attempts] == [401] * 10 + [429]
        assert 0 < int(attempts[-1].headers["retry-after"]) <= 15 * 60


def test_a_locked_account_stays_locked_over_a_restart_and_does_not_tell(
    app: FastAPI, add_person: AddPerson, browser: Browser, clock: Clock, clinic: Clinic
) -> None:
    kim_id = add_person()
    wrong = {**KIM, "password": "wrong wrong wrong"}
    for _ in range(10):
        refused = browser().post("/api/v1/login", json=wrong)
    start_again(app)
    right = browser().post("/api/v1/login", json=KIM)
    assert right.status_code == 401
    assert right.content == refused.content
    shown = {one["id"]: one for one in clinic.admin.get("/api/v1/users").json()["users"]}
    assert shown[kim_id]["locked"]

    clock.turn(minutes=16)
    start_again(app)
    assert browser().post("/api/v1/login", json=KIM).status_code == 200


def test_an_admin_unlocks_an_account(
    add_person: AddPerson, browser: Browser, clinic: Clinic
) -> None:
    kim_id = add_person()
    for _ in range(11):
        browser().post("/api/v1/login", json={**KIM, "password": "wrong wrong wrong"})
    assert browser().post("/api/v1/login", json=KIM).status_code == 429
    assert clinic.admin.post(f"/api/v1/users/{kim_id}/unlock").json()["locked"] is False
    assert browser().post("/api/v1/login", json=KIM).status_code == 200


def test_a_clock_set_back_by_years_does_not_lock_an_account_for_years(
    app: FastAPI, add_person: AddPerson, browser: Browser, clock: Clock
) -> None:
    add_person()
    for _ in range(10):
        browser().post("/api/v1/login", json={**KIM, "password": "wrong wrong wrong"})
    clock.turn(days=-2000)
    start_again(app)
    assert browser().post("/api/v1/login", json=KIM).status_code == 200


def test_a_good_login_forgets_earlier_failures(add_person: AddPerson, browser: Browser) -> None:
    add_person()
    for _ in range(3):
        for _ in range(9):
            browser().post("/api/v1/login", json={**KIM, "password": "wrong wrong wrong"})
        assert browser().post("/api/v1/login", json=KIM).status_code == 200


def test_attempts_from_one_address_are_few_over_all_accounts(
    app: FastAPI, browser: Browser, settings: Settings
) -> None:
    service: Service = app.state.service
    app.state.service = replace(service, settings=replace(settings, logins_per_minute=3))
    start_again(app)
    said = [
        browser().post("/api/v1/login", json={"email": f"a{n}@example.org", "password": "x"})
        for n in range(4)
    ]
    assert [one.status_code for one in said] == [401, 401, 401, 429]


def test_a_login_ends_when_it_was_not_used_and_when_its_time_is_over(
    add_person: AddPerson, browser: Browser, clock: Clock
) -> None:
    add_person()
    kim = browser()
    kim.post("/api/v1/login", json=KIM)
    for _ in range(12):
        clock.turn(minutes=55)
        assert kim.get("/api/v1/me").status_code == 200
    clock.turn(minutes=61)
    assert kim.get("/api/v1/me").status_code == 401

    kim.post("/api/v1/login", json=KIM)
    clock.turn(minutes=61)
    assert kim.get("/api/v1/me").status_code == 401


def test_a_clock_set_back_ends_no_login_and_makes_none_eternal(
    add_person: AddPerson, browser: Browser, clock: Clock
) -> None:
    add_person()
    kim = browser()
    kim.post("/api/v1/login", json=KIM)
    clock.turn(days=-30)
    assert kim.get("/api/v1/me").status_code == 200
    clock.turn(hours=1, minutes=1)
    assert kim.get("/api/v1/me").status_code == 401


def test_logging_out_ends_the_login_and_not_only_the_cookie(
    add_person: AddPerson, browser: Browser
) -> None:
    add_person()
    kim = browser()
    csrf = kim.post("/api/v1/login", json=KIM).json()["csrf_token"]
    stolen = kim.cookies[COOKIE]
    assert kim.post("/api/v1/logout", headers={"X-CSRF-Token": csrf}).status_code == 204
    assert COOKIE not in kim.cookies
    thief = browser()
    thief.cookies.set(COOKIE, stolen)
    assert thief.get("/api/v1/me").status_code == 401


def test_logging_out_everywhere_ends_every_login_of_this_person_alone(
    add_person: AddPerson, browser: Browser, clinic: Clinic
) -> None:
    add_person()
    here, there = browser(), browser()
    csrf = here.post("/api/v1/login", json=KIM).json()["csrf_token"]
    there.post("/api/v1/login", json=KIM)
    headers = {"X-CSRF-Token": csrf}
    here.post("/api/v1/logout", params={"everywhere": True}, headers=headers)
    assert there.get("/api/v1/me").status_code == 401
    assert clinic.admin.get("/api/v1/me").status_code == 200


def test_changing_the_password_ends_other_logins_and_wants_the_old_one(
    add_person: AddPerson, browser: Browser
) -> None:
    add_person()
    here, there = browser(), browser()
    csrf = here.post("/api/v1/login", json=KIM).json()["csrf_token"]
    there.post("/api/v1/login", json=KIM)
    new = "nine quiet otters"
    form = {"old": "wrong wrong wrong", "password": new, "again": new, "csrf_token": csrf}
    assert here.post("/account/password", data=form).status_code == 403
    weak = {**form, "old": PASSWORD, "password": "password1234", "again": "password1234"}
    assert here.post("/account/password", data=weak).status_code == 422
    assert here.post("/account/password", data={**form, "old": PASSWORD}).status_code == 303
    assert here.get("/api/v1/me").status_code == 200
    assert there.get("/api/v1/me").status_code == 401
    assert browser().post("/api/v1/login", json=KIM).status_code == 401
    assert browser().post("/api/v1/login", json={**KIM, "password": new}).status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/ok\r\nSet-Cookie: a=b",
        "http:evil.example",
        "/\u2028",
    ],
)
def test_after_the_login_nobody_is_sent_elsewhere(
    add_person: AddPerson, browser: Browser, elsewhere: str
) -> None:
    add_person()
    answer = browser().post("/login", data={**KIM, "next": elsewhere})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "a=b" not in answer.headers["set-cookie"]


def test_after_the_login_the_page_that_was_wanted_is_shown(
    add_person: AddPerson, browser: Browser
) -> None:
    add_person()
    kim = browser()
    asked = kim.get("/patients/0123")
    assert asked.headers["location"] == "/login?next=/patients/0123"
    answer = kim.post("/login", data={**KIM, "next": "/patients/0123"})
    assert answer.headers["location"] == "/patients/0123"


def test_who_logs_in_and_who_fails_stands_in_the_audit(
    add_person: AddPerson, browser: Browser, clinic: Clinic
) -> None:
    kim_id = add_person()
    browser().post("/api/v1/login", json={**KIM, "password": "wrong wrong wrong"})
    browser().post("/api/v1/login", json=KIM)
    entries = clinic.admin.get("/api/v1/audit").json()["entries"]
    done = [(one["action"], one["user_id"], one["object_id"]) for one in entries]
    assert done[:2] == [("login", kim_id, None), ("login.failed", None, kim_id)]
