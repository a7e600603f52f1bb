"""What every request passes through and every answer carries, in both modes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.web.clinic import Clinic, open_clinic

from attunement.live import Listener
from attunement.web._app import create_app
from attunement.web._settings import Settings
from attunement.web.storage import write_new_key

NAME = "attunement.example.org"


@pytest.fixture
def public_settings(settings: Settings, tmp_path: Path) -> Settings:
    write_new_key(tmp_path / "key")
    return replace(
        settings,
        public=True,
        key_file=tmp_path / "key",
        allowed_hosts=(NAME,),
        proxies=("10.0.0.0/8",),
    )


@pytest.fixture
def public(public_settings: Settings, listener: Listener) -> Iterator[TestClient]:
    app = create_app(public_settings, listener=listener)
    with TestClient(app, base_url=f"https://{NAME}", follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize(
    "path",
    ["/", "/login", "/nothing", "/api/v1/me", "/api/v1/nothing", "/health", "/static/nothing"],
)
def test_every_answer_is_secured_whatever_it_is(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "strict-transport-security" not in headers
    if not path.startswith("/static"):
        assert headers["cache-control"] == "no-store"


def test_also_a_fault_of_ours_is_secured_and_says_nothing(
    settings: Settings, listener: Listener
) -> None:
    app = create_app(settings, listener=listener)

    @app.get("/api/v1/broken")
    def broken() -> None:
        raise RuntimeError("the words of a patient")

    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        answer = client.get("/api/v1/broken")
    assert answer.status_code == 500
    assert answer.json()["status"] == 500
    assert "the words" not in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_pages_that_show_who_said_what_are_kept_nowhere_on_the_way(clinic: Clinic) -> None:
    for path in ("/", "/people", "/audit", "/api/v1/sessions"):
        assert clinic.admin.get(path).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "attunement.example.org", "", "localhost.evil"],
)
def test_a_name_that_was_pointed_at_this_machine_gets_no_further(
    client: TestClient, host: str
) -> None:
    assert client.get("/login", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "LOCALHOST"])
def test_the_names_of_this_machine_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/login", headers={"Host": host}).status_code == 200


def test_in_public_browsers_come_back_through_tls_only(public: TestClient) -> None:
    assert public.get("/login").headers["strict-transport-security"].startswith("max-age=63072000")


def test_in_public_nothing_is_answered_without_tls_but_whether_it_lives(
    public: TestClient,
) -> None:
    plain = public.get(f"http://{NAME}/login")
    assert plain.status_code == 400
    assert "TLS" in plain.text
    assert public.get("http://10.0.0.7/health").status_code == 200


def test_in_public_other_names_are_refused(public: TestClient) -> None:
    for host in ("127.0.0.1", "localhost", f"evil.{NAME}", f"{NAME}.evil.example"):
        assert public.get("/login", headers={"Host": host}).status_code == 400


def test_the_cookie_of_a_public_service_is_bound_to_its_host_and_to_tls(
    public: TestClient,
) -> None:
    clinic = open_clinic(public.app, name="Elm", like=public)  # type: ignore[arg-type]
    link = clinic.admin.post(
        f"https://{NAME}/api/v1/users",
        json={"email": "a@example.org", "name": "Ada", "role": "therapist"},
    ).json()["link"]
    password = {"password": "slow green tram", "again": "slow green tram"}
    cookie = public.post(link, data=password).headers["set-cookie"]
    assert cookie.startswith("__Host-attunement=")
    assert "; Secure" in cookie
    assert "; HttpOnly" in cookie
    assert "; Path=/" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize(("proxy", "believed"), [("10.1.2.3", True), ("203.0.113.9", False)])
def test_what_a_proxy_says_is_believed_of_our_own_proxies_only(
    public_settings: Settings, listener: Listener, proxy: str, believed: bool
) -> None:
    app = create_app(replace(public_settings, logins_per_minute=1), listener=listener)
    with TestClient(
        app, base_url=f"http://{NAME}", client=(proxy, 40000), follow_redirects=False
    ) as client:
        told = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.1"}
        assert client.get("/login", headers=told).status_code == (200 if believed else 400)
        if believed:
            attempt = {"email": "a@example.org", "password": "x"}
            said = [
                client.post(
                    "/api/v1/login",
                    json=attempt,
                    headers={**told, "X-Forwarded-For": f"evil, {address}"},
                ).status_code
                for address in ("198.51.100.1", "198.51.100.2", "198.51.100.1")
            ]
            assert said == [401, 401, 429]


def test_a_body_that_is_too_large_is_refused_whether_it_is_announced_or_not(
    settings: Settings, listener: Listener
) -> None:
    app = create_app(replace(settings, max_body_bytes=2000), listener=listener)
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        announced = client.post("/api/v1/login", content=b"x" * 2001)
        chunks = (b"x" * 500 for _ in range(6))
        streamed = client.post(
            "/api/v1/login", content=chunks, headers={"Content-Type": "application/json"}
        )
        form = client.post("/login", data={"email": "a" * 3000, "password": "x"})
        small = client.post("/api/v1/login", content=b"x" * 1000)
    assert [one.status_code for one in (announced, streamed, form, small)] == [413, 413, 413, 422]
    assert streamed.json()["limit"] == 2000


def test_the_contents_of_the_api_load_nothing_from_elsewhere(client: TestClient) -> None:
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404
    assert client.get("/api/v1/openapi.json").json()["info"]["title"] == "Attunement"


def test_others_are_let_in_where_they_can_come_in(public: TestClient) -> None:
    elsewhere = open_clinic(public.app, name="Elm Street", like=public)  # type: ignore[arg-type]
    page = elsewhere.admin.get(f"https://{NAME}/people").text
    assert 'action="/people/users"' in page
    assert "New link" in page
