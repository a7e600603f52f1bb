"""The job that reads the language of an organisation's sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from attunement.embedding import Vectors
from attunement.web.jobs import JobStore, Outcome, Running
from attunement.web.results._reader import Reader
from attunement.web.results._store import LanguageStore
from attunement.web.results._topics import FEWEST_SESSIONS, MOST_SESSIONS, Topics, find_topics
from attunement.web.results._usual import Values
from attunement.web.storage import Database, Vault

KIND = "language"


@dataclass(slots=True)
class Known:
    """What the job before has left: every session's markers side by side, and topics."""

    values: Values
    topics: Topics | None


@dataclass(frozen=True, slots=True)
class _Embedded:
    """A session's turns with their embeddings, kept while topics are learned."""

    session_id: str
    spoken: pl.DataFrame
    vectors: Vectors


class LanguageWork:
    """Reads the markers of sessions that were not read yet, and tells topics.

    Parameters
    ----------
    database, vault
        Where sessions are.
    reader : Reader
        Reads them.
    """

    def __init__(self, *, database: Database, vault: Vault, reader: Reader) -> None:
        self._database = database
        self._vault = vault
        self._reader = reader

    def __call__(self, job: Running) -> Outcome:
        """Read what is new; what was read before is taken up.

        Raises
        ------
        StoppedError
            It is to end; what was read so far is kept.
        """
        closed, known, apart = self._before(job.organisation_id)
        new = [one for one in closed if one not in set(known.values.order)]
        anew = len(closed) >= FEWEST_SESSIONS and (
            known.topics is None or known.topics.outgrown(len(closed))
        )
        topics = None if anew else known.topics
        learning = closed[:MOST_SESSIONS] if anew else []
        total = len(new) + 2 * len(learning) + len(apart)
        held: list[_Embedded] = []
        done = 0
        for session_id in [*learning, *(one for one in new if one not in set(learning))]:
            embedded = self._read(
                job.organisation_id,
                session_id,
                values=known.values if session_id in new else None,
                topics=topics,
            )
            if anew and session_id in learning and embedded is not None:
                held.append(embedded)
            done += 1
            job.tell(done=done, total=total)
        for session_id in apart:
            self._read(job.organisation_id, session_id, values=None, topics=None)
            done += 1
            job.tell(done=done, total=total)
        if anew and held:
            topics = find_topics(
                job.job_id,
                pl.concat([one.spoken for one in held]),
                np.concatenate([one.vectors for one in held]),
                sessions=len(closed),
                stop=job.stop,
            )
        if anew and topics is not None:
            at_hand = {one.session_id: one for one in held}
            for session_id in closed:
                self._tell_topics(job.organisation_id, session_id, topics, at_hand.get(session_id))
                done = min(done + 1, total)
                job.tell(done=done, total=total)
        return Outcome(
            message=_told(len(new) + len(apart)),
            result={
                "encoder": self._reader.encoder.fingerprint,
                "values": known.values.as_json(),
                "topics": topics.as_json() if topics is not None else None,
            },
            sessions=known.values.order,
            replaces=True,
        )

    def _before(self, organisation_id: str) -> tuple[list[str], Known, list[str]]:
        """Take up what is known, unless sessions of it are gone or it was read otherwise.

        Beside the sessions that count, it gives those of the sample that are still to be read.
        """
        with self._database.of(organisation_id) as db:
            store = LanguageStore(db, self._vault)
            closed = store.closed()
            apart = [one for one in closed.left_out if not self._is_read(store, one)]
            kept = latest_result(JobStore(db, self._vault), KIND)
        nothing = Known(Values(), None)
        if kept is None or kept["encoder"] != self._reader.encoder.fingerprint:
            return closed.counted, nothing, apart
        values = Values.from_json(kept["values"])
        if not set(values.order) <= set(closed.counted):
            return closed.counted, nothing, apart
        topics = Topics.from_json(kept["topics"]) if kept["topics"] is not None else None
        return closed.counted, Known(values, topics), apart

    def _is_read(self, store: LanguageStore, session_id: str) -> bool:
        language = store.language(session_id)
        return language is not None and self._reader.is_current(language)

    def _read(
        self,
        organisation_id: str,
        session_id: str,
        *,
        values: Values | None,
        topics: Topics | None,
    ) -> _Embedded | None:
        """Read one session as far as it was not; None where it is gone."""
        with self._database.of(organisation_id) as db:
            store = LanguageStore(db, self._vault)
            session, language = store.transcript(session_id), store.language(session_id)
        if session is None:
            return None
        chunk = self._reader.embedded(session)
        if language is None or not self._reader.is_current(language):
            language = self._reader.language(chunk)
        if values is not None:
            values.add(session_id, language)
        if topics is not None:
            language["topics"] = topics.of(chunk.spoken, chunk.vectors)
        with self._database.of(organisation_id) as db:
            LanguageStore(db, self._vault).keep(session_id, language)
        spoken = chunk.spoken.select("session_id", "turn", "role", "time", "text")
        return _Embedded(session_id, spoken, chunk.vectors)

    def _tell_topics(
        self, organisation_id: str, session_id: str, topics: Topics, embedded: _Embedded | None
    ) -> None:
        with self._database.of(organisation_id) as db:
            store = LanguageStore(db, self._vault)
            language = store.language(session_id)
            session = store.transcript(session_id) if embedded is None else None
        if language is None:
            return
        if embedded is not None:
            language["topics"] = topics.of(embedded.spoken, embedded.vectors)
        elif session is not None:
            chunk = self._reader.embedded(session)
            language["topics"] = topics.of(chunk.spoken, chunk.vectors)
        with self._database.of(organisation_id) as db:
            LanguageStore(db, self._vault).keep(session_id, language)


def _told(read: int) -> str:
    return f"The language of {read} session{'' if read == 1 else 's'} was read."


def latest_result(store: JobStore, kind: str) -> dict[str, Any] | None:
    """Open what the latest finished job of a kind came to."""
    for job in store.latest(kind):
        if job.status == "done" and (result := store.result(job.id)) is not None:
            return result
    return None
