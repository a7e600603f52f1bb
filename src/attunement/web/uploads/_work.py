"""The job of an upload: its files are read apart, and each session is kept as soon as it comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from attunement.errors import DataError, UsageError
from attunement.live import Listener
from attunement.tables import ROLES
from attunement.web._problems import Problem
from attunement.web.accounts import Caller
from attunement.web.apart import session_from
from attunement.web.jobs import Outcome, Owner, Running
from attunement.web.sessions import estimator_name
from attunement.web.storage import Database, ServiceKey, User, Vault
from attunement.web.uploads._preview import problem_of
from attunement.web.uploads._reading import Upload
from attunement.web.uploads._receiving import UploadedFile
from attunement.web.uploads._storing import Keeping
from attunement.wire import UploadOptions

_MOST_PROBLEMS = 1_000


class UploadWork:
    """Reads uploads; one for all jobs.

    Parameters
    ----------
    database, vault
        Where sessions are kept.
    listener : Listener
        Gives their states.
    most_bytes : int
        The largest upload.
    """

    def __init__(
        self, *, database: Database, vault: Vault, listener: Listener, most_bytes: int
    ) -> None:
        self._database = database
        self._vault = vault
        self._listener = listener
        self._most_bytes = most_bytes

    def __call__(self, job: Running) -> Outcome:
        """Read and keep what was uploaded; what is kept already is passed over.

        Raises
        ------
        StoppedError
            It is to end; what was kept so far stays, and is known again.
        UsageError
            Who asked may not any more.
        """
        upload = Upload(
            files=files_of(job.request),
            folder=job.folder,
            box=job.box,
            most_bytes=self._most_bytes,
        )
        options = UploadOptions.model_validate(job.request["options"])
        total = 0
        for message in upload.read("count", options, stop=job.stop):
            total += message.get("turns", 0)
            job.tell(done=0, total=0)
        keeping = Keeping(
            database=self._database,
            vault=self._vault,
            listener=self._listener,
            caller=self._caller(job.organisation_id, job.owner),
            estimator=estimator_name(self._listener),
            options=options,
            job_id=job.job_id,
            fictional=job.request.get("fictional", False),
        )
        return self._kept(job, upload, options, keeping, total=total)

    def _kept(
        self, job: Running, upload: Upload, options: UploadOptions, keeping: Keeping, *, total: int
    ) -> Outcome:
        sessions: list[dict[str, Any]] = []
        problems: list[dict[str, Any]] = []
        left_out: list[str] = []
        notes: list[str] = []
        odd: Counter[str] = Counter()
        done = 0
        job.tell(done=done, total=total)
        for message in upload.read("sessions", options, stop=job.stop):
            if "problem" in message:
                problems.append(message["problem"])
            if "left_out" in message:
                left_out.append(message["left_out"])
            if "session" not in message:
                continue
            session = replace(
                session_from(message["session"]), path=Path(message["from"]), line=message["line"]
            )
            try:
                kept = keeping.keep(session)
            except DataError as error:
                problems.append(problem_of(error))
            except Problem as error:
                problems.append(_told(error, file=message["from"], line=message["line"]))
            else:
                notes += kept.notes
                odd.update(kept.missing)
                odd["date"] += kept.misdated
                sessions.append(
                    {
                        "id": kept.session_id,
                        "patient_id": kept.patient_id,
                        "label": kept.label,
                        "status": kept.status,
                        "turns": kept.turns,
                        "file": message["from"],
                    }
                )
            done += len(session.turns)
            job.tell(done=done, total=max(total, done))
        new = [one["id"] for one in sessions if one["status"] == "stored"]
        return Outcome(
            message=_in_words(new=len(new), known=len(sessions) - len(new), bad=len(problems)),
            result={
                "sessions": sessions,
                "problems": problems[:_MOST_PROBLEMS],
                "left_out": left_out,
                "notes": [*notes, *_odd_in_words(odd)],
            },
            sessions=[one["id"] for one in sessions],
            failed=not sessions,
            then=("language",) if new else (),
        )

    def _caller(self, organisation_id: str, owner: Owner) -> Caller:
        """Be who asked, as far as they still may."""
        with self._database.of(organisation_id) as db:
            if owner.user_id is not None:
                user = db.scalar(select(User).where(User.id == owner.user_id, User.active))
                if user is not None:
                    return Caller(
                        organisation_id=organisation_id,
                        role=user.role,  # type: ignore[arg-type]
                        user_id=user.id,
                        name=user.name,
                    )
            key = db.scalar(
                select(ServiceKey).where(
                    ServiceKey.id == owner.key_id, ServiceKey.revoked_at.is_(None)
                )
            )
            if key is None:
                raise UsageError(
                    "whoever sent this may not keep sessions any more",
                    mend="Send it again as somebody who may",
                )
            return Caller(
                organisation_id=organisation_id, role="service", key_id=key.id, name=key.name
            )


def files_of(request: dict[str, Any]) -> tuple[UploadedFile, ...]:
    """Give the files that a job's request names."""
    return tuple(UploadedFile(**one) for one in request["files"])


def _told(error: Problem, *, file: str, line: int | None) -> dict[str, Any]:
    return {
        "file": file,
        "line": line,
        "field": error.more.get("field"),
        "problem": error.detail.rstrip("."),
        "mend": (error.mend or "Send it again").rstrip("."),
    }


def _odd_in_words(odd: Counter[str]) -> Iterator[str]:
    for side in ROLES:
        if odd[side]:
            yield (
                f"In {_counted(odd[side], 'session')} no turn is the {side}'s. If speakers were "
                "taken for others than they are, erase what was kept, and send it again with each "
                "named on their side."
            )
    if odd["date"]:
        yield (
            f"The date of {_counted(odd['date'], 'session')} was not taken: expected one like "
            "2026-03-02, and none to come."
        )


def _in_words(*, new: int, known: int, bad: int) -> str:
    parts = []
    if new or not known:
        parts.append(f"{_counted(new, 'session')} kept")
    if known:
        parts.append(f"{_counted(known, 'session')} known already and passed over")
    if bad:
        parts.append(f"{_counted(bad, 'problem')} found")
    return f"{', '.join(parts)}."


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
