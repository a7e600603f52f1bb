"""Links that work once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI
from tests.web.accounts.conftest import PASSWORD, AddPerson, Browser, Clock
from tests.web.clinic import Clinic

from attunement.web._service import Service
from attunement.web.accounts import link_for_owner

NEW = {"email": "new@example.org", "name": "New Person", "role": "therapist"}
SET = {"password": PASSWORD, "again": PASSWORD}


def invite(clinic: Clinic) -> str:
    answer = clinic.admin.post("/api/v1/users", json=NEW)
    assert answer.status_code == 201
    return str(answer.json()["link"])


def test_an_invitation_sets_a_password_logs_in_and_works_once(
    clinic: Clinic, browser: Browser
) -> None:
    link = invite(clinic)
    new = browser()
    assert "New Person" in new.get(link).text
    assert new.get(link).status_code == 200, "looking does not use it up"
    assert new.post(link, data=SET).status_code == 303
    assert new.get("/api/v1/me").json()["role"] == "therapist"
    other = {"password": "nine quiet otters", "again": "nine quiet otters"}
    assert browser().get(link).status_code == 404
    assert browser().post(link, data=other).status_code == 404
    login = {"email": "new@example.org", "password": PASSWORD}
    assert browser().post("/api/v1/login", json=login).status_code == 200


def test_of_many_who_use_a_link_at_once_one_gets_in(clinic: Clinic, browser: Browser) -> None:
    link = invite(clinic)
    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda _: browser().post(link, data=SET).status_code, range(6)))
    assert sorted(got) == [303] + [404] * 5


def test_a_weak_password_or_a_slip_does_not_use_the_link_up(
    clinic: Clinic, browser: Browser
) -> None:
    link = invite(clinic)
    weak = {"password": "password1234", "again": "password1234"}
    assert browser().post(link, data=weak).status_code == 422
    assert browser().post(link, data={**SET, "again": "something else"}).status_code == 422
    assert browser().post(link, data=SET).status_code == 303


def test_a_link_ends_after_three_days_and_a_newer_one_takes_its_place(
    clinic: Clinic, browser: Browser, clock: Clock
) -> None:
    link = invite(clinic)
    user = next(
        one
        for one in clinic.admin.get("/api/v1/users").json()["users"]
        if one["name"] == NEW["name"]
    )
    newer = clinic.admin.post(f"/api/v1/users/{user['id']}/reset").json()["link"]
    assert browser().get(link).status_code == 404
    assert browser().get(newer).status_code == 200
    clock.turn(hours=73)
    assert browser().get(newer).status_code == 404


def test_a_clock_set_back_does_not_keep_a_link_alive(
    clinic: Clinic, browser: Browser, clock: Clock
) -> None:
    link = invite(clinic)
    clock.turn(days=-3000)
    assert browser().get(link).status_code == 404


@pytest.mark.parametrize("token", ["x", "%27%20OR%201=1--", "a" * 4000, "%F0%9F%8D%80"])
def test_a_link_that_never_was_one_is_refused(browser: Browser, token: str) -> None:
    assert browser().get(f"/links/{token}").status_code == 404
    assert browser().post(f"/links/{token}", data=SET).status_code == 404


def test_the_one_user_of_this_machine_gets_in_by_the_newest_link_once(
    app: FastAPI, service: Service, browser: Browser
) -> None:
    older, newer = link_for_owner(service), link_for_owner(service)
    assert browser().get(f"/links/{older}").status_code == 404
    you = browser()
    assert you.get(f"/links/{newer}").headers["location"] == "/"
    assert you.get("/api/v1/me").json()["role"] == "admin"
    assert browser().get(f"/links/{newer}").status_code == 404


def test_the_one_user_of_this_machine_stays_in_until_the_service_starts_anew(
    app: FastAPI, service: Service, browser: Browser, clock: Clock
) -> None:
    you = browser()
    you.get(f"/links/{link_for_owner(app.state.service)}")
    clock.turn(days=30)
    assert you.get("/api/v1/me").status_code == 200, "there is no other door than a restart"
    browser().get(f"/links/{link_for_owner(app.state.service)}")
    assert you.get("/api/v1/me").status_code == 401


def test_a_link_to_log_in_sets_no_password(service: Service, browser: Browser) -> None:
    assert browser().post(f"/links/{link_for_owner(service)}", data=SET).status_code == 404


def test_the_link_of_who_is_let_in_no_more_opens_nothing(
    clinic: Clinic, browser: Browser, add_person: AddPerson
) -> None:
    kim = add_person()
    link = clinic.admin.post(f"/api/v1/users/{kim}/reset").json()["link"]
    clinic.admin.patch(f"/api/v1/users/{kim}", json={"active": False})
    assert browser().get(link).status_code == 404
