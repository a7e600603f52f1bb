"""Sessions, features and ratings made up so that what should come out is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray
from tests.alliance.conftest import HashedWords

from attunement.alliance._reference import Standard
from attunement.alliance.fitted import Material, Rated
from attunement.alliance.fitted._features import Layout
from attunement.alliance.fitted._signals import Hearing, SpokenTurns, spoken_turns
from attunement.tables import RATINGS, ROLES, SESSIONS, Role
from attunement.transcripts import Rating, Session, Turn

Numbers = NDArray[np.float64]

DIMENSION = 2
WIDTH = Layout(DIMENSION).width


class Remembering(HashedWords):
    """Embeds each text once in a run, as every test needs the same anchors."""

    def __init__(self) -> None:
        self._known: dict[str, NDArray[np.float32]] = {}

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, super().encode(new), strict=True))
        if progress is not None:
            progress(len(texts))
        rows = [self._known[text] for text in texts]
        return np.asarray(rows, dtype=np.float32).reshape(len(texts), self.dimension)


ENCODER = Remembering()


def hearing(dimension: int = DIMENSION) -> Hearing:
    rng = np.random.default_rng(3)
    return Hearing(
        axes={role: rng.standard_normal((dimension, 4)).astype(np.float32) for role in ROLES},
        standard=Standard(
            mean=np.array([0.1, 0.0, -0.1, 0.2]),
            sd=np.array([0.5, 0.4, 0.6, 0.7]),
            offset_mean=np.zeros(4),
        ),
    )


def turns_of(roles: Sequence[str], *, seed: int = 0, dimension: int = DIMENSION) -> SpokenTurns:
    """A session in which these sides speak in this order, what they say left to chance."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((len(roles), dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return spoken_turns(
        hearing(dimension),
        vectors=vectors.astype(np.float32),
        roles=roles,
        words=rng.integers(0, 40, len(roles)).tolist(),
    )


def first(turns: SpokenTurns, count: int) -> SpokenTurns:
    """The session as if it had ended after so many turns."""
    return SpokenTurns(turns.of_patient[:count], turns.signals[:count], turns.words[:count])


def material_of(
    columns: Numbers,
    patients: Sequence[str | None],
    *,
    so_far: Mapping[int, tuple[Sequence[int], Numbers]] | None = None,
) -> Material:
    """Sessions whose first features are these columns; all other features are unknown."""
    count = len(columns)
    described = {"session_id": [f"s{row}" for row in range(count)], "patient_id": list(patients)}
    sessions = pl.DataFrame(described, schema_overrides={"patient_id": pl.String})
    missing = [name for name in SESSIONS.columns if name not in sessions.columns]
    return Material(
        encoder_name="invented",
        encoder_fingerprint="invented-1",
        hearing=hearing(),
        sessions=sessions.with_columns(pl.lit(None).alias(name) for name in missing).select(
            pl.col(name).cast(kind) for name, kind in SESSIONS.columns.items()
        ),
        ratings=RATINGS.schema.to_frame(),
        features=_widened(columns),
        so_far={
            knot: (np.asarray(rows, dtype=np.int64), _widened(found))
            for knot, (rows, found) in (so_far or {}).items()
        },
        before_closing=(np.arange(count), _widened(columns / 2)),
        closing_turns=pl.DataFrame(
            {
                "row": range(count),
                "turns": [6] * count,
                "session_id": described["session_id"],
                "turn": [9] * count,
                "time": [0.8] * count,
                "words": [5] * count,
            },
            schema_overrides={"turn": pl.Int32, "words": pl.Int32},
        ),
        patients_known=None not in patients,
        marks=tuple(f"mark {row}" for row in range(count)),
        without_turns=0,
    )


def rated_by(perspective: Role, values: Numbers, *, scale: str = "total") -> Rated:
    """All sessions rated by one side on one scale."""
    return Rated(perspective, "form", scale, np.arange(len(values)), np.asarray(values, float))


def ratings_frame(values: Numbers, *, rater: str = "patient", scale: str = "total") -> pl.DataFrame:
    """Ratings of the sessions s0, s1 and so on."""
    return pl.DataFrame(
        {
            "session_id": [f"s{row}" for row in range(len(values))],
            "turn": None,
            "rater": rater,
            "instrument": "form",
            "scale": scale,
            "value": np.asarray(values, dtype=np.float64),
        },
        schema=RATINGS.schema,
    )


def names(patients: int, sessions_each: int) -> list[str]:
    """Whose sessions they are, a patient's sessions in a row."""
    return [f"p{patient}" for patient in range(patients) for _ in range(sessions_each)]


def session(
    name: str,
    spoken: Sequence[tuple[str, str]],
    *,
    patient: str | None = None,
    ratings: Sequence[Rating] = (),
) -> Session:
    turns = tuple(Turn(turn=n, role=role, text=text) for n, (role, text) in enumerate(spoken))  # type: ignore[arg-type]
    return Session(session_id=name, turns=turns, patient_id=patient, ratings=tuple(ratings))


FORM = "SRS"
WARM = ("amber", "meadow", "lantern", "harbour", "violet")
COLD = ("gravel", "sleet", "rust", "thorn", "ashes")
PLAIN = ("table", "street", "paper", "window", "bread", "kettle", "letter", "garden")


def corpus(count: int = 60, *, patients: int = 12, seed: int = 5) -> list[Session]:
    """Sessions in which the better the patient's rating, the warmer the words of the patient.

    The therapist rates bond and task, by how warm the therapist's own words are.
    """
    rng = np.random.default_rng(seed)
    found = []
    for place in range(count):
        felt = {role: rng.uniform() for role in ROLES}
        spoken = []
        for turn in range(int(rng.integers(9, 15))):
            role = ROLES[turn % 2]
            hues = (WARM if rng.uniform() < felt[role] else COLD for _ in range(4))
            words = [*map(rng.choice, hues), *rng.choice(PLAIN, int(rng.integers(1, 4)))]
            spoken.append((role, " ".join(words)))
        ratings = [Rating("patient", FORM, "alliance", 40 * felt["patient"])]
        ratings += [
            Rating("therapist", FORM, scale, share * felt["therapist"])
            for scale, share in (("task", 5.0), ("bond", 10.0))
        ]
        found.append(
            session(
                f"visit-{place:03d}",
                spoken,
                patient=f"client-{place % patients:02d}",
                ratings=ratings,
            )
        )
    return found


def _widened(columns: Numbers) -> NDArray[np.float32]:
    wide = np.full((len(columns), WIDTH), np.nan, dtype=np.float32)
    wide[:, : columns.shape[1]] = columns
    return wide
