"""What another site makes a person's browser send does nothing."""

from __future__ import annotations

from concurrent.futures import CancelledError
from contextlib import suppress

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tests.web.accounts.conftest import PASSWORD, AddPerson, Browser
from tests.web.clinic import Clinic

NEW_KEY = {"name": "companion"}


def without_token(client: TestClient) -> TestClient:
    del client.headers["X-CSRF-Token"]
    return client


def test_without_the_logins_token_nothing_is_changed(clinic: Clinic) -> None:
    admin = without_token(clinic.admin)
    assert admin.post("/api/v1/keys", json=NEW_KEY).status_code == 403
    assert admin.post("/people/keys", data=NEW_KEY).status_code == 403
    assert admin.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize("token", ["", "x", "\u00e9"])
def test_a_wrong_token_is_refused(clinic: Clinic, token: str) -> None:
    admin = without_token(clinic.admin)
    headers = {b"X-CSRF-Token": token.encode("latin-1")}
    assert admin.post("/api/v1/keys", json=NEW_KEY, headers=headers).status_code == 403


def test_the_token_of_another_login_is_refused(clinic: Clinic, other_clinic: Clinic) -> None:
    admin = without_token(clinic.admin)
    for other in (clinic.callers["supervisor"], other_clinic.callers["admin"]):
        form = {**NEW_KEY, "csrf_token": other.csrf_token}
        assert admin.post("/people/keys", data=form).status_code == 403


def test_the_token_counts_in_a_form_and_in_a_header(clinic: Clinic) -> None:
    token = clinic.callers["admin"].csrf_token
    admin = without_token(clinic.admin)
    assert admin.post("/people/keys", data={**NEW_KEY, "csrf_token": token}).status_code == 201
    headers = {"X-CSRF-Token": str(token)}
    assert admin.post("/api/v1/keys", json=NEW_KEY, headers=headers).status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    ],
)
def test_another_site_is_refused_even_with_the_token(
    clinic: Clinic, add_person: AddPerson, browser: Browser, headers: dict[str, str]
) -> None:
    assert clinic.admin.post("/api/v1/keys", json=NEW_KEY, headers=headers).status_code == 403
    add_person()
    login = {"email": "kim@example.org", "password": PASSWORD}
    assert browser().post("/login", data=login, headers=headers).status_code == 403
    assert browser().post("/api/v1/login", json=login, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"},
        # Our pages send no referrer; browsers then say null in forms.
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {},
    ],
)
def test_our_own_pages_are_let_through(clinic: Clinic, headers: dict[str, str]) -> None:
    assert clinic.admin.post("/api/v1/keys", json=NEW_KEY, headers=headers).status_code == 201


def test_programs_need_no_token(clinic: Clinic) -> None:
    made = clinic.program.post("/api/v1/sessions", json={"patient": "P-1"})
    assert made.status_code == 201


def test_another_sites_page_cannot_open_a_socket_with_a_persons_cookie(clinic: Clinic) -> None:
    made = clinic.admin.post("/api/v1/sessions", json={"patient": "P-1"}).json()
    path = f"ws://127.0.0.1:8000/api/v1/sessions/{made['id']}/ws"
    evil, ours = {"Origin": "https://evil.example"}, {"Origin": "http://127.0.0.1:8000"}
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        clinic.admin.websocket_connect(path, headers=evil),
    ):
        pass
    assert getattr(refused.value, "status_code", None) == 403
    opened = False
    with suppress(CancelledError), clinic.admin.websocket_connect(path, headers=ours):
        opened = True
    assert opened
