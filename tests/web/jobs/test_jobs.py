"""Jobs outlive their workers: each is done once, is put back, or fails with a reason."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from attunement.errors import DataError
from attunement.web.apart import EndedError, StoppedError
from attunement.web.jobs import Jobs, JobStore, Outcome, Owner, Running, Work
from attunement.web.storage import (
    Database,
    Job,
    Organisation,
    Patient,
    TherapySession,
    Vault,
    claim,
    drop_results_of,
    now,
)


@pytest.fixture
def vault() -> Vault:
    return Vault(b"k" * 32)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, new_database: Path) -> Iterator[Database]:
    if request.param == "postgresql":
        opened = Database(request.getfixturevalue("postgres_url"))
    else:
        copy = request.getfixturevalue("tmp_path") / "jobs.db"
        copy.write_bytes(new_database.read_bytes())
        opened = Database(f"sqlite:///{copy}")
    yield opened
    opened.close()


@pytest.fixture
def organisation(database: Database) -> str:
    with database.unscoped() as db:
        row = Organisation(name="Elm Street")
        db.add(row)
        db.flush()
        return row.id


@pytest.fixture
def working(database: Database, vault: Vault, tmp_path: Path) -> Iterator[Callable[[Work], Jobs]]:
    begun: list[Jobs] = []

    def make(work: Work, *, workers: int = 1) -> Jobs:
        jobs = Jobs(
            database=database,
            vault=vault,
            folder=tmp_path / "uploads",
            work={"upload": work},
            workers=workers,
        )
        begun.append(jobs)
        jobs.start()
        return jobs

    yield make
    for jobs in begun:
        jobs.stop()


def put(jobs: Jobs, organisation: str, **request: object) -> str:
    return jobs.submit(organisation, kind="upload", request=request, owner=Owner())


def row(database: Database, organisation: str, job_id: str) -> Job:
    with database.of(organisation) as db:
        return db.scalars(select(Job).where(Job.id == job_id)).one()


def until(told: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not told():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


def test_what_was_asked_and_what_came_of_it_are_sealed(
    database: Database, vault: Vault, organisation: str, working: Callable[[Work], Jobs]
) -> None:
    jobs = working(lambda job: Outcome(message="Done.", result={"echo": job.request["said"]}))
    job_id = put(jobs, organisation, said="a secret of theirs")
    until(lambda: row(database, organisation, job_id).status == "done")
    with database.of(organisation) as db:
        assert JobStore(db, vault).result(job_id) == {"echo": "a secret of theirs"}
    kept = row(database, organisation, job_id)
    assert kept.sealed_request is None
    assert b"secret" not in (kept.sealed_result or b"")
    assert "secret" not in kept.message


def test_an_error_is_told_in_the_sealed_result_and_not_in_the_message(
    database: Database, vault: Vault, organisation: str, working: Callable[[Work], Jobs]
) -> None:
    def work(_: Running) -> Outcome:
        raise DataError("Anna's session is odd", mend="Mend it", path="anna.txt", line=3)

    job_id = put(working(work), organisation)
    until(lambda: row(database, organisation, job_id).status == "failed")
    assert "Anna" not in row(database, organisation, job_id).message
    with database.of(organisation) as db:
        result = JobStore(db, vault).result(job_id)
    assert result is not None
    assert result["problems"][0]["line"] == 3
    assert result["problems"][0]["problem"] == "Anna's session is odd"


@pytest.mark.parametrize("error", [EndedError("memory"), RuntimeError("Anna said so")])
def test_a_fault_fails_the_job_and_not_its_worker(
    database: Database, organisation: str, working: Callable[[Work], Jobs], error: Exception
) -> None:
    def work(job: Running) -> Outcome:
        if job.request["bad"]:
            raise error
        return Outcome(message="Done.")

    jobs = working(work)
    bad, good = put(jobs, organisation, bad=True), put(jobs, organisation, bad=False)
    until(lambda: row(database, organisation, good).status == "done")
    assert row(database, organisation, bad).status == "failed"
    assert "Anna" not in row(database, organisation, bad).message


def test_a_stop_puts_a_running_job_back_and_the_next_service_does_it(
    database: Database, organisation: str, working: Callable[[Work], Jobs]
) -> None:
    begun = threading.Event()

    def endless(job: Running) -> Outcome:
        begun.set()
        while True:
            job.tell(done=1, total=2)
            time.sleep(0.01)

    first = working(endless)
    job_id = put(first, organisation)
    assert begun.wait(10)
    first.stop()
    assert row(database, organisation, job_id).status == "waiting"
    assert row(database, organisation, job_id).attempts == 0
    working(lambda _: Outcome(message="Done."))
    until(lambda: row(database, organisation, job_id).status == "done")


def test_a_job_whose_worker_died_is_tried_once_more_and_then_fails(
    database: Database, organisation: str, working: Callable[[Work], Jobs]
) -> None:
    """The worker takes the job and is never heard of again, as after kill -9."""
    idle = working(lambda _: Outcome(message="Done."))
    idle.stop()
    job_id = put(idle, organisation)
    gone = f"{idle._name.partition(':')[0]}:999999999:x"
    assert claim(database, worker=gone, at=now()) is not None
    again = working(lambda _: Outcome(message="Done."))
    until(lambda: row(database, organisation, job_id).status == "done")
    assert row(database, organisation, job_id).attempts == 2
    again.stop()

    other = put(idle, organisation)
    with database.of(organisation) as db:
        db.execute(update(Job).where(Job.id == other).values(attempts=1))
    assert claim(database, worker=gone, at=now()) is not None
    working(lambda _: Outcome(message="Done."))
    until(lambda: row(database, organisation, other).status == "failed")
    assert "interrupted twice" in row(database, organisation, other).message


def test_a_worker_elsewhere_that_is_silent_for_long_loses_its_job(
    database: Database, organisation: str, working: Callable[[Work], Jobs]
) -> None:
    idle = working(lambda _: Outcome(message="Done."))
    idle.stop()
    silent, heard = put(idle, organisation), put(idle, organisation)
    assert claim(database, worker="elsewhere:1:x", at=now() - timedelta(hours=1)) is not None
    assert claim(database, worker="elsewhere:1:y", at=now()) is not None
    working(lambda _: Outcome(message="Done."))
    until(lambda: row(database, organisation, silent).status == "done")
    assert row(database, organisation, heard).status == "running"


def test_an_upload_does_not_wait_behind_reading_that_nobody_waits_for(
    database: Database, organisation: str, working: Callable[[Work], Jobs]
) -> None:
    idle = working(lambda _: Outcome(message="Done."))
    idle.stop()
    reading = idle.submit(organisation, kind="language", request={}, owner=Owner())
    uploads = [put(idle, organisation), put(idle, organisation)]
    taken = [claim(database, worker="elsewhere:1:x", at=now()) for _ in range(3)]
    assert [one.job_id for one in taken if one is not None] == [*uploads, reading]


def test_no_job_is_done_twice_by_many_workers(
    database: Database, organisation: str, working: Callable[[Work], Jobs]
) -> None:
    done: list[str] = []

    def work(job: Running) -> Outcome:
        done.append(job.job_id)
        return Outcome(message="Done.")

    jobs = [working(work, workers=3) for _ in range(2)]  # type: ignore[call-arg]
    ids = [put(jobs[n % 2], organisation) for n in range(20)]
    until(lambda: all(row(database, organisation, one).status == "done" for one in ids))
    assert sorted(done) == sorted(ids)


def test_a_cancelled_job_stops_and_leaves_no_file_and_no_key(
    database: Database, organisation: str, working: Callable[[Work], Jobs]
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def endless(job: Running) -> Outcome:
        job.folder.mkdir(parents=True)
        (job.folder / "00000").write_bytes(b"x")
        begun.set()
        try:
            while True:
                job.tell(done=1, total=2)
                time.sleep(0.01)
        except StoppedError:
            ended.set()
            raise

    jobs = working(endless)
    job_id = put(jobs, organisation)
    assert begun.wait(10)
    assert jobs.cancel(organisation, job_id)
    assert ended.wait(10)
    until(lambda: not jobs.place(job_id).exists())
    kept = row(database, organisation, job_id)
    assert (kept.status, kept.wrapped_key, kept.sealed_request) == ("cancelled", None, None)
    assert not jobs.cancel(organisation, job_id)


def test_the_erased_take_the_results_with_them_that_tell_of_them(
    database: Database, vault: Vault, organisation: str, working: Callable[[Work], Jobs]
) -> None:
    with database.of(organisation) as db:
        for name in ("one", "two"):
            patient = Patient(id=name, code_mark=name, wrapped_key=b"", sealed_code=b"")
            session = TherapySession(
                id=f"session of {name}",
                patient_id=name,
                label_mark=uuid4().hex,
                status="closed",
                estimator="contrast",
                sealed_details=b"",
            )
            db.add(patient)
            db.flush()
            db.add(session)
    jobs = working(
        lambda job: Outcome(message="Done.", result={"x": 1}, sessions=job.request["of"])
    )
    both = put(jobs, organisation, of=["session of one", "session of two"])
    other = put(jobs, organisation, of=["session of two"])
    until(lambda: row(database, organisation, other).status == "done")
    with database.of(organisation) as db:
        assert drop_results_of(db, patient_id="one") == 1
    with database.of(organisation) as db:
        store = JobStore(db, vault)
        assert store.find(both) is None
        assert store.result(other) == {"x": 1}
