"""Letting people in, changing what they may, and letting them in no more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.web.accounts.conftest import PASSWORD, AddPerson, Browser
from tests.web.clinic import Clinic, log_in

from attunement.web._service import Service
from attunement.web.storage import User


def id_of(clinic: Clinic, role: str) -> str:
    return str(clinic.callers[role].user_id)  # type: ignore[index]


def test_a_new_role_counts_from_the_next_request_on(clinic: Clinic) -> None:
    assert clinic.therapist.get("/api/v1/organisation").status_code == 403
    changed = clinic.admin.patch(
        f"/api/v1/users/{id_of(clinic, 'therapist')}", json={"role": "supervisor"}
    )
    assert changed.json()["role"] == "supervisor"
    assert clinic.therapist.get("/api/v1/organisation").status_code == 200


def test_who_is_let_in_no_more_is_logged_out_at_once(
    clinic: Clinic, add_person: AddPerson, browser: Browser
) -> None:
    kim_id, kim = add_person(), browser()
    login = {"email": "kim@example.org", "password": PASSWORD}
    kim.post("/api/v1/login", json=login)
    clinic.admin.patch(f"/api/v1/users/{kim_id}", json={"active": False})
    assert kim.get("/api/v1/me").status_code == 401
    assert browser().post("/api/v1/login", json=login).status_code == 401
    clinic.admin.patch(f"/api/v1/users/{kim_id}", json={"active": True})
    assert kim.get("/api/v1/me").status_code == 401, "the old login stays ended"
    assert browser().post("/api/v1/login", json=login).status_code == 200


def test_a_reset_ends_logins_and_the_password(
    clinic: Clinic, add_person: AddPerson, browser: Browser
) -> None:
    kim_id, kim = add_person(), browser()
    login = {"email": "kim@example.org", "password": PASSWORD}
    kim.post("/api/v1/login", json=login)
    clinic.admin.post(f"/api/v1/users/{kim_id}/reset")
    assert kim.get("/api/v1/me").status_code == 401
    assert browser().post("/api/v1/login", json=login).status_code == 401


def test_the_last_admin_who_can_log_in_stays_one(clinic: Clinic) -> None:
    admin = id_of(clinic, "admin")
    clinic.admin.post(
        "/api/v1/users", json={"email": "b@example.org", "name": "Not yet here", "role": "admin"}
    )
    for change in ({"role": "therapist"}, {"active": False}):
        refused = clinic.admin.patch(f"/api/v1/users/{admin}", json=change)
        assert refused.status_code == 409, change
    assert clinic.admin.get("/api/v1/me").json()["role"] == "admin"
    shown = clinic.admin.post(f"/people/users/{admin}/out")
    assert shown.status_code == 409
    assert "last admin" in shown.text


def test_two_admins_cannot_demote_each_other_at_once(
    app: FastAPI, client: TestClient, clinic: Clinic, service: Service
) -> None:
    for turn in range(4):
        first, browser_of_first = log_in(
            app,
            organisation_id=clinic.organisation_id,
            role="admin",
            name=f"First {turn}",
            like=client,
        )
        second, browser_of_second = log_in(
            app,
            organisation_id=clinic.organisation_id,
            role="admin",
            name=f"Second {turn}",
            like=client,
        )
        with service.database.of(clinic.organisation_id) as db:
            for user in db.query(User).filter(User.id.not_in([first.user_id, second.user_id])):
                user.role = "therapist"
        with ThreadPoolExecutor(2) as pool:
            asked = [
                pool.submit(who.patch, f"/api/v1/users/{whom.user_id}", json={"role": "therapist"})
                for who, whom in ((browser_of_first, second), (browser_of_second, first))
            ]
            got = sorted(one.result().status_code for one in asked)
        assert got in ([200, 403], [200, 409])
        with service.database.of(clinic.organisation_id) as db:
            assert len(db.query(User).filter(User.role == "admin").all()) == 1


def test_an_address_is_one_account(clinic: Clinic) -> None:
    new = {"email": "one@example.org", "name": "One", "role": "therapist"}
    assert clinic.admin.post("/api/v1/users", json=new).status_code == 201
    again = clinic.admin.post("/api/v1/users", json={**new, "email": "ONE@example.org"})
    assert again.status_code == 409
    assert again.json()["field"] == "email"


def test_a_key_is_told_once_and_opens_nothing_once_it_is_revoked(
    clinic: Clinic, browser: Browser, service: Service
) -> None:
    made = clinic.admin.post("/api/v1/keys", json={"name": "companion"}).json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    program = browser()
    assert program.get("/api/v1/me", headers=headers).json()["key_id"] == made["id"]
    listed = clinic.admin.get("/api/v1/keys")
    assert made["key"] not in listed.text
    used = {one["id"]: one["last_used_at"] for one in listed.json()["keys"]}
    assert used[made["id"]] is not None
    assert made["key"] not in clinic.admin.get("/people").text
    revoked = clinic.admin.delete(f"/api/v1/keys/{made['id']}").json()
    assert revoked["revoked_at"] is not None
    assert program.get("/api/v1/me", headers=headers).status_code == 401
    again = clinic.admin.delete(f"/api/v1/keys/{made['id']}").json()
    assert again["revoked_at"] == revoked["revoked_at"]


def test_the_pages_let_in_change_and_revoke_without_scripts(clinic: Clinic) -> None:
    let_in = clinic.admin.post(
        "/people/users", data={"email": "c@example.org", "name": "Casey", "role": "supervisor"}
    )
    assert let_in.status_code == 201
    assert "/links/" in let_in.text
    key = clinic.admin.post("/people/keys", data={"name": "companion"})
    assert key.status_code == 201
    assert "attn_" in key.text
    saved = clinic.admin.post(
        "/people/organisation", data={"name": "Elm Street 2", "retention_days": "365"}
    )
    assert saved.status_code == 303
    assert clinic.admin.get("/api/v1/organisation").json()["retention_days"] == 365
    clinic.admin.post("/people/organisation", data={"name": "Elm", "retention_days": ""})
    assert clinic.admin.get("/api/v1/organisation").json()["retention_days"] is None
    page = clinic.admin.get("/people").text
    assert "Casey" in page
    assert "attn_" not in page
    assert "/links/" not in page


def test_nobody_is_let_in_on_a_machine_that_nobody_else_reaches(clinic: Clinic) -> None:
    page = clinic.admin.get("/people").text
    assert 'action="/people/users"' not in page
    assert "New link" not in page, "it would shut the one user of this machine out"
    assert "Run a server" in page


def test_what_admins_do_stands_in_the_audit_without_names(clinic: Clinic) -> None:
    new = {"email": "d@example.org", "name": "Dana Unmistakable", "role": "therapist"}
    user = clinic.admin.post("/api/v1/users", json=new).json()["user"]
    clinic.admin.patch(f"/api/v1/users/{user['id']}", json={"role": "supervisor"})
    clinic.admin.post(f"/api/v1/users/{user['id']}/reset")
    entries = clinic.admin.get("/api/v1/audit").json()["entries"]
    assert [one["action"] for one in entries[:3]] == ["user.reset", "user.change", "user.create"]
    assert {one["object_id"] for one in entries[:3]} == {user["id"]}
    assert not any("Unmistakable" in one["detail"] for one in entries)
