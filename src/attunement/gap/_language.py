"""The words a difference between the two sides may be given: the one place that decides.

On a common scale (questionnaires, the fitted estimator) therapist minus patient is a gap, and one
may say that a therapist over- or underestimates. Otherwise each side is measured on an axis of its
own and the same subtraction is a role difference, whose sign and size mean nothing by themselves
(METHOD.md section 5). Tables, command line and report all take their words from here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """What therapist minus patient is called, and how it may be read.

    Attributes
    ----------
    on_common_scale : bool
        Whether the two sides are measured on one scale.
    name : str
        The term.
    above, below : str
        What is said where the difference is above, or below, zero.
    reading : str
        What the reader must know of it.
    """

    on_common_scale: bool
    name: str
    above: str
    below: str
    reading: str

    def direction(self, estimate: float) -> str:
        """Say which way a difference goes."""
        return self.above if estimate > 0 else self.below


ROLE_DIFFERENCE = Wording(
    on_common_scale=False,
    name="role difference",
    above="therapist turns score higher than patient turns",
    below="therapist turns score lower than patient turns",
    reading=(
        "The role difference is inferred therapist minus inferred patient. Each side is held "
        "against sentences of its own, on axes of its own, so the sign and size mean nothing by "
        "themselves. What can be read is a difference between conditions or over a session, where "
        "a constant part of it cancels, and only if it survives the controls: what differs with "
        "topic, length or symptoms does not cancel."
    ),
)

GAP = Wording(
    on_common_scale=True,
    name="gap",
    above="the therapist overestimates",
    below="the therapist underestimates",
    reading=(
        "The gap is therapist minus patient, both on one scale: above zero the therapist's view of "
        "the alliance is higher than the patient's (overestimation), below zero it is lower "
        "(underestimation)."
    ),
)


def wording_for(*, on_common_scale: bool) -> Wording:
    """Choose the wording METHOD.md section 5 allows."""
    return GAP if on_common_scale else ROLE_DIFFERENCE
