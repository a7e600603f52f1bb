"""Erasing a patient, and the proof of it."""

from __future__ import annotations

from pydantic import Field

from attunement.wire._model import Id, Told


class Erased(Told):
    """The receipt of an erasure."""

    erasure_id: Id = Field(description="Names the receipt.")
    patient_id: Id = Field(description="Who was forgotten, as this API named them.")
    rows: dict[str, int] = Field(
        description="How many rows of each table went.",
        examples=[{"patients": 1, "sessions": 3, "turns": 412}],
    )


class ErasureCheck(Told):
    """One thing that must hold of a patient who was erased."""

    what: str = Field(examples=["no row of the patient is left"], description="What must hold.")
    holds: bool | None = Field(
        description="Null where the service cannot look: in a database server's own files."
    )
    detail: str = Field(description="What was found.")


class ErasureProof(Told):
    """What was looked for, and found, after an erasure."""

    holds: bool = Field(description="Whether nothing was found that should be gone.")
    checks: tuple[ErasureCheck, ...] = Field(description="One after the other.")
