"""Something of every kind in an organisation, and the words that nobody else may ever see."""

from __future__ import annotations

from dataclasses import dataclass

from tests.web.clinic import Clinic

from attunement.web._service import Service
from attunement.web.accounts._keys import make_key
from attunement.web.accounts._links import make_link
from attunement.web.accounts._users import invite_user
from attunement.web.jobs import JobStore, Owner
from attunement.web.storage import Patient, RaisedAlarm, User, new_id, place

WORDS = ("zebrafinch", "kingfisher", "nightjar", "quetzal", "corncrake")
"""Patient code, label, condition, what was said, an alarm's words."""


@dataclass(frozen=True, slots=True)
class World:
    """The ids of one organisation's things, as addresses have them."""

    session_id: str
    patient_id: str
    alarm_id: str
    user_id: str
    key_id: str
    job_id: str
    upload_id: str
    token: str
    therapist_id: str

    @property
    def ids(self) -> dict[str, str]:
        """Give what stands in addresses, by its name there."""
        return {name: getattr(self, name) for name in self.__slots__}

    def secrets(self, clinic: Clinic) -> tuple[str, ...]:
        """Give what must not be found in any answer to somebody else."""
        names = [caller.name for caller in clinic.callers.values()]
        return (*WORDS, *self.ids.values(), *names, clinic.organisation_id)


def fill(service: Service, clinic: Clinic) -> World:
    """Put something of every kind into an organisation; the session is the therapist's."""
    admin, therapist = clinic.callers["admin"], clinic.callers["therapist"]
    made = clinic.therapist.post(
        "/api/v1/sessions", json={"patient": WORDS[0], "label": WORDS[1], "condition": WORDS[2]}
    )
    assert made.status_code == 201, made.text
    session = made.json()
    turns = f"/api/v1/sessions/{session['id']}/turns"
    for number, role in enumerate(("therapist", "patient", "therapist")):
        turn = {"turn_id": f"t{number}", "number": number, "role": role}
        posted = clinic.therapist.post(turns, json={**turn, "text": f"The {WORDS[3]} sang again."})
        assert posted.status_code == 201, posted.text
    with service.database.of(clinic.organisation_id) as db:
        user, _ = invite_user(
            db, service, caller=admin, email="r@example.org", name="Robin Target", role="therapist"
        )
        key, _ = make_key(db, service, caller=admin, name="a key to revoke")
        token = make_link(
            db, user=db.get_one(User, user.id), purpose="set_password", now=service.clock()
        )
        alarm = _alarm(service, db.get_one(Patient, session["patient_id"]), session["id"])
        db.add(alarm)
        jobs = JobStore(db, service.vault)
        job, upload = jobs.new_key(service.vault), jobs.new_key(service.vault)
        for one, status in ((job, "failed"), (upload, "held")):
            jobs.add(
                one,
                kind="upload",
                request={"files": [], "options": {}},
                owner=Owner(user_id=therapist.user_id),
                status=status,
            )
    return World(
        session_id=session["id"],
        patient_id=session["patient_id"],
        alarm_id=alarm.id,
        user_id=user.id,
        key_id=key.id,
        job_id=job.job_id,
        upload_id=upload.job_id,
        token=token,
        therapist_id=str(therapist.user_id),
    )


def _alarm(service: Service, patient: Patient, session_id: str) -> RaisedAlarm:
    alarm_id = new_id()
    box = service.vault.box(patient.wrapped_key, place=place("patients.wrapped_key", patient.id))
    words = {"words": [WORDS[4]], "message": f"They spoke of a {WORDS[4]}."}
    return RaisedAlarm(
        id=alarm_id,
        session_id=session_id,
        turn=1,
        kind="withdrawal",
        level=1.2,
        sealed_words=box.seal_json(words, place=place("alarms.words", alarm_id)),
    )
