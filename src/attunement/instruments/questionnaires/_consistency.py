"""What filled-in forms say of the questionnaire: reliability and ceiling, by rater and scale."""

from __future__ import annotations

import numpy as np
import polars as pl

from attunement.instruments.questionnaires._answers import item_column
from attunement.instruments.questionnaires._ceiling import ceiling
from attunement.instruments.questionnaires._scoring import ScoredAnswers
from attunement.reliability import FEWEST_FORMS, Array, Codes, Coefficient, alpha, omega

CONSISTENCY: dict[str, pl.DataType] = {
    "instrument": pl.String(),
    "rater": pl.String(),
    "scale": pl.String(),
    "n": pl.Int64(),
    "missing": pl.Int64(),
    "mean": pl.Float64(),
    "sd": pl.Float64(),
    "complete": pl.Int64(),
    **{
        f"{name}{limit}": pl.Float64()
        for name in ("alpha", "omega")
        for limit in ("", "_low", "_high")
    },
    "ceiling": pl.Float64(),
}

_NONE = Coefficient(float("nan"), None, None)


def consistency(scored: ScoredAnswers, *, draws: int = 2_000, seed: int = 20251) -> pl.DataFrame:
    """Describe the ratings of every rater and scale, and how reliable they are.

    Parameters
    ----------
    scored : ScoredAnswers
        Forms.
    draws, seed : int
        Of the bootstrap, and where its random numbers start.

    Returns
    -------
    DataFrame
        One row a rater and scale: how many forms were scored (`n`) and how many could not be
        (`missing`), mean and sd, Cronbach's `alpha` and McDonald's `omega` total of the
        `complete` forms with 95% limits, and the `ceiling`: the share of ratings within a
        twentieth of the range of the highest.

    Notes
    -----
    Alpha's limits are Feldt's, and those of a bootstrap over patients where patients filled in
    several forms; omega's are always the bootstrap's. Alpha needs two items and three complete
    forms that differ, omega three items; a coefficient that cannot be had is null.
    """
    rows = []
    for rater in scored.items["rater"].unique(maintain_order=True):
        forms = scored.items.filter(rater=rater)
        for scale in scored.instrument.measures:
            values = scored.ratings.filter(rater=rater, scale=scale)["value"]
            columns = [item_column(item) for item in scored.instrument.items_of(scale)]
            complete = forms.drop_nulls(columns)
            first, second = _coefficients(complete, columns, draws=draws, seed=seed)
            rows.append(
                (
                    scored.instrument.name,
                    rater,
                    scale,
                    values.len(),
                    forms.height - values.len(),
                    values.mean(),
                    values.std(),
                    complete.height,
                    *(number for one in (first, second) for number in _numbers(one)),
                    ceiling(values, instrument=scored.instrument, scale=scale),
                )
            )
    return pl.DataFrame(rows, schema=pl.Schema(CONSISTENCY), orient="row")


def patient_codes(forms: pl.DataFrame) -> Codes | None:
    """Give each form's patient a number; who is not named is somebody else each time."""
    if forms["patient_id"].null_count() == forms.height:
        return None
    whose = forms.select(
        pl.coalesce(pl.format("patient {}", "patient_id"), pl.format("form {}", "form"))
    ).to_series()
    return np.asarray(np.unique(whose.to_numpy(), return_inverse=True)[1], dtype=np.intp)


def _coefficients(
    complete: pl.DataFrame, columns: list[str], *, draws: int, seed: int
) -> tuple[Coefficient, Coefficient]:
    if complete.height < FEWEST_FORMS or len(columns) < 2:
        return _NONE, _NONE
    parts: Array = complete.select(columns).to_numpy().astype(float)
    patients = patient_codes(complete)
    of_alpha = alpha(parts, patients=patients, draws=draws, seed=seed)
    if len(columns) == 2:
        return of_alpha, _NONE
    return of_alpha, omega(parts, patients=patients, draws=draws, seed=seed)


def _numbers(one: Coefficient) -> tuple[float | None, float | None, float | None]:
    if not np.isfinite(one.estimate):
        return None, None, None
    return one.estimate, one.ci_low, one.ci_high
