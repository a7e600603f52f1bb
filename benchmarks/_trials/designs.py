"""The designs that are tried. In each, task and goal are null; bond is what can be found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from benchmarks._simulated import (
    CompassLike,
    ContrastLike,
    Design,
    EstimatorLike,
    Group,
    owned_by,
)

Kind: TypeAlias = Literal["scores", "wording", "ratings"]

TURNS = (20, 80)
"""Fewer turns than a real session often has (20 to 200), for the sake of time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One design, and how it is tried.

    `kind`: "scores" asks every question of scores without running the controls by other values;
    "wording" runs all controls and counts verdicts; "ratings" asks of questionnaires.
    `share`: of the replications asked for, how many are run; large corpora take long.
    """

    name: str
    about: str
    kind: Kind
    design: Design
    estimator: EstimatorLike = field(default_factory=ContrastLike)
    share: float = 1.0


def groups(
    sizes: Mapping[str, int],
    *,
    bond: Sequence[float] = (),
    slopes: Sequence[float] = (),
    session_sds: Sequence[float] = (),
    turns: tuple[int, int] = TURNS,
) -> tuple[Group, ...]:
    """Make groups whose bond gap, and whose slope of it, are as given; 0 if not."""

    def of(values: Sequence[float], place: int, otherwise: float) -> float:
        return values[place] if values else otherwise

    return tuple(
        Group(
            name=name,
            sessions=size,
            gap=(0.0, of(bond, place, 0.0), 0.0),
            slope=(0.0, of(slopes, place, 0.0), 0.0),
            session_sd=of(session_sds, place, 0.25),
            turns=turns,
        )
        for place, (name, size) in enumerate(sizes.items())
    )


PUBLISHED = {"anxiety": 498, "depression": 377, "schizophrenia": 71, "suicidality": 12}
FOUR = {"a": 71, "b": 45, "c": 30, "d": 20}
TWO = {"a": 20, "b": 40}
FOUR_BOND, FOUR_SLOPES = (0.2, 0.2, 0.5, 0.5), (-0.4, -0.4, 0.0, 0.0)

_PUBLISHED = groups(PUBLISHED, bond=(0.1, 0.1, 0.2, 0.4), slopes=(-0.2, -0.2, 0.0, 0.0))
_FOUR = groups(FOUR, bond=FOUR_BOND, slopes=FOUR_SLOPES)
_WORDING_TURNS = (16, 40)
_NO_GAP = groups(FOUR, turns=_WORDING_TURNS)

TRIALS = (
    Trial(
        name="published",
        about="958 sessions split as published, patients in therapists",
        kind="scores",
        design=Design(groups=_PUBLISHED),
        share=0.25,
    ),
    Trial(
        name="four",
        about="four groups of 71, 45, 30 and 20, patients in therapists; d varies twice as much",
        kind="scores",
        design=Design(
            groups=groups(
                FOUR, bond=FOUR_BOND, slopes=FOUR_SLOPES, session_sds=(0.25, 0.25, 0.25, 0.5)
            )
        ),
        share=0.5,
    ),
    Trial(
        name="four, crossed",
        about="the same groups, every session with a therapist of its own choosing",
        kind="scores",
        design=Design(groups=_FOUR, crossed=True),
        share=0.5,
    ),
    Trial(
        name="four, own therapists",
        about="the same groups, therapists see one condition only",
        kind="scores",
        design=Design(groups=_FOUR, shared_therapists=False, patients_per_therapist=2.0),
        share=0.25,
    ),
    Trial(
        name="two",
        about="two groups of 20 and 40, one session a patient; a varies twice as much",
        kind="scores",
        design=Design(
            groups=groups(TWO, bond=(0.5, 0.0), slopes=(-0.6, 0.0), session_sds=(0.5, 0.25)),
            sessions_per_patient=1.0,
            patients_per_therapist=1.0,
        ),
    ),
    Trial(
        name="nothing",
        about="four groups in which nobody differs from anybody: variances of zero",
        kind="scores",
        design=Design(
            groups=groups(FOUR, session_sds=(0.0, 0.0, 0.0, 0.0)),
            therapist_sd=0.0,
            patient_sd=0.0,
            slope_sd=0.0,
        ),
        share=0.25,
    ),
    Trial(
        name="offset of the form",
        about="compass-like, published split: cosines to the therapist's form are higher; no gap",
        kind="wording",
        design=Design(groups=groups(PUBLISHED, turns=_WORDING_TURNS)),
        estimator=CompassLike(constants=owned_by("form", 0.04)),
        share=0.1,
    ),
    Trial(
        name="offset of the role",
        about="compass-like: all cosines of the therapist's turns are higher; no gap",
        kind="wording",
        design=Design(groups=_NO_GAP),
        estimator=CompassLike(constants=owned_by("role", 0.04)),
        share=0.1,
    ),
    Trial(
        name="offset of role and form",
        about="compass-like: the therapist's turns held against their own form only; no gap",
        kind="wording",
        design=Design(groups=_NO_GAP),
        estimator=CompassLike(constants=owned_by("pair", 0.04)),
        share=0.1,
    ),
    Trial(
        name="constant of the axis",
        about="contrast-like: the therapist's axis has a constant of its own; no gap",
        kind="wording",
        design=Design(groups=_NO_GAP),
        estimator=ContrastLike(constants=owned_by("form", 0.3)),
        share=0.1,
    ),
    Trial(
        name="constant of the role",
        about="contrast-like: the therapist's turns have a constant on both axes; no gap. No "
        "control can know: why the difference is not called a gap",
        kind="wording",
        design=Design(groups=_NO_GAP),
        estimator=ContrastLike(constants=owned_by("role", 0.3)),
        share=0.1,
    ),
    Trial(
        name="a gap",
        about="contrast-like, no offset, a gap on bond in c and d: what should survive",
        kind="wording",
        design=Design(
            groups=groups(FOUR, bond=(0.0, 0.0, 0.5, 0.5), turns=_WORDING_TURNS),
        ),
        share=0.1,
    ),
    Trial(
        name="ratings, 40 and 80",
        about="questionnaires of two groups; task has truth force 0, bond .5 and a bias, goal "
        "equal variances of both sides",
        kind="ratings",
        design=Design(
            groups=groups({"a": 40, "b": 80}, bond=(-0.3, -0.3), session_sds=(0.18, 0.18)),
            truth_force=(0.0, 0.5, 0.8),
            therapist_sd=0.0,
            patient_sd=0.18,
        ),
        share=0.5,
    ),
    Trial(
        name="ratings, 28 dyads",
        about="one rated session a patient, 28 of them, each with a therapist of its own",
        kind="ratings",
        design=Design(
            groups=groups({"a": 28}, bond=(-0.3,), session_sds=(0.18,)),
            truth_force=(0.0, 0.5, 0.8),
            therapist_sd=0.0,
            patient_sd=0.18,
            sessions_per_patient=1.0,
            patients_per_therapist=1.0,
        ),
    ),
    Trial(
        name="ratings, therapists differ",
        about="questionnaires of one group of 150, three sessions a patient, five patients a "
        "therapist",
        kind="ratings",
        design=Design(
            groups=groups({"a": 150}, bond=(-0.3,)), truth_force=(0.0, 0.5, 1.0), therapist_sd=0.15
        ),
        share=0.5,
    ),
)
