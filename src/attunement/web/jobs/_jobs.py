"""Workers at the queue of jobs: begun again after a crash, put back at a stop, idle for nothing."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from shutil import rmtree
from typing import Any, TypeAlias

from attunement.errors import AttunementError, StorageError
from attunement.web.apart import EndedError, StoppedError
from attunement.web.jobs._store import HELD, JobStore, NewKey, Owner
from attunement.web.storage import (
    Box,
    Claim,
    Database,
    StorageUnavailable,
    Vault,
    claim,
    expire,
    hand_back,
    new_id,
    now,
    release,
    running,
    unfinished,
)

_LOOK_SECONDS = 60.0
"""How often a worker without work looks for jobs that other processes put down or left."""

_BEAT_SECONDS = 5.0
_LOST_AFTER = timedelta(minutes=2)
_KEEP = timedelta(days=7)
_HOLD = timedelta(hours=6)
_ORPHAN_SECONDS = 3600.0
_TELL_SECONDS = 0.3

_FAILED = "This failed through a fault of the service, which is in its log. Nothing was changed."
_ENDED = {
    "memory": "This needed more memory than a job may take. Give less at once.",
    "time": "This took longer than a job may take. Give less at once.",
    "fault": "This ended in the middle, and what it was given may be damaged.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a job.

    Attributes
    ----------
    message : str
        One sentence, without names and without words of a transcript.
    result : mapping
        JSON, sealed with the job's key.
    sessions : sequence of str
        Ids of the sessions that the result tells of; it is dropped when one is erased.
    failed : bool
        Whether the job came to nothing; the result says why.
    replaces : bool
        Whether the result takes the place of earlier ones of its kind.
    then : tuple of str
        Kinds of jobs to be done next, for the organisation, unless one waits already.
    """

    message: str
    result: Mapping[str, Any] = field(default_factory=dict)
    sessions: Sequence[str] = ()
    failed: bool = False
    replaces: bool = False
    then: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Running:
    """A job in the hands of a worker.

    Attributes
    ----------
    job_id, organisation_id : str
        Which, whose.
    owner : Owner
        Who asked.
    request : dict
        What for.
    folder : Path
        Its sealed files.
    box : Box
        What they are sealed with.
    stop : threading.Event
        Set when the work must end: it was cancelled, or the service stops.
    done, total : int
        How far it is.
    """

    job_id: str
    organisation_id: str
    owner: Owner
    request: dict[str, Any]
    folder: Path
    box: Box
    worker: str
    stop: threading.Event = field(default_factory=threading.Event)
    done: int = 0
    total: int = 0
    _beat: Callable[[Running], bool]
    _told: float = 0.0

    def tell(self, *, done: int, total: int) -> None:
        """Say how far the work is.

        Raises
        ------
        StoppedError
            It must end now.
        """
        self.done, self.total = done, total
        if time.monotonic() - self._told >= _TELL_SECONDS:
            self._told = time.monotonic()
            if not self._beat(self):
                self.stop.set()
        if self.stop.is_set():
            raise StoppedError


Work: TypeAlias = Callable[[Running], Outcome]
"""What is done for jobs of a kind. It may be begun twice, and must come to the same then."""


class Jobs:
    """The background work of a service.

    Parameters
    ----------
    database : Database
        Where the queue is.
    vault : Vault
        Wraps the jobs' keys.
    folder : Path
        Where uploaded files wait, sealed.
    work : mapping of str to callable
        What to do, by kind.
    workers : int
        Jobs at once.
    on_failure : callable, optional
        Is given the job's id and kind and the exception that ended it, to log it without its
        words.
    """

    def __init__(
        self,
        *,
        database: Database,
        vault: Vault,
        folder: Path,
        work: Mapping[str, Work],
        workers: int = 1,
        on_failure: Callable[[str, str, BaseException], None] | None = None,
    ) -> None:
        self.folder = folder
        self._database = database
        self._vault = vault
        self._work = work
        self._on_failure = on_failure
        self._name = f"{socket.gethostname()}:{os.getpid()}:{new_id()[:12]}"
        self._news = threading.Condition()
        self._awake = 0
        self._stopping = threading.Event()
        self._busy: dict[str, Running] = {}
        self._threads = [
            threading.Thread(target=self._serve, name=f"job-{place}", daemon=True)
            for place in range(workers)
        ]
        self._beating = threading.Thread(target=self._beat_all, name="job-beat", daemon=True)

    def start(self) -> None:
        """Take up what was left, and begin to work."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._tidy()
        for thread in (*self._threads, self._beating):
            thread.start()

    def stop(self, *, seconds: float = 10.0) -> None:
        """Put running jobs back to wait, and end."""
        self._stopping.set()
        for job in list(self._busy.values()):
            job.stop.set()
        self._wake()
        until = time.monotonic() + seconds
        for thread in (*self._threads, self._beating):
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))

    def submit(
        self,
        organisation_id: str,
        *,
        kind: str,
        request: Mapping[str, Any],
        owner: Owner,
        key: NewKey | None = None,
        held: bool = False,
    ) -> str:
        """Put a job down and have it begun.

        Parameters
        ----------
        organisation_id : str
            Whose it is.
        kind : str
            One of the kinds of `work`.
        request : mapping
            JSON: what is asked for; sealed.
        owner : Owner
            Who asks.
        key : NewKey, optional
            Where files were sealed for it already.
        held : bool
            Put it down and do not begin it yet.

        Returns
        -------
        str
            The job's id.
        """
        made = key or JobStore.new_key(self._vault)
        with self._database.of(organisation_id) as db:
            JobStore(db, self._vault).add(
                made,
                kind=kind,
                request=request,
                owner=owner,
                status=HELD if held else "waiting",
            )
        self._wake()
        return made.job_id

    def want(self, organisation_id: str, kind: str) -> None:
        """Have a job of a kind done for an organisation, unless one waits already."""
        with self._database.of(organisation_id) as db:
            if JobStore(db, self._vault).waiting(kind) is not None:
                return
        self.submit(organisation_id, kind=kind, request={}, owner=Owner())

    def begin(self, organisation_id: str, job_id: str, request: Mapping[str, Any]) -> bool:
        """Begin a held job with what is asked for; False if it was not held any more."""
        with self._database.of(organisation_id) as db:
            begun = JobStore(db, self._vault).ask(job_id, request)
        self._wake()
        return begun

    def cancel(self, organisation_id: str, job_id: str) -> bool:
        """Cancel a job that has not finished; False if it has."""
        with self._database.of(organisation_id) as db:
            cancelled = JobStore(db, self._vault).cancel(job_id)
        if cancelled:
            if (job := self._busy.get(job_id)) is not None:
                job.stop.set()
            else:
                self.discard(job_id)
        return cancelled

    def forget(self, organisation_id: str, job_id: str) -> bool:
        """Forget an upload that is held, with its files; False if it is not held any more."""
        with self._database.of(organisation_id) as db:
            forgotten = JobStore(db, self._vault).forget_held(job_id)
        if forgotten:
            self.discard(job_id)
        return forgotten

    def place(self, job_id: str) -> Path:
        """Give the folder of a job's files."""
        return self.folder / job_id

    def discard(self, job_id: str) -> None:
        """Remove a job's files."""
        rmtree(self.place(job_id), ignore_errors=True)

    @property
    def alive(self) -> bool:
        """Whether every worker is there, whether it has work or not."""
        return all(thread.is_alive() for thread in (*self._threads, self._beating))

    @property
    def busy(self) -> int:
        """How many jobs run in this process."""
        return len(self._busy)

    def _wake(self) -> None:
        with self._news:
            self._awake += 1
            self._news.notify_all()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            with self._news:
                seen = self._awake
            taken = None
            with suppress(Exception):  # the database is gone: look again later
                taken = claim(self._database, worker=self._name, at=now())
            if taken is not None:
                self._run(taken)
                continue
            with self._news:
                quiet = self._awake == seen and not self._stopping.is_set()
                long = quiet and not self._news.wait(_LOOK_SECONDS)
            if long and threading.current_thread() is self._threads[0]:
                with suppress(Exception):  # as above
                    self._tidy()

    def _run(self, taken: Claim) -> None:
        job: Running | None = None
        try:
            job = self._begin(taken)
            if job is None:
                return
            self._busy[taken.job_id] = job
            with self._news:
                self._news.notify_all()
            if self._stopping.is_set():
                raise StoppedError
            outcome = self._work[taken.kind](job)
        except StoppedError:
            outcome = None
        except (StorageUnavailable, StorageError):
            # It stays running in the table, and is begun once more when somebody tidies up.
            self._busy.pop(taken.job_id, None)
            return
        except AttunementError as error:
            outcome = _refused(error)
        except EndedError as error:
            self._note(taken, error)
            outcome = Outcome(message=_ENDED[error.ending], failed=True)
        except Exception as error:
            self._note(taken, error)
            outcome = Outcome(message=_FAILED, failed=True)
        try:
            self._end(taken, outcome)
        except Exception as error:
            # As above.
            self._note(taken, error)
        finally:
            self._busy.pop(taken.job_id, None)

    def _note(self, taken: Claim, error: BaseException) -> None:
        if self._on_failure is not None:
            self._on_failure(taken.job_id, taken.kind, error)

    def _begin(self, taken: Claim) -> Running | None:
        with self._database.of(taken.organisation_id) as db:
            store = JobStore(db, self._vault)
            view, box = store.find(taken.job_id), store.box(taken.job_id)
            request = store.request(taken.job_id)
        if view is None or box is None or request is None:
            return None
        return Running(
            job_id=taken.job_id,
            organisation_id=taken.organisation_id,
            owner=view.owner,
            request=request,
            folder=self.place(taken.job_id),
            box=box,
            worker=self._name,
            _beat=self._beat,
        )

    def _end(self, taken: Claim, outcome: Outcome | None) -> None:
        if outcome is None:
            if self._stopping.is_set():
                hand_back(self._database, taken.job_id, worker=self._name)
                return
            self.discard(taken.job_id)
            return
        with self._database.of(taken.organisation_id) as db:
            store = JobStore(db, self._vault)
            ended = store.finish(
                taken.job_id,
                worker=self._name,
                status="failed" if outcome.failed else "done",
                message=outcome.message,
                result=outcome.result,
                sessions=outcome.sessions,
            )
            if ended and outcome.replaces:
                store.forget_others(taken.kind, but=taken.job_id)
        self.discard(taken.job_id)
        for kind in outcome.then:
            self.want(taken.organisation_id, kind)

    def _beat(self, job: Running) -> bool:
        with self._database.of(job.organisation_id) as db:
            return JobStore(db, self._vault).beat(
                job.job_id, worker=self._name, done=job.done, total=job.total
            )

    def _beat_all(self) -> None:
        """While jobs run, say so, and learn of those that were cancelled elsewhere."""
        while not self._stopping.is_set():
            if not self._busy:
                with self._news:
                    if not self._busy and not self._stopping.is_set():
                        self._news.wait()
            self._stopping.wait(_BEAT_SECONDS)
            for job in list(self._busy.values()):
                with suppress(Exception):  # the database is gone: the work may go on until it ends
                    if not self._beat(job):
                        job.stop.set()

    def _tidy(self) -> None:
        """Take up what lost its worker, forget what is old, and remove files of no job."""
        moment = now()
        for job_id, worker, alive_at in running(self._database):
            if worker == self._name:
                lost = job_id not in self._busy
            else:
                lost = _gone(worker) or alive_at is None or alive_at < moment - _LOST_AFTER
            if lost:
                release(self._database, job_id, worker=worker, at=moment)
        expire(self._database, finished=moment - _KEEP, held=moment - _HOLD)
        known = unfinished(self._database)
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            with suppress(OSError):
                old = time.time() - folder.stat().st_mtime > _ORPHAN_SECONDS
                if folder.name not in known and old:
                    rmtree(folder, ignore_errors=True)


def _gone(worker: str) -> bool:
    """Tell whether a worker's process on this machine is no more."""
    machine, _, rest = worker.rpartition(":")[0].rpartition(":")
    if machine != socket.gethostname() or not rest.isdecimal():
        return False
    if int(rest) == os.getpid():
        # Ours by number, and yet not us: the number was given again.
        return True
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _refused(error: AttunementError) -> Outcome:
    """Say in the sealed result what is wrong: it may name a session or a file."""
    problem = {
        "file": error.path.name if error.path else None,
        "line": error.line,
        "field": error.field,
        "problem": error.problem,
        "mend": error.mend,
    }
    return Outcome(
        message="This could not be done; the problem says why.",
        result={"problems": [problem]},
        failed=True,
    )
