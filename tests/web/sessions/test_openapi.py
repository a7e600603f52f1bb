"""The API's description is whole, committed, and true: requests drawn from it find no fault."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok
from tests.web.serving import Program, Served
from tests.web.sessions.talk import begin, post, turn
from tools.openapi import DOCUMENT, document

from attunement.web.accounts._cookies import cookie_of
from attunement.web.accounts._logins import begin_login, find_login
from attunement.web.storage import User, new_id
from attunement.wire import NewRatings, NewSession, NewTurn, Problem

EXAMPLES = int(os.environ.get("ATTUNEMENT_SCHEMATHESIS_EXAMPLES", "3"))
"""For each endpoint; more by hand."""
_METHODS = ("get", "put", "post", "delete", "patch")


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document())
    return found


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in described["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]


def test_the_committed_description_is_the_services_own() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run python tools/openapi.py"


def test_every_endpoint_has_a_name_a_summary_and_its_refusals(described: dict[str, Any]) -> None:
    names = []
    for path, method, operation in operations(described):
        where = f"{method} {path}"
        assert path.startswith("/api/v1/"), where
        names.append(operation["operationId"])
        assert operation["summary"], where
        assert operation["description"], where
        refusals = {status for status in operation["responses"] if status >= "400"}
        assert {"400", "401", "403", "422", "429", "503"} <= refusals, where
        assert "{" not in path or "404" in refusals, where
        assert "requestBody" not in operation or "413" in refusals, where
        for status in refusals:
            (kind,) = operation["responses"][status]["content"]
            assert kind == "application/problem+json", where
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description"), f"{where}: {parameter['name']}"
    assert len(names) == len(set(names))


def test_every_field_is_described(described: dict[str, Any]) -> None:
    for name, schema in described["components"]["schemas"].items():
        for field, said in schema.get("properties", {}).items():
            assert "description" in said or "$ref" in said or "const" in said, f"{name}.{field}"


def test_examples_are_what_they_are_examples_of(described: dict[str, Any]) -> None:
    for model in (NewSession, NewTurn, NewRatings):
        properties = described["components"]["schemas"][model.__name__]["properties"]
        given = {name: one["examples"][0] for name, one in properties.items() if "examples" in one}
        assert given
        model.model_validate(given)


def test_numbers_say_their_unit_in_states(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    for name in ("Estimate", "Trend", "Scores", "Nearest", "Place", "OnOneScale"):
        for field, said in schemas[name]["properties"].items():
            kinds = [said, *said.get("anyOf", ())]
            if any(kind.get("type") == "number" for kind in kinds):
                told = said["description"].lower()
                words = ("unit", "standard deviations", "cosine", "scale", "estimate", "interval")
                assert any(word in told for word in words), f"{name}.{field}: {told}"


@dataclass(frozen=True)
class Known:
    """Who asks, and about what: requests drawn at random would find nothing by themselves."""

    headers: dict[str, str]
    session_id: str
    alarm_id: str


@pytest.fixture(scope="module")
def program(served: Served) -> Program:
    return served.program()


@pytest.fixture(scope="module")
def known(served: Served, program: Program) -> Known:
    """A session of ten turns with an alarm."""
    with program.http(served.address) as http:
        session = begin(http)
        for number in range(10):
            assert post(http, session, turn(number)).status_code == 201
        (alarm,) = http.get("/api/v1/alarms").json()["alarms"]
    return Known({"Authorization": f"Bearer {program.key}"}, session, alarm["id"])


@pytest.fixture(scope="module", params=["program", "admin"])
def caller(request: pytest.FixtureRequest, served: Served, program: Program, known: Known) -> Known:
    """The program whose session it is, and an admin of its organisation."""
    if request.param == "program":
        return known
    service = served.service
    with service.database.of(program.organisation_id) as db:
        user = User(name="Kim", email=f"{new_id()}@example.org", role="admin")
        db.add(user)
        db.flush()
        token = begin_login(db, service, user)
    login = find_login(service, token)
    assert login is not None
    cookie = f"{cookie_of(service.settings)}={token}"
    return replace(known, headers={"Cookie": cookie, "X-CSRF-Token": login.csrf_token})


def test_requests_drawn_from_the_description_find_no_fault(
    served: Served, caller: Known, described: dict[str, Any]
) -> None:
    """To every endpoint: no answer of 500, and none that is not described."""
    schema = schemathesis.openapi.from_dict(described)
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        # Streams do not end, and who logs out asks no more.
        if not operation.path.endswith(("/stream", "/logout")):
            _ask_at_random(operation, served.address, caller)


def _ask_at_random(operation: Any, address: str, caller: Known) -> None:
    described = set(operation.definition.raw["responses"])
    names = {"session_id": caller.session_id, "alarm_id": caller.alarm_id}

    @settings(
        max_examples=EXAMPLES,
        derandomize=EXAMPLES < 100,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        for name in (case.path_parameters or {}).keys() & names.keys():
            case.path_parameters[name] = names[name]
        case.cookies = {}
        answer = case.call(base_url=address, headers=caller.headers, timeout=30)
        where = f"{case.method} {case.path}: {answer.status_code}"
        assert answer.status_code < 500, where
        assert str(answer.status_code) in described, where
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == ["application/problem+json"], where
            Problem.model_validate_json(answer.content)

    ask()
