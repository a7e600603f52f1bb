from __future__ import annotations

from datetime import datetime

import pytest

from attunement.transcripts._times import moment


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (5, 5.0),
        (-0.5, -0.5),
        ("12.5", 12.5),
        ("12,5", 12.5),
        ("1e2", 100.0),
        ("2:05", 125.0),
        ("100:00", 6000.0),
        ("01:02:03.250", 3723.25),
        ("00:00:03,5", 3.5),
        ("", None),
        ("  ", None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_times_are_read_in_every_way_they_are_written(value: object, seconds: float | None) -> None:
    assert moment(value) == seconds


@pytest.mark.parametrize("text", ["2024-03-01T10:00:00", "2024-03-01 10:00"])
def test_dates_stay_dates(text: str) -> None:
    assert moment(text) == datetime(2024, 3, 1, 10)


@pytest.mark.parametrize(
    "value", ["soon", "1:2:3:4", "nan", "inf", "1_000", float("inf"), 10**400, True, [1]]
)
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r".*"):
        moment(value)
