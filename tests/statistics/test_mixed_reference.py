"""The mixed model against lme4, lmerTest and nlme: the frozen results of reference/mixed.R."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

from attunement.statistics import MixedFit, fit_mixed

REFERENCE = Path(__file__).parent / "reference"
RESULTS: dict[str, Any] = json.loads((REFERENCE / "mixed.json").read_text(encoding="utf-8"))

ONE_RESIDUAL = ("nested", "crossed", "boundary")
CLUSTERED = (*ONE_RESIDUAL, "heteroscedastic")
EVERY = (*CLUSTERED, "groups")

Codes = NDArray[np.intp]

DIGITS = 1e-6
"""Relative; four digits are promised."""


@dataclass(frozen=True)
class DataSet:
    gap: NDArray[np.float64]
    condition: Codes
    factors: dict[str, Codes]

    @classmethod
    def read(cls, name: str) -> DataSet:
        with (REFERENCE / f"mixed_{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        codes = {
            column: np.unique([row[column] for row in rows], return_inverse=True)[1]
            for column in ("condition", "patient_id", "therapist_id")
            if column in rows[0]
        }
        return cls(
            gap=np.array([float(row["gap"]) for row in rows]),
            condition=codes.pop("condition"),
            factors={name.removesuffix("_id"): levels for name, levels in codes.items()},
        )

    def fit(self, *, strata: bool) -> MixedFit:
        return fit_mixed(
            self.gap,
            np.eye(self.condition.max() + 1)[self.condition],
            factors=self.factors,
            strata=self.condition if strata else None,
        )


@pytest.fixture(scope="module")
def fits() -> dict[str, MixedFit]:
    return {name: DataSet.read(name).fit(strata=name not in ONE_RESIDUAL) for name in EVERY}


@pytest.mark.parametrize("name", EVERY)
def test_means_and_their_covariance_are_rs(name: str, fits: dict[str, MixedFit]) -> None:
    expected = RESULTS[name]
    np.testing.assert_allclose(fits[name].coefficients, expected["coefficients"], rtol=DIGITS)
    covariance = np.array(expected["covariance"])
    np.testing.assert_allclose(
        fits[name].covariance, covariance, rtol=DIGITS, atol=DIGITS * covariance.diagonal().min()
    )


@pytest.mark.parametrize("name", CLUSTERED)
def test_variance_components_are_rs(name: str, fits: dict[str, MixedFit]) -> None:
    expected = RESULTS[name]
    assert fits[name].variances == pytest.approx(expected["variances"], rel=DIGITS)
    np.testing.assert_allclose(
        fits[name].residuals, np.atleast_1d(expected["residuals"]), rtol=DIGITS
    )


@pytest.mark.parametrize("name", EVERY)
def test_every_contrasts_degrees_of_freedom_interval_and_p_are_rs(
    name: str, fits: dict[str, MixedFit]
) -> None:
    for contrast, expected in RESULTS[name]["contrasts"].items():
        ours = fits[name].contrast(np.array(expected["weights"], dtype=float))
        for field, value in expected.items():
            if field != "weights":
                assert getattr(ours, field) == pytest.approx(value, rel=DIGITS), (contrast, field)


def test_a_residual_variance_per_condition_gives_nlmes_own_estimates(
    fits: dict[str, MixedFit],
) -> None:
    # mixed.R sharpens lme's optimum; these are lme's digits as it prints them.
    expected = RESULTS["heteroscedastic"]["lme"]
    fit = fits["heteroscedastic"]
    np.testing.assert_allclose(fit.coefficients, expected["coefficients"], rtol=1e-4)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.covariance)), expected["se"], rtol=1e-4)
    np.testing.assert_allclose(fit.residuals, expected["residuals"], rtol=1e-4)
    assert fit.variances == pytest.approx(expected["variances"], rel=1e-4)


def test_without_clusters_the_residual_variances_are_the_groups_own(
    fits: dict[str, MixedFit],
) -> None:
    data = DataSet.read("groups")
    own = [np.var(data.gap[data.condition == one], ddof=1) for one in range(4)]
    np.testing.assert_allclose(fits["groups"].residuals, own, rtol=DIGITS)


def test_only_the_therapists_variance_at_zero_is_warned_of(fits: dict[str, MixedFit]) -> None:
    for name, fit in fits.items():
        assert fit.converged
        assert len(fit.warnings) == (name == "boundary")
    assert "therapist" in fits["boundary"].warnings[0]


def test_a_nested_model_is_also_statsmodels() -> None:
    data = DataSet.read("nested")
    fit = data.fit(strata=False)
    therapist, patient = data.factors["therapist"], data.factors["patient"]
    of_patient = [
        np.equal.outer(patient[therapist == one], np.unique(patient[therapist == one]))
        for one in np.unique(therapist)
    ]
    peer = MixedLM(
        data.gap,
        np.eye(4)[data.condition],
        groups=therapist,
        exog_re=np.ones((len(data.gap), 1)),
        exog_vc=VCSpec(
            ["patient"],
            [[[str(level) for level in range(one.shape[1])] for one in of_patient]],
            [[one.astype(float) for one in of_patient]],
        ),
    ).fit(reml=True, method="bfgs", gtol=1e-8)
    # No standard errors: statsmodels takes them from the joint Hessian, lme4 and we from GLS.
    np.testing.assert_allclose(fit.coefficients, peer.fe_params, rtol=1e-4)
    assert fit.variances["therapist"] == pytest.approx(peer.cov_re[0, 0], rel=1e-4)
    assert fit.variances["patient"] == pytest.approx(peer.vcomp[0], rel=1e-4)
    assert fit.residuals[0] == pytest.approx(peer.scale, rel=1e-4)
