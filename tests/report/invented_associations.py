"""Rows of the associations tables, written out, for known answers."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import polars as pl

from attunement.tables import ASSOCIATION_CONTROLS, ASSOCIATIONS

CONTROLS = ("form swap", "length match", "kind of answer", "another session", "previous turn")


def association(feature: str, **columns: Any) -> dict[str, Any]:
    """Make one row; what is not given is far from zero, over 40 sessions, and survives."""
    usual: dict[str, Any] = {
        "level": "next_turn",
        "role": "therapist",
        "target": "inferred_patient",
        "scale": "alliance",
        "group": "all sessions",
        "estimate": 0.2,
        "se": 0.04,
        "df": 38.0,
        "ci_low": 0.12,
        "ci_high": 0.28,
        "boot_low": 0.11,
        "boot_high": 0.29,
        "p_val": 0.0001,
        "p_fdr": 0.002,
        "n_turns": 1200,
        "n_sessions": 40,
        "n_patients": 20,
        "n_therapists": 8,
        "small": False,
        "method": "least squares within sessions",
        "controls": "survives all",
    }
    return dict.fromkeys(ASSOCIATIONS.columns) | usual | columns | {"feature": feature}


def by_chance(feature: str, **columns: Any) -> dict[str, Any]:
    """Make a row that is not beyond chance."""
    usual = {
        "estimate": 0.02,
        "ci_low": -0.06,
        "ci_high": 0.1,
        "boot_low": -0.07,
        "boot_high": 0.11,
        "p_val": 0.6,
        "p_fdr": 0.8,
        "controls": "nothing to control",
    }
    return association(feature, **(usual | columns))


def table(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=ASSOCIATIONS.schema)


def controls_of(
    associations: pl.DataFrame, *, names: Sequence[str] = CONTROLS, seed: int = 3
) -> pl.DataFrame:
    """Put every row under every control: what it fails is what its verdict says."""
    chance = Random(seed)
    rows: list[dict[str, Any]] = []
    for row in associations.to_dicts():
        verdict = row["controls"] or "not run"
        for name in names:
            fails = verdict.startswith("fails") and name in verdict
            outcome = "nothing to control" if verdict == "nothing to control" else "survives"
            if verdict in ("not run", "too few sessions"):
                outcome = "not run"
            keys = {key: row[key] for key in ASSOCIATION_CONTROLS.columns if key in row}
            size = 0.1 if fails else chance.uniform(0.7, 1.1)
            estimate = row["estimate"]
            rows.append(
                keys
                | {
                    "control": name,
                    "estimate": None if estimate is None else estimate * size,
                    "ci_low": None if estimate is None else estimate * size - 0.05,
                    "ci_high": None if estimate is None else estimate * size + 0.05,
                    "p_val": 0.4 if fails else 0.004,
                    "outcome": "fails" if fails else outcome,
                    "detail": f"under {name}",
                }
            )
    return pl.DataFrame(rows, schema=ASSOCIATION_CONTROLS.schema)


def asked(
    features: Sequence[str],
    *,
    level: str,
    target: str,
    conditions: Sequence[str] = (),
    roles: Sequence[str] = ("therapist", "patient"),
    instrument: str | None = None,
    scale: str | None = "alliance",
    seed: int = 1,
) -> pl.DataFrame:
    """Make associations of every kind: of all sessions, by condition, and contrasts."""
    chance = Random(seed)
    groups: list[tuple[str, str | None]] = [("all sessions", None)]
    groups += [(condition, None) for condition in conditions]
    groups += [(one, other) for at, one in enumerate(conditions) for other in conditions[at + 1 :]]
    rows = []
    for role in roles:
        for feature in features:
            for group, reference in groups:
                estimate = chance.gauss(0, 0.06)
                se = 0.03 if group == "all sessions" else 0.06
                beyond = abs(estimate) / se > 2.6
                verdict = "nothing to control"
                if beyond:
                    verdict = chance.choice(
                        ["survives all", "fails: length match", "fails: form swap, previous turn"]
                    )
                small = group == conditions[-1] if conditions else False
                rows.append(
                    association(
                        feature,
                        level=level,
                        target=target,
                        instrument=instrument,
                        scale=scale,
                        role=role,
                        group=group,
                        reference=reference,
                        estimate=estimate,
                        se=se,
                        ci_low=estimate - 2 * se,
                        ci_high=estimate + 2 * se,
                        boot_low=estimate - 2.1 * se,
                        boot_high=estimate + 2.1 * se,
                        r=estimate * 2 if level == "session" else None,
                        p_val=0.002 if beyond else 0.4,
                        p_fdr=0.02 if beyond else 0.7,
                        n_sessions=12 if small else 60,
                        small=small,
                        controls="too few sessions" if small else verdict,
                    )
                )
    return pl.DataFrame(rows, schema=ASSOCIATIONS.schema)
