"""A service that is killed in the middle of its work keeps every turn it has acknowledged."""

from __future__ import annotations

from benchmarks._service.served import prepared
from benchmarks.crash import crash


def test_what_was_acknowledged_outlives_being_killed() -> None:
    with prepared("sqlite") as served:
        found = crash(served, kills=1, sessions=6, seed=3)
    assert found.kept.acknowledged >= 2 * 2 * 6
    assert (found.lost, found.doubled) == (0, 0)
    assert len(found.after_kill) == 1
    assert all(one.kept >= one.acknowledged for one in found.after_kill)
