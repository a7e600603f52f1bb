"""SQL, HTML and worse in every field of accounts."""

from __future__ import annotations

import json

import pytest
from tests.web.accounts.conftest import PASSWORD, AddPerson, Browser
from tests.web.clinic import Clinic

from attunement.web._service import Service
from attunement.web.storage import User

SQL = "'; DROP TABLE users; --"
SCRIPT = "<script>alert(1)</script>"
HANDLER = '"><img src=x onerror=alert(1)>'
ODD = ["\x00", "a\x00b", "\ud800", "\r\nSet-Cookie: a=b", "", " ", "x" * 10_000, "{{ 7 * 7 }}"]


def users_are_there(service: Service, clinic: Clinic) -> bool:
    with service.database.of(clinic.organisation_id) as db:
        return len(db.query(User).all()) >= 3


def sent(**fields: str) -> bytes:
    """Write JSON that may hold half of a character."""
    return json.dumps(fields).encode("ascii")


@pytest.mark.parametrize("nasty", [SQL, SCRIPT, HANDLER, *ODD])
def test_no_field_of_the_api_breaks_the_service(
    clinic: Clinic, browser: Browser, service: Service, nasty: str
) -> None:
    raw = nasty.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    in_header = raw.replace("\x00", "").replace("\r\n", "").encode()
    asked = [
        browser().post("/api/v1/login", content=sent(email=nasty, password=nasty)),
        browser().post("/login", data={"email": raw, "password": raw, "next": raw}),
        browser().get("/login", params={"next": raw}),
        browser().get(f"/links/{raw.replace('/', '')}") if raw.isprintable() and raw else None,
        clinic.admin.post("/api/v1/users", content=sent(email=nasty, name=nasty, role=nasty)),
        clinic.admin.post("/people/users", data={"email": raw, "name": raw, "role": raw}),
        clinic.admin.patch(
            f"/api/v1/users/{clinic.callers['therapist'].user_id}", content=sent(name=nasty)
        ),
        clinic.admin.post("/api/v1/keys", content=sent(name=nasty)),
        clinic.admin.post("/people/keys", data={"name": raw}),
        clinic.admin.patch("/api/v1/organisation", content=sent(name=nasty)),
        clinic.admin.post("/people/organisation", data={"name": raw, "retention_days": raw}),
        clinic.admin.get("/api/v1/audit", params={"before": raw, "limit": raw}),
        clinic.admin.get("/audit", params={"before": raw}),
        browser().get("/api/v1/me", headers={b"Authorization": b"Bearer " + in_header}),
    ]
    for one in asked:
        assert one is None or 200 <= one.status_code < 500, one.request.url
        assert one is None or one.status_code != 415
        assert one is None or "a=b" not in one.headers.get("set-cookie", "")
    assert users_are_there(service, clinic)
    for path in ("/people", "/audit", "/account", "/"):
        page = clinic.admin.get(path)
        assert page.status_code == 200
        assert SCRIPT not in page.text
        assert "<img src=x" not in page.text


def test_html_in_a_name_is_shown_as_it_was_typed_and_never_as_html(clinic: Clinic) -> None:
    made = clinic.admin.post("/api/v1/keys", json={"name": SCRIPT})
    assert made.status_code == 201
    shown = clinic.admin.get("/people").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert SCRIPT not in shown


@pytest.mark.parametrize("path", ["/people/%00", "/links/%00", "/sessions/%00", "/login?next=%00"])
def test_a_nul_in_an_address_is_refused(clinic: Clinic, path: str) -> None:
    assert clinic.admin.get(path).status_code == 400


def test_what_was_sent_does_not_come_back_in_a_problem(browser: Browser) -> None:
    secret = "my secret sentence"
    answer = browser().post("/api/v1/login", json={"email": secret, "password": [secret]})
    assert answer.status_code == 422
    assert secret not in answer.text
    assert {one["field"] for one in answer.json()["errors"]} == {"body.email", "body.password"}


def test_a_password_is_not_shown_again_after_a_slip(
    add_person: AddPerson, browser: Browser
) -> None:
    add_person()
    shown = browser().post(
        "/login", data={"email": "kim@example.org", "password": "a near miss of mine"}
    )
    assert "a near miss of mine" not in shown.text
    assert PASSWORD not in shown.text
