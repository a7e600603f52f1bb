"""Signals that end a process let a command clean up first; those that are ignored stay so."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from attunement.cli import _stopping
from attunement.cli._stopping import STOPPED, cleaning_up_when_stopped

ENDING = (signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def _as_processes_begin() -> Iterator[None]:
    before = {one: signal.signal(one, signal.SIG_DFL) for one in ENDING}
    yield
    for one, handler in before.items():
        signal.signal(one, handler)


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_unwinds_what_was_begun(number: signal.Signals) -> None:
    cleaned = []
    with pytest.raises(SystemExit) as exit_, cleaning_up_when_stopped():
        try:
            signal.raise_signal(number)
        finally:
            cleaned.append(number)
    assert exit_.value.code == 128 + number
    assert exit_.value.code in STOPPED
    assert cleaned == [number]
    assert [signal.getsignal(one) for one in ENDING] == [signal.SIG_DFL] * 2


def test_another_signal_at_once_does_not_disturb_the_cleaning_up() -> None:
    cleaned = []
    with pytest.raises(SystemExit) as exit_, cleaning_up_when_stopped():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGHUP)
            signal.raise_signal(signal.SIGTERM)
            cleaned.append(True)
    assert exit_.value.code == 128 + signal.SIGTERM
    assert cleaned


def test_a_later_signal_ends_what_the_first_did_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_stopping, "_AT_ONCE_SECONDS", -1.0)
    with pytest.raises(SystemExit), cleaning_up_when_stopped():
        with pytest.raises(SystemExit):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        pytest.fail("the second signal was lost")


def test_a_hang_up_that_nohup_has_switched_off_stays_off() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with cleaning_up_when_stopped():
        signal.raise_signal(signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_in_a_thread_signals_are_left_alone() -> None:
    found = []

    def work() -> None:
        with cleaning_up_when_stopped():
            found.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [signal.SIG_DFL]
