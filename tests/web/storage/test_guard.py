"""A session of one organisation: every way past the narrowing is tried, and none is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import (
    case,
    delete,
    exists,
    func,
    insert,
    inspect,
    literal,
    literal_column,
    null,
    select,
    text,
    true,
    union_all,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased, make_transient_to_detached
from tests.web.storage.clinic import organisation

from attunement.web.storage import (
    Database,
    Job,
    JobSession,
    Login,
    Organisation,
    Patient,
    SessionRating,
    TherapySession,
    UnscopedQueryError,
    User,
    new_id,
    now,
)

PATIENTS = Patient.__table__
SESSIONS = TherapySession.__table__
Other = aliased(TherapySession)


@dataclass(frozen=True, slots=True)
class Side:
    """One organisation and one row of each kind in it."""

    organisation_id: str
    user_id: str
    patient_id: str
    session_id: str


@pytest.fixture
def own(database: Database) -> Side:
    return side(database, "North")


@pytest.fixture
def theirs(database: Database) -> Side:
    return side(database, "South")


def side(database: Database, name: str) -> Side:
    organisation_id = organisation(database, name=name)
    with database.of(organisation_id) as db:
        user_id = db.scalars(select(User.id)).one()
        patient = Patient(id=new_id(), code_mark=name, wrapped_key=b"", sealed_code=b"")
        db.add(patient)
        db.flush()
        session = session_of(patient.id, mark=name)
        db.add(session)
        db.flush()
        db.add(login(user_id))
    return Side(organisation_id, user_id, patient.id, session.id)


def session_of(patient_id: str, *, mark: str, **more: Any) -> TherapySession:
    return TherapySession(
        patient_id=patient_id,
        label_mark=mark,
        status="live",
        estimator="contrast",
        sealed_details=b"",
        **more,
    )


def login(user_id: str, **more: Any) -> Login:
    return Login(token_hash=new_id(), user_id=user_id, csrf_token="", expires_at=now(), **more)


READ: Mapping[str, Callable[[], Any]] = {
    "a row": lambda: select(TherapySession),
    "a column": lambda: select(TherapySession.id),
    "another name": lambda: select(Other.id),
    "a maximum": lambda: select(func.max(TherapySession.id)),
    "a subquery": lambda: select(select(TherapySession.id).subquery()),
    "a common table": lambda: select(select(TherapySession.id).cte()),
    "a union": lambda: union_all(select(TherapySession.id), select(Other.id)),
    "a scalar": lambda: select(select(func.max(TherapySession.id)).scalar_subquery()),
    "a case": lambda: select(case((TherapySession.id != "", TherapySession.id), else_=null())),
    "a join to whatever": lambda: (
        select(TherapySession.id).join(Patient, true()).join(User, true()).join(Other, true())
    ),
    "an outer join": lambda: select(TherapySession.id).join(Patient, true(), isouter=True),
    "a comparison": lambda: select(TherapySession.id, Other.id).where(
        TherapySession.patient_id >= Other.patient_id
    ),
    "a window": lambda: select(
        TherapySession.id, func.max(TherapySession.id).over(order_by=TherapySession.id)
    ),
    "an own organisation": lambda: select(TherapySession.id, Organisation.id).where(true()),
    "a list": lambda: select(TherapySession.id).where(
        TherapySession.patient_id.in_(select(Patient.id))
    ),
    "rows that others have": lambda: select(TherapySession.id).where(
        exists().where(Patient.id == TherapySession.patient_id)
    ),
}


@pytest.mark.filterwarnings("ignore:SELECT statement has a cartesian product")
def test_what_is_read_is_the_organisations(database: Database, own: Side, theirs: Side) -> None:
    hidden = {theirs.organisation_id, theirs.session_id, theirs.patient_id, theirs.user_id}
    for name, statement in READ.items():
        with database.of(own.organisation_id) as db:
            rows = db.execute(statement()).all()
        assert len(rows) == (2 if name == "a union" else 1), name
        found = {value.id if hasattr(value, "id") else value for row in rows for value in row}
        assert own.session_id in found, name
        assert not found & hidden, name


def test_what_is_counted_is_the_organisations(database: Database, own: Side, theirs: Side) -> None:
    there = exists().where(TherapySession.id == theirs.session_id)
    with database.of(own.organisation_id) as db:
        assert db.scalar(select(func.count()).select_from(TherapySession)) == 1
        assert db.scalar(select(func.count(TherapySession.id))) == 1
        assert db.scalar(select(func.count()).where(TherapySession.status == "live")) == 1
        assert db.scalar(select(func.count()).select_from(Organisation)) == 1
        assert db.scalars(select(Patient.id).where(there)).all() == []
        assert db.scalars(select(Patient.id).where(~there)).all() == [own.patient_id]
        assert db.get(TherapySession, theirs.session_id) is None
        assert db.get(Organisation, theirs.organisation_id) is None
        assert db.get(TherapySession, own.session_id) is not None


def test_what_is_changed_is_the_organisations(database: Database, own: Side, theirs: Side) -> None:
    with database.of(own.organisation_id) as db:
        changed = db.scalars(update(TherapySession).values(status="x").returning(TherapySession.id))
        assert changed.all() == [own.session_id]
        latest = select(func.min(TherapySession.label_mark)).scalar_subquery()
        marks = db.scalars(update(Patient).values(code_mark=latest).returning(Patient.code_mark))
        assert marks.all() == ["North"]
        db.execute(update(Organisation).values(name="Renamed"))
        all_users = select(User.id).where(User.id != "")
        gone = db.scalars(
            delete(Login).where(Login.user_id.in_(all_users)).returning(Login.user_id)
        )
        assert gone.all() == [own.user_id]
    with database.unscoped() as db:
        assert db.get_one(TherapySession, theirs.session_id).status == "live"
        assert db.get_one(Organisation, theirs.organisation_id).name == "South"
        assert db.scalars(select(Login.user_id)).all() == [theirs.user_id]


REFUSED: Mapping[str, Callable[[Session, Side], object]] = {
    "text": lambda db, _: db.execute(text("SELECT id FROM sessions")),
    "text for rows": lambda db, _: db.execute(
        select(TherapySession).from_statement(text("SELECT * FROM sessions"))
    ),
    "text in a condition": lambda db, _: db.execute(select(Patient.id).where(text("1 = 1"))),
    "text as a column": lambda db, _: db.execute(
        select(Patient.id, literal_column("(SELECT max(id) FROM sessions)"))
    ),
    "a bare column": lambda db, _: db.execute(select(SESSIONS.c.id)),
    "a bare column beside a model": lambda db, _: db.execute(select(SESSIONS.c.id, Patient.id)),
    "a bare column in an order": lambda db, _: db.execute(
        select(SESSIONS.c.id).order_by(TherapySession.id)
    ),
    "a bare table joined": lambda db, _: db.execute(select(Patient.id).join(SESSIONS, true())),
    "a bare table by another name": lambda db, _: db.execute(
        select(Patient.id, SESSIONS.alias().c.id)
    ),
    "a bare table in a list": lambda db, _: db.execute(
        select(TherapySession.id).where(TherapySession.patient_id.in_(select(PATIENTS.c.id)))
    ),
    "a bare table in a condition": lambda db, _: db.execute(
        select(TherapySession.id).where(exists().where(PATIENTS.c.id != ""))
    ),
    "a bare table in a union": lambda db, _: db.execute(
        union_all(select(TherapySession.id), select(SESSIONS.c.id))
    ),
    "a model in a window alone": lambda db, _: db.execute(
        select(func.row_number().over(order_by=TherapySession.id))
    ),
    "a model in a subquery's window alone": lambda db, _: db.execute(
        select(
            Patient.id,
            select(func.count().over(order_by=TherapySession.id)).limit(1).scalar_subquery(),
        )
    ),
    "two models in one column": lambda db, _: db.execute(select(Patient.id + TherapySession.id)),
    "nobody's": lambda db, _: db.execute(select(literal(1))),
    "a connection": lambda db, _: db.connection().execute(select(TherapySession.id)),
    "an insert": lambda db, them: db.execute(
        insert(Organisation).values(id=new_id(), name=them.organisation_id)
    ),
    "many inserts": lambda db, them: db.execute(
        insert(Login),
        [
            {
                "token_hash": "x",
                "organisation_id": them.organisation_id,
                "user_id": them.user_id,
                "csrf_token": "",
                "expires_at": now(),
            }
        ],
    ),
    "updates by keys": lambda db, them: db.execute(
        update(TherapySession), [{"id": them.session_id, "status": "x"}]
    ),
    "mappings updated": lambda db, them: db.bulk_update_mappings(
        TherapySession.__mapper__, [{"id": them.session_id, "status": "x"}]
    ),
    "mappings inserted": lambda db, them: db.bulk_insert_mappings(
        Organisation.__mapper__, [{"id": new_id(), "name": them.organisation_id}]
    ),
    "objects saved": lambda db, them: db.bulk_save_objects(
        [login(them.user_id, organisation_id=them.organisation_id)]
    ),
    "a bare table updated": lambda db, _: db.execute(
        update(inspect(TherapySession).local_table).values(status="x")  # type: ignore[arg-type]
    ),
    "an update that reads others": lambda db, _: db.execute(
        update(TherapySession).where(Patient.id != "").values(status="x")
    ),
    "a delete that reads bare columns": lambda db, _: db.execute(
        delete(TherapySession).where(PATIENTS.c.id != "")
    ),
    "rows moved there": lambda db, them: db.execute(
        update(TherapySession).values(organisation_id=them.organisation_id)
    ),
    "rows pointed there": lambda db, them: db.execute(
        update(TherapySession).values(therapist_id=them.user_id)
    ),
    "rows pointed somewhere": lambda db, _: db.execute(
        update(TherapySession).values(patient_id=func.lower("P"))
    ),
    "a row of theirs": lambda db, them: db.add(
        session_of(them.patient_id, mark="m", organisation_id=them.organisation_id)
    ),
    "a session of their patient": lambda db, them: db.add(session_of(them.patient_id, mark="m")),
    "a login of their user": lambda db, them: db.add(login(them.user_id)),
    "a rating of their session": lambda db, them: db.add(
        SessionRating(
            session_id=them.session_id,
            rater="patient",
            instrument="f",
            scale="bond",
            value=1.0,
            first_value=1.0,
            seen_before=False,
        )
    ),
    "their organisation": lambda db, them: db.add(Organisation(id=them.organisation_id, name="x")),
    "a row claimed": lambda db, them: claimed(db, them),
}


def claimed(db: Session, them: Side) -> None:
    row = TherapySession(id=them.session_id)
    make_transient_to_detached(row)
    db.add(row)
    row.status = "x"


def test_every_way_past_the_narrowing_is_refused(
    database: Database, own: Side, theirs: Side
) -> None:
    with database.unscoped() as db:
        before = dumped(db)
    for name, attempt in REFUSED.items():
        with pytest.raises(UnscopedQueryError), database.of(own.organisation_id) as db:
            attempt(db, theirs)
            db.flush()
            pytest.fail(f"{name} was let through")
    with database.unscoped() as db:
        assert dumped(db) == before


def dumped(db: Session) -> list[Any]:
    return [
        db.execute(select(model.__table__).order_by(*model.__table__.primary_key)).all()
        for model in (Organisation, User, Login, Patient, TherapySession, SessionRating)
    ]


def test_own_rows_may_point_to_each_other(database: Database, own: Side, theirs: Side) -> None:
    with database.of(own.organisation_id) as db:
        db.execute(update(TherapySession).values(therapist_id=own.user_id))
        db.execute(update(TherapySession).values(therapist_id=None, key_id=null()))
        job = Job(id=new_id(), kind="language")
        db.add(job)
        db.flush()
        db.add(JobSession(job_id=job.id, session_id=own.session_id))
        db.flush()
        second = session_of(own.patient_id, mark="second", therapist_id=own.user_id)
        db.add(second)
    with database.of(own.organisation_id) as db:
        moved = db.get_one(TherapySession, second.id)
        with pytest.raises(UnscopedQueryError), db.no_autoflush:
            moved.patient_id = theirs.patient_id
            db.flush()
        db.rollback()


def test_what_points_to_nothing_is_a_broken_rule_as_ever(database: Database, own: Side) -> None:
    with pytest.raises(IntegrityError), database.of(own.organisation_id) as db:
        db.add(JobSession(job_id=new_id(), session_id=own.session_id))


def test_a_session_of_nobody_reads_nothing(database: Database) -> None:
    with Session(database.engine) as db, pytest.raises(UnscopedQueryError):
        db.scalars(select(TherapySession.id))
