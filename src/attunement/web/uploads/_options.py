"""What an upload says beside its files: who is who, which column is what, whose sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from attunement.errors import UsageError
from attunement.transcripts import ReadOptions
from attunement.web._problems import Problem
from attunement.wire import UploadOptions

_SEVERAL = frozenset({"patient", "therapist"})


def options_of(fields: Mapping[str, Sequence[str]]) -> UploadOptions:
    """Read the fields of a form.

    `patient` and `therapist` may come several times; `columns` comes as FIELD=NAME, several times
    too. Empty fields say nothing.

    Raises
    ------
    Problem
        A field is unknown or not valid.
    """
    said: dict[str, Any] = {}
    for name, values in fields.items():
        filled = [value.strip() for value in values if value.strip()]
        if not filled or name == "csrf_token":
            continue
        if name == "columns":
            said[name] = dict(_column(value) for value in filled)
        elif name in _SEVERAL:
            said[name] = filled
        elif len(filled) > 1:
            raise Problem(422, f"The field {name[:40]} was given more than once.")
        else:
            said[name] = filled[0]
    return _checked(said)


def reading(options: UploadOptions) -> dict[str, Any]:
    """Give what the reader of files needs to know."""
    return {
        "columns": options.columns,
        "patient": options.patient,
        "therapist": options.therapist,
        "merge": options.merge,
    }


def consistent(options: UploadOptions) -> UploadOptions:
    """See that options make sense together.

    Raises
    ------
    Problem
        They do not.
    """
    try:
        ReadOptions(
            columns=options.columns,
            patient=tuple(options.patient),
            therapist=tuple(options.therapist),
        )
    except UsageError as error:
        # What was found may be a speaker's name: it is told by its field.
        problem = (
            "one name is given to the patient and to the therapist"
            if error.field == "patient, therapist"
            else "a column is given to something that is no field of a turn"
        )
        raise Problem(
            422,
            f"{error.field}: {problem}.",
            mend="Name each speaker on one side, and map fields of turns only.",
            more={"field": error.field},
        ) from None
    return options


def _checked(said: Mapping[str, Any]) -> UploadOptions:
    try:
        return consistent(UploadOptions.model_validate(said))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))[:60]
        raise Problem(422, f"{where}: {first['msg']}.", more={"field": where}) from None


def _column(value: str) -> tuple[str, str]:
    field, equals, column = value.partition("=")
    if not equals or not field.strip() or not column.strip():
        raise Problem(
            422, "columns: expected FIELD=NAME, such as text=utterance.", more={"field": "columns"}
        )
    return field.strip(), column.strip()
