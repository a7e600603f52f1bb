"""Checking a document against a pydantic model, with our own words for what is wrong."""

from __future__ import annotations

import textwrap
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from attunement.errors import DataError
from attunement.instruments._document import SCHEMA_MEND, Document


def collapsed(text: object) -> object:
    """Make every run of white space one space: line breaks in a file are no part of a wording."""
    return " ".join(text.split()) if isinstance(text, str) else text


def comparable(text: str) -> str:
    """Give `text` as it is compared for duplicates: without regard to case."""
    return text.casefold()


Wording = Annotated[str, StringConstraints(min_length=1), BeforeValidator(collapsed)]
"""Text with at least one character that is not white space."""

_PROBLEMS = {
    "missing": "is missing or empty",
    "string_too_short": "is empty",
    "string_type": "must be text",
    "extra_forbidden": "is no field of this file",
    "model_type": "must be a mapping of fields",
    "dict_type": "must be a mapping of fields",
    "list_type": "must be a list",
    "tuple_type": "must be a list in [square brackets]",
    "too_long": "has too many entries",
    "too_short": "has too few entries",
}
"""Our words for pydantic's kinds of error, where its own speak of Python."""

Model = TypeVar("Model", bound=BaseModel)


class FileModel(BaseModel):
    """The base of every file's model: a field it does not know is a mistake, not an extra."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def validated(document: Document, model: type[Model], *, mend: str = SCHEMA_MEND) -> Model:
    """Turn a document into `model`; `mend` says where its layout is told.

    Raises
    ------
    DataError
        The first thing that does not fit, with file, line and field, and how many more there are.
    """
    try:
        return model.model_validate(document.values)
    except ValidationError as error:
        raise _first(document, error, mend=mend) from error


def _first(document: Document, error: ValidationError, *, mend: str) -> DataError:
    details = error.errors(include_url=False)
    more = len(details) - 1
    count = f" (problems in the file besides this one: {more})" if more else ""
    return document.error(details[0]["loc"], _problem(details[0]) + count, mend=mend)


def _problem(detail: ErrorDetails) -> str:
    kind = detail["type"]
    if kind in _PROBLEMS:
        return _PROBLEMS[kind]
    found = textwrap.shorten(str(detail["input"]), width=40, placeholder="...")
    match kind:
        case "int_parsing":
            return f"must be a whole number, found {found!r}"
        case "literal_error":
            return f"must be {detail['ctx']['expected']}, found {found!r}"
        case _:
            return detail["msg"][:1].lower() + detail["msg"][1:]
