"""Both sides' running estimates and their difference, after one turn or after each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from attunement.alliance import COLUMNS
from attunement.alliance.fitted import Estimated, ScaleModel, place_of
from attunement.live._courses import Course, Mean, Numbers, difference, half_width, late_mean
from attunement.tables import Role


@dataclass(frozen=True, slots=True)
class Bounds:
    """Estimates with intervals, NaN where there is none; task, bond, goal and alliance.

    Attributes
    ----------
    value, low, high : ndarray of shape (..., 4)
    """

    value: Numbers
    low: Numbers
    high: Numbers

    @classmethod
    def of(cls, mean: Mean) -> Self:
        """Give a mean its interval."""
        reach = half_width(mean)
        return cls(mean.value, mean.value - reach, mean.value + reach)

    def at(self, which: int | NDArray[np.int64]) -> Bounds:
        """Take some of the rows."""
        return Bounds(self.value[which], self.low[which], self.high[which])


@dataclass(frozen=True, slots=True)
class Running:
    """Both sides' estimates, and therapist less patient."""

    patient: Bounds
    therapist: Bounds
    gap: Bounds

    def at(self, which: int | NDArray[np.int64]) -> Running:
        """Take some of the rows."""
        return Running(self.patient.at(which), self.therapist.at(which), self.gap.at(which))


def zero_shot(*, patient: Course, therapist: Course) -> Running:
    """Average each side's own turns, late ones counting more; see `late_mean`."""
    of_patient, of_therapist = late_mean(patient), late_mean(therapist)
    return Running(
        patient=Bounds.of(of_patient),
        therapist=Bounds.of(of_therapist),
        gap=Bounds.of(difference(of_therapist, of_patient)),
    )


def fitted(scales: Sequence[ScaleModel], found: Sequence[Estimated]) -> Running:
    """Arrange a fitted model's running estimates by side and measure.

    The gap is taken where the model knows both sides' ratings on one scale of one instrument. Its
    interval reaches from the therapist's low less the patient's high to the therapist's high less
    the patient's low: it holds wherever both intervals do, whatever their errors have in common.

    Parameters
    ----------
    scales : sequence of ScaleModel
        The model's.
    found : sequence of Estimated
        What it estimates on each; arrays of one length.
    """
    places: dict[Role, list[int | None]] = {
        role: [place_of(tuple(scales), role, measure) for measure in COLUMNS]
        for role in ("patient", "therapist")
    }
    patient = _arranged(found, places["patient"])
    therapist = _arranged(found, places["therapist"])
    alike = [
        one is not None and other is not None and _on_one_scale(scales[one], scales[other])
        for one, other in zip(places["patient"], places["therapist"], strict=True)
    ]
    gap = Bounds(
        np.where(alike, therapist.value - patient.value, np.nan),
        np.where(alike, therapist.low - patient.high, np.nan),
        np.where(alike, therapist.high - patient.low, np.nan),
    )
    return Running(patient, therapist, gap)


def _on_one_scale(one: ScaleModel, other: ScaleModel) -> bool:
    return (one.instrument, one.scale) == (other.instrument, other.scale)


def _arranged(found: Sequence[Estimated], places: Sequence[int | None]) -> Bounds:
    unknown = np.full(len(found[0].estimate), np.nan)

    def column(of: Callable[[Estimated], Numbers]) -> Numbers:
        known = [unknown if place is None else of(found[place]) for place in places]
        return np.stack(known, axis=-1)

    return Bounds(
        value=column(lambda one: one.estimate),
        low=column(lambda one: one.low),
        high=column(lambda one: one.high),
    )


def nothing_yet() -> Running:
    """Give what is known before anything was said."""
    unknown = np.full(len(COLUMNS), np.nan)
    none = Bounds(unknown, unknown, unknown)
    return Running(none, none, none)
