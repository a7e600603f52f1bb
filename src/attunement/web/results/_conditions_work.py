"""The job that compares the two sides over all sessions of an organisation."""

from __future__ import annotations

from typing import Any

import polars as pl

from attunement.alliance import Contrast
from attunement.errors import DataError
from attunement.tables import SCORES
from attunement.web.apart import Limits, messages_from
from attunement.web.jobs import Outcome, Running
from attunement.web.results._reader import Reader, scores_of
from attunement.web.results._store import Described, LanguageStore
from attunement.web.storage import Database, Vault, now

KIND = "conditions"
DRAWS = 2_000
SEED = 20251

_MODULE = "attunement.web.apart.compare_conditions"
_LIMITS = Limits(memory_bytes=None, seconds=1_800.0)


class ConditionsWork:
    """Compares inferred-therapist with inferred-patient, by condition.

    Parameters
    ----------
    database, vault
        Where sessions are.
    reader : Reader
        Reads those that were not read yet.
    """

    def __init__(self, *, database: Database, vault: Vault, reader: Reader) -> None:
        self._database = database
        self._vault = vault
        self._reader = reader

    def __call__(self, job: Running) -> Outcome:
        """Gather the scores, and run the statistics of the gap on them.

        Raises
        ------
        DataError
            There is no session, or the statistics cannot be run on those there are.
        StoppedError
            It is to end.
        """
        described, scores, looked_at, fictional = self._gathered(job)
        if not scores:
            raise DataError(
                "there is no closed session with words of a patient or therapist",
                mend="Upload some, or close live ones",
            )
        table = pl.concat(scores, how="diagonal")
        ids = {one.session_id for one in described}
        with self._database.of(job.organisation_id) as db:
            store = LanguageStore(db, self._vault)
            ratings, basis = store.ratings(ids), store.basis(looked_at)
        moment = now()
        [found] = messages_from(
            _MODULE,
            {
                "scores": {
                    name: table[name].to_list() for name in SCORES.columns if name in table.columns
                },
                "sessions": _sessions(described),
                "ratings": _ratings(ratings),
                "draws": job.request.get("draws", DRAWS),
                "seed": SEED,
                "on_common_scale": Contrast.on_common_scale,
                "source": f"estimator {Contrast.name}, encoder {self._reader.encoder.name}",
                "fictional": fictional,
                "created": moment.strftime("%Y-%m-%d %H:%M UTC"),
            },
            limits=_LIMITS,
            stop=job.stop,
        )
        if "problem" in found:
            raise DataError(found["problem"], mend=found["mend"])
        n = len(described)
        return Outcome(
            message=f"The two sides were compared over {n} session{'' if n == 1 else 's'}.",
            result={
                "computed_at": moment.isoformat(),
                "n_sessions": n,
                "n_looked_at": len(looked_at),
                "fictional": fictional,
                "basis": {**basis, "model": self._reader.name},
                **found,
            },
            sessions=sorted(looked_at),
            replaces=True,
        )

    def _gathered(self, job: Running) -> tuple[list[Described], list[pl.DataFrame], set[str], bool]:
        """Open every session's scores.

        Sessions without scored turns are left out, and are among those that were looked at. The
        last value tells whether they are the sample's, as there are no others.
        """
        with self._database.of(job.organisation_id) as db:
            # In the order they were held, which the random numbers go by: the same sessions give
            # the same figures again.
            found = LanguageStore(db, self._vault).closed()
        closed = found.counted[::-1]
        described: list[Described] = []
        scores: list[pl.DataFrame] = []
        looked_at: set[str] = set()
        for done, session_id in enumerate(closed):
            job.tell(done=done, total=len(closed) + 1)
            with self._database.of(job.organisation_id) as db:
                store = LanguageStore(db, self._vault)
                about, language = store.described(session_id), store.language(session_id)
            if language is None or not self._reader.is_current(language):
                language = self._read(job.organisation_id, session_id)
            if about is None or language is None:
                continue
            looked_at.add(session_id)
            table = scores_of(language, session_id)
            if table.height:
                described.append(about)
                scores.append(table)
        job.tell(done=len(closed), total=len(closed) + 1)
        return described, scores, looked_at, found.fictional

    def _read(self, organisation_id: str, session_id: str) -> dict[str, Any] | None:
        with self._database.of(organisation_id) as db:
            session = LanguageStore(db, self._vault).transcript(session_id)
        if session is None:
            return None
        language = self._reader.language(self._reader.embedded(session))
        with self._database.of(organisation_id) as db:
            LanguageStore(db, self._vault).keep(session_id, language)
        return language


def _sessions(described: list[Described]) -> dict[str, list[Any]]:
    return {
        "session_id": [one.session_id for one in described],
        "patient_id": [one.patient_id for one in described],
        "therapist_id": [one.therapist for one in described],
        "condition": [one.condition for one in described],
        "number": [one.number for one in described],
    }


def _ratings(rows: list[tuple[str, str, str, str, float]]) -> dict[str, list[Any]]:
    return {
        "session_id": [row[0] for row in rows],
        "turn": [None] * len(rows),
        "rater": [row[1] for row in rows],
        "instrument": [row[2] for row in rows],
        "scale": [row[3] for row in rows],
        "value": [row[4] for row in rows],
    }
