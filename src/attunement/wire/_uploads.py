"""Uploads: transcripts sent as files, what was found in them, and the jobs that read them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from attunement.wire._model import Asked, Id, Moment, OneLine, Role, Told

JobStatus = Literal["held", "waiting", "running", "done", "failed", "cancelled"]
JobKind = Literal["upload", "language", "conditions"]

_MOST_NAMES = 100


class UploadOptions(Asked):
    """How the files are to be understood, and whose sessions they are."""

    patient: list[OneLine] = Field(
        default=[],
        max_length=_MOST_NAMES,
        description="Names by which the transcripts call the patient's side.",
        examples=[["SPEAKER_01"]],
    )
    therapist: list[OneLine] = Field(
        default=[],
        max_length=_MOST_NAMES,
        description="Names by which the transcripts call the therapist's side.",
        examples=[["SPEAKER_00"]],
    )
    columns: dict[OneLine, OneLine] = Field(
        default={},
        max_length=20,
        description="For tables of one row a turn: our field to the name of your column. The "
        "fields are session_id, role, text, speaker, start, end, patient_id, therapist_id, "
        "condition and number.",
        examples=[{"text": "utterance"}],
    )
    merge: bool = Field(
        default=True, description="Whether utterances of one speaker in a row become one turn."
    )
    patient_code: OneLine | None = Field(
        default=None,
        description="What you call the patient, for sessions whose transcript does not say. "
        "Without it each of these sessions gets a patient of its own.",
    )
    condition: OneLine | None = Field(
        default=None, description="The patient's condition, where the transcript does not say."
    )
    therapist_id: Id | None = Field(
        default=None,
        description="The user whose sessions these are; supervisors and admins may choose. A "
        "therapist's uploads are their own.",
    )
    held_at: Moment | None = Field(
        default=None,
        description="When the sessions were held, with a time zone, where the transcript does not "
        "say; when they were read if left out.",
        examples=["2026-03-02T10:00:00+01:00"],
    )


class UploadProblem(Told):
    """Something that keeps a file, or a session in it, from being read."""

    file: str | None = Field(description="The file; a file in a zip is named ZIP/FILE.")
    line: int | None = Field(description="The line there, from 1, where it can be told.")
    field: str | None = Field(description="The column or key concerned.")
    problem: str = Field(description="What is wrong, without words of the transcript.")
    mend: str = Field(description="What to do about it.")


class UploadNote(Told):
    """Something odd that keeps nothing from being read."""

    file: str | None = Field(description="The file; a file in a zip is named ZIP/FILE.")
    line: int | None = Field(description="The line there, from 1, where it can be told.")
    issue: str = Field(
        description="Its kind, as `attunement check` names it, such as `one role only`."
    )
    detail: str = Field(description="What was found, without words of the transcript.")


class PreviewedSpeaker(Told):
    """Somebody who speaks in a session."""

    name: str = Field(description="What the file calls them; empty where it does not say.")
    role: Role | None = Field(
        description="Whom they are taken for; null where it cannot be told: name them in patient "
        "or therapist."
    )
    utterances: int = Field(description="How often they speak.")
    first_words: str = Field(description="The first dozen words they say.")


class PreviewedSession(Told):
    """A session as it would be read, or why it cannot be."""

    file: str = Field(description="Its file.")
    line: int | None = Field(description="Where it begins there, if a file holds several.")
    session_id: str = Field(description="What it will be called.")
    speakers: list[PreviewedSpeaker] = Field(description="In the order they first speak.")
    patient_id: str | None = Field(description="The patient, if the transcript says.")
    therapist_id: str | None = Field(description="The therapist, if the transcript says.")
    condition: str | None = Field(description="The condition, if the transcript says.")
    number: int | None = Field(description="Which session it is, if the transcript says.")
    held_at: Moment | None = Field(
        description="When it was held, UTC, if the transcript or its row in sessions.csv says, in "
        "a column held_at or date."
    )
    problem: UploadProblem | None = Field(description="Why it would not be kept as it is.")
    known: bool = Field(description="Whether it is kept already, and would be passed over.")
    notes: list[UploadNote] = Field(description="What is odd about it.")


class PreviewedTable(Told):
    """The columns of a table of turns."""

    file: str = Field(description="The table.")
    columns: list[str] = Field(description="Its columns.")
    fields: dict[str, str] = Field(description="Our field to the column it is taken from.")


class UploadPreview(Told):
    """What an upload holds. Nothing is stored before it is submitted."""

    id: str = Field(description="The upload: submit it, or preview it anew with other options.")
    sessions: list[PreviewedSession] = Field(description="In the order they would be read.")
    more_sessions: int = Field(description="How many more there are than are shown.")
    more_not_kept: int = Field(
        description="How many of those would not be kept: there is a problem, or they are known."
    )
    tables: list[PreviewedTable] = Field(description="The tables among the files.")
    problems: list[UploadProblem] = Field(description="What is wrong with whole files.")
    notes: list[UploadNote] = Field(description="What is odd, of no one session.")
    left_out: list[str] = Field(description="Files that are not transcripts and are not read.")


class Job(Told):
    """Something that takes a while."""

    id: str = Field(description="Names the job in this API.")
    kind: JobKind = Field(
        description="upload: reading transcripts; language: markers and topics; conditions: "
        "statistics over all sessions."
    )
    status: JobStatus = Field(
        description="held is uploaded and not yet submitted; done, failed and cancelled are final."
    )
    done: int = Field(description="Turns, or steps, that are done.")
    total: int = Field(description="Of so many; 0 while that is not known.")
    message: str = Field(description="What was done, or why not, in a sentence.")
    created_at: Moment = Field(description="When it was asked for, UTC.")
    started_at: Moment | None = Field(description="When it was begun, UTC.")
    finished_at: Moment | None = Field(description="When it ended, UTC.")
    result: dict[str, Any] | None = Field(
        default=None,
        description="What came of an upload: `sessions` (id, label, status stored or known, turns, "
        "file), `problems`, `left_out` and `notes`. Kept for a week.",
    )


class Jobs(Told):
    """Jobs, the latest first."""

    jobs: list[Job] = Field(description="Without their results.")
