"""Make the invented ratings that congruence.R and the tests of congruence are both given.

Run from anywhere: `python tests/gap/reference/congruence_data.py` writes two CSV files beside it.
The seeds were taken because every mixed model has its variances well above zero.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
COLUMNS = ("session_id", "patient_id", "therapist_id", "patient", "therapist", "outcome")


def ratings(seed: int, *, patient: np.ndarray, therapist: np.ndarray) -> list[dict[str, object]]:
    """Draw whole scores of 84, therapists who underestimate, outcomes that agreement helps."""
    rng = np.random.default_rng(seed)
    n, patients, therapists = len(patient), patient.max() + 1, therapist.max() + 1
    truth = 61 + rng.normal(0, 7, patients)[patient] + rng.normal(0, 5, n)
    view = rng.normal(0, 4, patients)[patient] + rng.normal(0, 3, therapists)[therapist]
    judgement = 55 + 0.55 * (truth - 61) + view + rng.normal(0, 4.5, n)
    truth, judgement = np.round(truth), np.round(judgement)
    p, t = (truth - 58) / 10, (judgement - 58) / 10
    outcome = 20 + 2.0 * p + 1.0 * t - 1.2 * (p - t) ** 2
    outcome += rng.normal(0, 1.5, patients)[patient] + rng.normal(0, 1.2, therapists)[therapist]
    outcome = np.round(outcome + rng.normal(0, 2.0, n), 1)
    return [
        {
            "session_id": f"s{row + 1:02}",
            "patient_id": f"p{patient[row] + 1:02}",
            "therapist_id": f"t{therapist[row] + 1:02}",
            "patient": int(truth[row]),
            "therapist": int(judgement[row]),
            "outcome": float(outcome[row]),
        }
        for row in range(n)
    ]


def repeated(seed: int) -> list[dict[str, object]]:
    """One to six sessions of each of 24 patients of nine therapists."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 7, 24)
    therapists = rng.permutation(np.resize(np.arange(9), 24))
    patient = np.repeat(np.arange(24), sizes)
    return ratings(seed, patient=patient, therapist=therapists[patient])


def write(name: str, rows: list[dict[str, object]]) -> None:
    """Write one data set."""
    with (HERE / f"congruence_{name}.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


if __name__ == "__main__":
    write("single", ratings(7, patient=np.arange(32), therapist=np.arange(32)))
    write("repeated", repeated(11))
