"""Make the invented data sets that mixed.R and the mixed model's tests are both given.

Run from anywhere: `python tests/statistics/reference/mixed_data.py` writes the five CSV files
beside it.
Each seed was taken because its data set shows what its name says: the boundary set's therapist
variance is estimated at exactly zero, the others' variances all lie well inside.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
CONDITIONS = ("anxiety", "depression", "schizophrenia", "suicidality")
MEANS = np.array([0.30, 0.10, -0.20, 0.60])


def spread(total: int, parts: int, rng: np.random.Generator) -> np.ndarray:
    """Part sizes that add up to the total: each at least one, and unequal."""
    return 1 + rng.multinomial(total - parts, rng.dirichlet(np.full(parts, 1.5)))


def nested(
    seed: int,
    *,
    sessions: tuple[int, ...] = (60, 38, 17, 5),
    patients: tuple[int, ...] = (24, 16, 7, 3),
    therapist_sd: float = 0.5,
    patient_sd: float = 0.6,
    residual_sd: tuple[float, ...] = (0.8, 0.8, 0.8, 0.8),
) -> list[dict[str, object]]:
    """Sessions in patients in nine therapists; a patient has one condition, a therapist several."""
    rng = np.random.default_rng(seed)
    n_patients = sum(patients)
    condition = np.repeat(np.arange(len(patients)), patients)
    therapist = rng.permutation(np.resize([0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8], n_patients))
    size = np.concatenate([spread(n, k, rng) for n, k in zip(sessions, patients, strict=True)])
    of_session = np.repeat(np.arange(n_patients), size)
    gap = (
        MEANS[condition[of_session]]
        + therapist_sd * rng.standard_normal(9)[therapist[of_session]]
        + patient_sd * rng.standard_normal(n_patients)[of_session]
        + np.array(residual_sd)[condition[of_session]] * rng.standard_normal(of_session.size)
    )
    return [
        {
            "session_id": f"s{i + 1:03d}",
            "patient_id": f"p{p + 1:02d}",
            "therapist_id": f"t{therapist[p] + 1}",
            "condition": CONDITIONS[condition[p]],
            "gap": f"{gap[i]:.6f}",
        }
        for i, p in enumerate(of_session)
    ]


def crossed(seed: int) -> list[dict[str, object]]:
    """200 sessions: 40 patients each meet several of 8 therapists, under three conditions."""
    rng = np.random.default_rng(seed)
    patient = rng.choice(40, size=200, p=rng.dirichlet(np.full(40, 4.0)))
    therapist = rng.choice(8, size=200, p=rng.dirichlet(np.full(8, 4.0)))
    condition = rng.choice(3, size=200, p=[0.5, 0.3, 0.2])
    gap = (
        MEANS[condition]
        + 0.7 * rng.standard_normal(40)[patient]
        + 0.4 * rng.standard_normal(8)[therapist]
        + 0.9 * rng.standard_normal(200)
    )
    return [
        {
            "session_id": f"s{i + 1:03d}",
            "patient_id": f"p{patient[i] + 1:02d}",
            "therapist_id": f"t{therapist[i] + 1}",
            "condition": CONDITIONS[condition[i]],
            "gap": f"{gap[i]:.6f}",
        }
        for i in range(200)
    ]


def groups(seed: int) -> list[dict[str, object]]:
    """Four groups of unequal size and variance, every session a patient of its own."""
    rng = np.random.default_rng(seed)
    condition = np.repeat(np.arange(4), (60, 38, 17, 5))
    gap = MEANS[condition] + np.array([0.6, 1.1, 0.4, 1.6])[condition] * rng.standard_normal(120)
    return [
        {"session_id": f"s{i + 1:03d}", "condition": CONDITIONS[c], "gap": f"{gap[i]:.6f}"}
        for i, c in enumerate(condition)
    ]


def write(name: str, rows: list[dict[str, object]]) -> None:
    with (HERE / f"mixed_{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    write("nested", nested(11, therapist_sd=0.8))
    write("crossed", crossed(12))
    write("groups", groups(13))
    write("boundary", nested(14, therapist_sd=0.0))
    write(
        "heteroscedastic",
        nested(
            15,
            sessions=(55, 35, 20, 10),
            patients=(20, 13, 8, 4),
            residual_sd=(0.5, 0.9, 1.3, 0.7),
        ),
    )
