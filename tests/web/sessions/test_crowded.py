"""Somebody who asks for too much at once keeps nobody else waiting."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from tests.web.clinic import Clinic
from tests.web.sessions.talk import begin

from attunement.web._problems import TooMany
from attunement.web._service import Service
from attunement.web.sessions._followers import MOST_STREAMS, Followers
from attunement.web.storage import StorageUnavailable
from attunement.wire import NewTurn

MOST_WAITING = 8


def test_of_many_turns_to_one_session_few_wait_and_another_session_goes_on(
    clinic: Clinic, service: Service
) -> None:
    session, other = begin(clinic.program), begin(clinic.program, patient="P-018")
    caller, turn = (
        clinic.callers["service"],
        NewTurn(turn_id="t", number=0, role="patient", text="Yes."),
    )

    def post() -> bool:
        return service.listening.post(caller, session, turn)[1]

    with ThreadPoolExecutor(MOST_WAITING) as pool:
        with service.listening._ear(session) as ear:
            waiting = [pool.submit(post) for _ in range(MOST_WAITING)]
            until = time.monotonic() + 10
            while ear.waiting < MOST_WAITING and time.monotonic() < until:
                time.sleep(0.01)
            begun = time.monotonic()
            with pytest.raises(StorageUnavailable) as refused:
                post()
            assert refused.value.retry_after == 1
            assert service.listening.post(caller, other, turn)[1]
            assert time.monotonic() - begun < 5
        assert sorted(one.result() for one in waiting) == [False] * (MOST_WAITING - 1) + [True]
    assert not post()


def test_somebody_has_so_many_streams_and_no_more_until_one_ends(
    clinic: Clinic, service: Service
) -> None:
    session = begin(clinic.therapist)
    who = clinic.callers["therapist"].user_id
    path = f"/api/v1/sessions/{session}/stream"
    with ExitStack() as streams:
        for _ in range(MOST_STREAMS):
            streams.enter_context(service.listening.followers.following(str(who)))
        refused = clinic.therapist.get(path)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        clinic.therapist.post(f"/api/v1/sessions/{session}/close")
        assert clinic.supervisor.get(path).status_code == 200
    assert clinic.therapist.get(path).status_code == 200


def test_a_stream_that_ended_is_not_counted() -> None:
    followers = Followers()
    for _ in range(MOST_STREAMS + 1):
        with followers.following("one"):
            followers.check("one")
    with followers.following("other"):
        followers.check("one")
    with ExitStack() as streams:
        for _ in range(MOST_STREAMS):
            streams.enter_context(followers.following("one"))
        with pytest.raises(TooMany):
            followers.check("one")
        followers.check("other")
    followers.check("one")
