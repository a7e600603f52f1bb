"""What the pages of uploads show, and how their forms are read."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from attunement.web.jobs import JobView
from attunement.wire import UploadOptions, UploadPreview

FIELDS = (
    "text",
    "role",
    "speaker",
    "session_id",
    "patient_id",
    "therapist_id",
    "condition",
    "number",
    "start",
    "end",
)
_NAMED_THERE = "in the table of speakers"
_ON_THE_PAGE = (
    (re.compile(r"\bin the fields patient and therapist\b"), _NAMED_THERE),
    (re.compile(r"\bin the field columns, as (\w+)=NAME\b"), r"under Columns, at \1"),
)
_NAMES = {"waiting": "waiting", "running": "being read", "done": "done", "failed": "failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSpeaker:
    """Somebody who speaks in an upload, over all of its sessions.

    Attributes
    ----------
    name : str
        What the files call them.
    found : str
        Whom they are taken for: patient, therapist, other, or nobody; several where sessions
        differ.
    said : str
        Whom the form names them as; empty where it does not.
    sessions, utterances : int
        In how many sessions they speak, and how often.
    first_words : str
        What they say first.
    """

    name: str
    found: str
    said: str
    sessions: int
    utterances: int
    first_words: str


def speakers(preview: UploadPreview, options: UploadOptions) -> list[FoundSpeaker]:
    """Gather the speakers of all sessions by name, the most frequent first."""
    roles: dict[str, Counter[str]] = defaultdict(Counter)
    utterances: Counter[str] = Counter()
    first: dict[str, str] = {}
    for session in preview.sessions:
        for speaker in session.speakers:
            roles[speaker.name][speaker.role or "nobody yet"] += 1
            utterances[speaker.name] += speaker.utterances
            first.setdefault(speaker.name, speaker.first_words)
    return [
        FoundSpeaker(
            name=name,
            found=", ".join(sorted(found)),
            said="patient"
            if name in options.patient
            else "therapist"
            if name in options.therapist
            else "",
            sessions=found.total(),
            utterances=utterances[name],
            first_words=first[name],
        )
        for name, found in sorted(roles.items(), key=lambda pair: -utterances[pair[0]])
    ]


def readable(preview: UploadPreview) -> int:
    """Count the sessions that would be kept: those that can be, and are not yet."""
    shown = sum(session.problem is None and not session.known for session in preview.sessions)
    return shown + preview.more_sessions - preview.more_not_kept


def one_sided(preview: UploadPreview) -> int:
    """Count the sessions that would be kept with one side's words alone."""
    return sum(
        any(note.issue == "one role only" for note in session.notes)
        for session in preview.sessions
        if not session.known and session.problem is None
    )


def mapping_mark(options: UploadOptions) -> str:
    """Give what a form holds to tell whether names and columns were mapped otherwise since."""
    mapped = [sorted(options.patient), sorted(options.therapist), sorted(options.columns.items())]
    return json.dumps(mapped, ensure_ascii=False)


def for_page(mend: str, *, again: bool = False) -> str:
    """Name what stands on a page where a mend names the fields of the API.

    Parameters
    ----------
    mend : str
        What to do.
    again : bool
        Whether the files have to be sent again for it.
    """
    for pattern, words in _ON_THE_PAGE:
        mend = pattern.sub(words, mend)
    return f"{mend}, when you upload it again" if again and _NAMED_THERE in mend else mend


def named_sides(values: Sequence[str]) -> dict[str, list[str]]:
    """Read the choices `patient=NAME` and `therapist=NAME` of a form."""
    sides: dict[str, list[str]] = {"patient": [], "therapist": []}
    for value in values:
        side, equals, name = value.partition("=")
        if equals and side in sides and name:
            sides[side].append(name)
    return sides


def progress(job: JobView) -> dict[str, Any]:
    """Say how far a job is."""
    return {
        "job": job,
        "words": _NAMES.get(job.status, job.status),
        "share": round(100 * job.done / job.total) if job.total else None,
    }
