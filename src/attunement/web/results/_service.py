"""Results for the API and the pages."""

from __future__ import annotations

from sqlalchemy.orm import Session as Db

from attunement.web._service import Service
from attunement.web.accounts import Caller
from attunement.web.jobs import JobStore, JobView, Owner, job_told
from attunement.web.results._conditions_work import KIND as CONDITIONS
from attunement.web.results._language_work import KIND as LANGUAGE
from attunement.web.results._language_work import latest_result
from attunement.web.results._reader import Reader
from attunement.web.results._shown import shown_conditions, shown_language, waiting
from attunement.web.results._store import LanguageStore
from attunement.web.results._topics import Topics
from attunement.web.results._usual import Values
from attunement.web.sessions import SessionStore
from attunement.wire import Conditions, SessionLanguage

_ONGOING = frozenset({"waiting", "running"})


def language_of(service: Service, caller: Caller, session_id: str) -> SessionLanguage:
    """Give the language of a session that the caller may see.

    Where it was not read yet, or topics went with a patient who was erased, it is read in the
    background.

    Raises
    ------
    NotFound
        There is none.
    """
    with service.database.of(caller.organisation_id) as db:
        session = SessionStore(db, service.vault, caller).find(session_id)
        store, jobs = LanguageStore(db, service.vault), JobStore(db, service.vault)
        language = store.language(session_id)
        kept = latest_result(jobs, LANGUAGE)
        closed = store.closed()
        reading = _ongoing(jobs, LANGUAGE) is not None
    wanted = session.status == "closed" and session.n_turns > 0
    if wanted and (language is None or kept is None) and not reading:
        service.jobs.want(caller.organisation_id, LANGUAGE)
    if language is None:
        return waiting()
    values, topics = Values(), None
    if kept is not None and session_id not in closed.left_out:
        values = Values.from_json(kept["values"])
        topics = Topics.from_json(kept["topics"]) if kept["topics"] is not None else None
        if not set(values.order) <= set(closed.counted):
            values = Values()
    return shown_language(
        session_id,
        language,
        values=values,
        topics=topics,
        sessions=len(closed.counted),
        fictional=session.fictional,
        left_out=session_id in closed.left_out,
    )


def read_language(service: Service, organisation_id: str) -> None:
    """Have the sessions read that were not read yet: one was closed, or some were uploaded."""
    service.jobs.want(organisation_id, LANGUAGE)


def conditions_of(service: Service, caller: Caller) -> Conditions:
    """Give what was found over all sessions, and whether sessions have come or gone since."""
    with service.database.of(caller.organisation_id) as db:
        return _conditions(db, service)


def compute_conditions(service: Service, caller: Caller) -> Conditions:
    """Have the statistics run over the sessions there are, unless they are being run."""
    with service.database.of(caller.organisation_id) as db:
        ongoing = _ongoing(JobStore(db, service.vault), CONDITIONS)
    if ongoing is None:
        service.jobs.submit(
            caller.organisation_id,
            kind=CONDITIONS,
            request={},
            owner=Owner(user_id=caller.user_id, key_id=caller.key_id),
        )
    return conditions_of(service, caller)


def _conditions(db: Db, service: Service) -> Conditions:
    jobs = JobStore(db, service.vault)
    done = next((job for job in jobs.latest(CONDITIONS) if job.status == "done"), None)
    ongoing = _ongoing(jobs, CONDITIONS)
    result = jobs.result(done.id) if done is not None else None
    store = LanguageStore(db, service.vault)
    of = jobs.sessions(done.id) if done is not None else set()
    return shown_conditions(
        result,
        of=of,
        closed=store.closed(),
        basis={**store.basis(of), "model": Reader(service.listener.encoder).name},
        job=job_told(ongoing) if ongoing is not None else None,
    )


def _ongoing(jobs: JobStore, kind: str) -> JobView | None:
    return next((job for job in jobs.latest(kind) if job.status in _ONGOING), None)
