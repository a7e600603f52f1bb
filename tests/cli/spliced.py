"""A rated corpus spliced from the sample's turns, in which what goes with the ratings is known."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from attunement.sample import sample_folder
from attunement.tables import ROLES, Role
from attunement.transcripts import Corpus

PATIENTS = 14
EXCHANGES = 10
LOWEST, HIGHEST = 20, 52
"""Between these lies every alliance of the corpus; the questionnaire itself goes from 12 to 60."""

_WARM: Mapping[Role, Sequence[str]] = {
    "patient": (
        "That helps me more than I thought it would.",
        "I feel you are really on my side in this.",
        "Yes, that is exactly what I want to get to.",
        "I looked forward to telling you about it.",
    ),
    "therapist": (
        "I am glad we found this together.",
        "You and I are after the same thing, I think.",
        "It moves me that you tell me this.",
        "What we are trying seems to carry you.",
    ),
}
_COLD: Mapping[Role, Sequence[str]] = {
    "patient": (
        "I do not see what this is supposed to do.",
        "You are not hearing a word I say.",
        "That was never what I came here for.",
        "I nearly stayed at home today.",
    ),
    "therapist": (
        "You have not done what you agreed to do.",
        "We keep going round in circles, you and I.",
        "I cannot follow you when you talk like that.",
        "Perhaps this is not the right place for you.",
    ),
}

HEADER = "session_id,rater,instrument,scale,value"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of ratings.csv."""

    session_id: str
    rater: str
    value: float
    scale: str = "alliance"
    instrument: str = "WAI-SR"

    def __str__(self) -> str:
        return f"{self.session_id},{self.rater},{self.instrument},{self.scale},{self.value:g}"


def write_corpus(
    folder: Path,
    *,
    sessions: int = 84,
    patients: int = PATIENTS,
    patient: str = "client",
    seed: int = 11,
) -> Path:
    """Write transcripts, patients and both sides' forms.

    Half of what a side says is from the sample; the rest is the warmer the better it rates the
    session. The two sides' ratings have nothing to do with each other.

    Parameters
    ----------
    folder : Path
        Made, with `sessions.jsonl` and `ratings.csv` in it.
    sessions, patients : int
        How many.
    patient : str
        What their ids begin with.
    seed : int
        Of what is said and felt.
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    lines, rows = [], []
    for number in range(sessions):
        name = f"visit-{number:02d}"
        felt = {role: float(rng.uniform()) for role in ROLES}
        spoken = {role: _drawn(rng, role, felt[role]) for role in ROLES}
        turns = [
            {"role": role, "text": spoken[role][exchange]}
            for exchange in range(EXCHANGES)
            for role in ("therapist", "patient")
        ]
        about = {"patient_id": f"{patient}-{number % patients:02d}", "condition": "ab"[number % 2]}
        lines.append(json.dumps({"session_id": name, **about, "turns": turns}))
        for role in ROLES:
            total = round(LOWEST + (HIGHEST - LOWEST) * felt[role])
            rows.append(Row(name, role, total))
    (folder / "sessions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    write_ratings(folder / "ratings.csv", rows)
    return folder


def write_ratings(path: Path, rows: Sequence[Row]) -> Path:
    path.write_text("\n".join([HEADER, *map(str, rows)]) + "\n", encoding="utf-8")
    return path


def ratings_of(folder: Path) -> list[Row]:
    """Read back what `write_corpus` wrote, to be spoiled."""
    rows = []
    for line in (folder / "ratings.csv").read_text(encoding="utf-8").splitlines()[1:]:
        session_id, rater, instrument, scale, value = line.split(",")
        rows.append(Row(session_id, rater, float(value), scale, instrument))
    return rows


def said(folder: Path) -> Iterator[str]:
    """Give every text of the corpus, which nothing that is printed or kept may repeat."""
    for line in (folder / "sessions.jsonl").read_text(encoding="utf-8").splitlines():
        yield from (turn["text"] for turn in json.loads(line)["turns"])


def _drawn(rng: np.random.Generator, role: Role, felt: float) -> list[str]:
    """Draw a side's turns in any order: half from the sample, half as warm as it rates."""
    telling = EXCHANGES // 2
    warm = round(telling * felt)
    drawn = [
        *rng.choice(_WARM[role], warm),
        *rng.choice(_COLD[role], telling - warm),
        *rng.choice(_of_sample(role), EXCHANGES - telling),
    ]
    return [str(text) for text in rng.permutation(drawn)]


@cache
def _of_sample(role: Role) -> list[str]:
    with sample_folder() as folder:
        return [
            turn.text for session in Corpus([folder]) for turn in session.turns if turn.role == role
        ]
