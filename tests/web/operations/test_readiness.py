"""Readiness names the part that fails, and does not let those who ask wear it out."""

import threading
from pathlib import Path

import pytest

from attunement.web.operations import Part, Readiness, enough_room


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_every_part_that_fails_is_named_and_an_error_is_a_failure() -> None:
    def broken() -> bool:
        raise OSError("/secret/path")

    parts = (
        Part("database", broken),
        Part("model", lambda: True),
        Part("jobs", lambda: False),
    )
    assert Readiness(parts).failing() == ("database", "jobs")


def test_asked_often_it_asks_seldom_and_sees_a_recovery() -> None:
    clock, asked, works = Clock(), [], False

    def database() -> bool:
        asked.append(clock())
        return works

    readiness = Readiness((Part("database", database),), clock=clock)
    assert [readiness.failing() for _ in range(100)] == [("database",)] * 100
    assert len(asked) == 1
    works = True
    clock.seconds = 2.5
    assert readiness.failing() == ()
    assert len(asked) == 2


def test_a_part_that_hangs_is_named_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attunement.web.operations._readiness._PATIENCE_SECONDS", 0.05)
    begun, release = threading.Event(), threading.Event()

    def hangs() -> bool:
        begun.set()
        return release.wait(timeout=10)

    readiness = Readiness((Part("model", lambda: True), Part("database", hangs)))
    first = threading.Thread(target=readiness.failing)
    first.start()
    assert begun.wait(timeout=10)
    assert readiness.failing() == ("database",)
    release.set()
    first.join()
    assert readiness.failing() == ()


def test_room_is_judged_by_what_is_free(tmp_path: Path) -> None:
    assert enough_room(tmp_path, least=1)
    assert not enough_room(tmp_path, least=2**62)
