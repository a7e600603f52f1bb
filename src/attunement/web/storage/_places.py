"""What each sealed column is sealed for: ciphertext that is moved elsewhere does not open.

A place is the table, the column without "sealed_", and the row: `patients.code:ID`,
`turns.said:SESSION:NUMBER`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

Sealed: TypeAlias = Literal[
    "keyring.wrapped_marks",
    "patients.wrapped_key",
    "patients.code",
    "sessions.details",
    "sessions.summary",
    "sessions.language",
    "turns.said",
    "turns.state",
    "alarms.words",
    "jobs.wrapped_key",
    "jobs.request",
    "jobs.result",
]
"""Every column of ciphertext."""


def place(column: Sealed, *row: str | int) -> str:
    """Name the place of one value.

    Parameters
    ----------
    column : str
        Which.
    row : str or int
        The row's primary key, every part of it.
    """
    return ":".join((column, *map(str, row)))
