"""Whatever is sent to whichever route, and whatever goes wrong inside: none of it is in the log."""

import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import StatementError
from starlette.testclient import TestClient
from tests.web.clinic import ADDRESS, Clinic, stranger

from attunement.web.storage import Database

MARK = "Quizzaciously"
SAID = f"I told {MARK} about it"
ENDLESS = ("/stream", "/ws", "/events")


def routes_of(routes: Any) -> Iterator[tuple[str, str]]:
    """Give every path with each of its methods."""
    for route in routes:
        inside = getattr(route, "original_router", None)
        if inside is not None:
            yield from routes_of(inside.routes)
            continue
        for method in sorted(getattr(route, "methods", None) or ()):
            yield route.path, method


@pytest.fixture
def routes(app: FastAPI) -> list[tuple[str, str]]:
    found = [(path, method) for path, method in routes_of(app.routes) if not path.endswith(ENDLESS)]
    assert ("/api/v1/login", "POST") in found
    assert len(found) > 20
    return found


def filled(schema: Mapping[str, Any], known: Mapping[str, Any], *, valid: bool) -> Any:
    """Give a value of a schema's shape with marked words wherever there may be any."""
    if "$ref" in schema:
        return filled(known[schema["$ref"].rpartition("/")[2]], known, valid=valid)
    for way in ("anyOf", "oneOf", "allOf"):
        if way in schema:
            return filled(schema[way][0], known, valid=valid)
    if valid and "enum" in schema:
        return schema["enum"][0]
    if valid and "const" in schema:
        return schema["const"]
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            made = {name: filled(one, known, valid=valid) for name, one in fields.items()}
            return made if valid and fields else {**made, MARK: SAID}
        case "array":
            return [filled(schema.get("items", {}), known, valid=valid)]
        case "integer" | "number" if valid:
            return 1
        case "boolean" if valid:
            return True
        case "string" if valid and schema.get("format") == "date-time":
            return "2026-01-05T10:00:00Z"
    return SAID


def bodies(app: FastAPI, path: str, method: str) -> Iterator[dict[str, Any]]:
    """Give ways to send marked words to a route."""
    schema = app.openapi()
    known = schema.get("components", {}).get("schemas", {})
    operation = schema["paths"].get(path, {}).get(method.lower(), {})
    asked = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if "schema" in asked:
        yield {"json": filled(asked["schema"], known, valid=True)}
        yield {"json": filled(asked["schema"], known, valid=False)}
    as_json = {"content-type": "application/json"}
    yield {"content": f'{{"{MARK}": "{SAID}', "headers": as_json}
    yield {"json": [SAID, {MARK: [SAID]}]}
    yield {"data": dict.fromkeys(("email", "password", "name", "code", MARK), SAID)}
    yield {"files": {"files": (f"{MARK}.csv", f"{MARK},{SAID}\n{SAID}", f"text/{MARK}")}}
    yield {
        "params": {MARK: SAID, "after": SAID, "limit": SAID, "patient": MARK, "next": f"/{MARK}"},
        "headers": {"user-agent": SAID, "referer": f"http://{MARK}", "last-event-id": MARK},
    }


def send_everything(
    app: FastAPI, client: TestClient, routes: list[tuple[str, str]]
) -> dict[int, int]:
    """Send marked words to every route; give how often each status was answered."""
    statuses: dict[int, int] = {}
    for path, method in routes:
        address = re.sub(r"\{[^}]*\}", MARK, path)
        for body in bodies(app, path, method):
            answer = client.request(method, address, **body)
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
    return statuses


@contextmanager
def unmarked(written: io.StringIO, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Hold that what is written inside says something, and nothing of what was sent."""
    capfd.readouterr()
    yield
    out, err = capfd.readouterr()
    for told in (written.getvalue(), out, err):
        assert MARK.lower() not in told.lower()
    assert len(written.getvalue().splitlines()) > 20


def test_nothing_that_is_sent_to_any_route_is_written(
    app: FastAPI,
    clinic: Clinic,
    routes: list[tuple[str, str]],
    written: io.StringIO,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with unmarked(written, capfd):
        statuses = send_everything(app, clinic.admin, routes)
    assert {200, 404, 422} <= set(statuses)
    assert not any(status >= 500 for status in statuses), statuses
    told = [json.loads(line) for line in written.getvalue().splitlines()]
    assert {line["route"] for line in told if "route" in line} <= {path for path, _ in routes} | {
        "(none)"
    }


def test_nothing_that_strangers_and_programs_send_is_written(
    app: FastAPI,
    clinic: Clinic,
    client: TestClient,
    routes: list[tuple[str, str]],
    written: io.StringIO,
    capfd: pytest.CaptureFixture[str],
) -> None:
    nobody = stranger(app, like=client)
    nobody.cookies.set("attunement-8000", MARK)
    nobody.headers["X-CSRF-Token"] = MARK
    forged = stranger(app, like=client)
    forged.headers["Authorization"] = f"Bearer {MARK}"
    with unmarked(written, capfd):
        for caller in (clinic.program, nobody, forged):
            for path, method in routes:
                address = path.replace("{", f"{MARK}-").replace("}", "")
                caller.request(method, address, json={MARK: SAID, "text": SAID})
            caller.request("GET", f"/{MARK}", headers={"host": f"{MARK}.example.org"})


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError(SAID),
        StatementError(SAID, f"INSERT INTO t VALUES ('{SAID}')", {"said": SAID}, ValueError(SAID)),
        ExceptionGroup(SAID, [ValueError(SAID)]),
        UnicodeEncodeError("ascii", SAID, 0, 1, SAID),
    ],
    ids=lambda error: type(error).__name__,
)
def test_nothing_is_written_of_what_goes_wrong_inside(
    app: FastAPI,
    clinic: Clinic,
    routes: list[tuple[str, str]],
    written: io.StringIO,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    def fails(self: Database, organisation_id: str) -> None:
        words = SAID  # a local value, which tracebacks may show
        assert words
        raise error.with_traceback(None)

    admin = TestClient(
        app,
        base_url=ADDRESS,
        headers=dict(clinic.admin.headers),
        cookies=clinic.admin.cookies,
        raise_server_exceptions=False,
    )
    admin.portal = clinic.admin.portal
    monkeypatch.setattr(Database, "of", fails)
    with unmarked(written, capfd):
        for path, method in routes:
            admin.request(method, path.replace("{", "").replace("}", ""), json={MARK: SAID})
            admin.request(method, path.replace("{", MARK).replace("}", ""))
    told = [json.loads(line) for line in written.getvalue().splitlines()]
    failed = [line for line in told if line["event"] == "request.failed"]
    assert len(failed) > 3
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    assert all(line["error"][0] == kind for line in failed)
    assert all(any(".fails:" in place for place in line["place"]) for line in failed)
