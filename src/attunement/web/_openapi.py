"""The API's description: what every endpoint has in common is said once, here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from attunement.wire import Problem

Answers: TypeAlias = dict[int | str, dict[str, Any]]

_PROBLEM_TYPE = "application/problem+json"
_SCHEMA = {"$ref": "#/components/schemas/Problem"}
_PROBLEM = {"content": {_PROBLEM_TYPE: {"schema": _SCHEMA}}}
_METHODS = frozenset({"get", "put", "post", "delete", "patch"})
_DESCRIPTION = """\
Turns of a session go in, and after each one comes out what is known: each side's running estimate
of the alliance with its interval, the difference of the two, the patient's trend, and alarms with
the words that show them.

Programs send a service key as `Authorization: Bearer KEY`. What one may not see does not exist
(404). Refusals are problem+json (RFC 9457) and say how to mend them; they never quote a transcript.
Times have a zone. Fields may be added to answers within /api/v1; none is taken away or changed.

A supervision and research aid: not a diagnosis, and not a risk assessment."""
_COMMON = {
    "400": "The request cannot be read, or not by the name it was sent to.",
    "401": "Nobody is logged in, or the key is not valid.",
    "403": "The caller's role does not allow this, or another site has sent it.",
    "422": "A field is not valid; `detail` names it, and `errors` lists all.",
    "429": "Too many requests; Retry-After says in how many seconds to come again.",
    "503": "The database cannot be used just now; Retry-After says in how many seconds to come "
    "again. Nothing that was acknowledged is lost.",
}
_NOT_FOUND = "There is none, or none that the caller may see."
_TOO_LARGE = "More was sent than a request may hold."
_PARAMETERS = {
    "session_id": "The session, as this API names it.",
    "job_id": "The job, as this API names it.",
    "upload_id": "The upload, as its preview names it.",
    "patient_id": "The patient, as this API names them.",
    "user_id": "The person, as this API names them.",
    "key_id": "The key, as this API names it.",
    "limit": "At most so many.",
    "before": "Only what comes before this: what the last page said.",
    "everywhere": "Whether to log out on all devices.",
}
"""Said where an endpoint says nothing itself."""
_PUBLIC = frozenset({"/api/v1/login"})
_TAGS = {
    "sessions": "Sessions, their turns, and what is known after each.",
    "streams": "The same as it happens.",
    "alarms": "What a supervisor may want to look at.",
    "ratings": "What people answered on forms, and how it compares.",
    "uploads": "Transcripts as files.",
    "jobs": "What takes a while.",
}


def conflicting(when: str) -> Answers:
    """Give an endpoint's refusal of what goes against something that is there already.

    What all endpoints may refuse need not be said by each.
    """
    return {409: {"model": Problem, "description": when}}


def describe(app: FastAPI) -> None:
    """Have the application describe its API, and only that: pages are for people."""

    def description() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = described(app)
        return app.openapi_schema

    app.openapi = description  # type: ignore[method-assign]


def described(app: FastAPI) -> dict[str, Any]:
    """Give the OpenAPI document.

    Every endpoint has what all may answer: refusals as problem+json, and how callers are known.
    """
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=_DESCRIPTION,
        routes=app.routes,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "http://127.0.0.1:8000", "description": "This machine"}],
        tags=[{"name": name, "description": said} for name, said in _TAGS.items()],
    )
    document["paths"] = {
        path: item for path, item in document["paths"].items() if path.startswith("/api/")
    }
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    components["securitySchemes"] = {
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "A service key, as admins make them; it is shown once.",
        }
    }
    for path, operation in _operations(document):
        if path not in _PUBLIC:
            operation["security"] = [{"key": []}]
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in _PARAMETERS:
                parameter.setdefault("description", _PARAMETERS[parameter["name"]])
        _tell_refusals(operation, about_one="{" in path)
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in _METHODS:
                yield path, operation


def _tell_refusals(operation: dict[str, Any], *, about_one: bool) -> None:
    answers = operation["responses"]
    common = dict(_COMMON)
    if about_one:
        common["404"] = _NOT_FOUND
    if "requestBody" in operation:
        common["413"] = _TOO_LARGE
    for status, said in common.items():
        told = answers.setdefault(status, {"description": said})
        # What the framework would say of itself.
        if told["description"] == "Validation Error":
            told["description"] = said
    for status, told in answers.items():
        if status >= "400":
            told.update(_PROBLEM)
    operation["responses"] = dict(sorted(answers.items()))
