"""The gap of questionnaires: what the therapist answered minus what the patient answered."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.errors import DataError, UsageError
from attunement.gap._controls import (
    FORM_SWAPS,
    KEY_OFFSET,
    LENGTH_MATCH,
    POSITION_MATCH,
    Variant,
    control_rows,
)
from attunement.gap._effects import Chance, Question, Row, effect_rows
from attunement.gap._language import GAP
from attunement.gap._role_permutation import ROLE_PERMUTATION
from attunement.gap.congruence import (
    Standard,
    congruence_effects,
    outcome_effects,
    reliable_disagreement,
)
from attunement.statistics import (
    ALL_SESSIONS,
    Design,
    Means,
    Null,
    clustered,
    everything,
    groups_of,
)
from attunement.tables import MEASURES, RATED_PAIRS, ROLES

Array = NDArray[np.float64]

QUESTIONNAIRE = "questionnaire"
"""What an instrument without a name is called."""

_ONE_SCALE = "both sides answered one questionnaire: there are no turns to match"

_ORDER = {measure: at for at, measure in enumerate(MEASURES)}


def rated_pairs(
    ratings: pl.DataFrame | None,
    sessions: pl.DataFrame,
    design: Design,
    *,
    reliability: float | None,
) -> pl.DataFrame:
    """Put beside each other what both sides answered after a session on one scale.

    Parameters
    ----------
    ratings : DataFrame or None
        `RATINGS`; ratings of single turns are left out. A side that rated a session's scale twice
        enters with the mean.
    sessions : DataFrame
        The sessions.
    design : Design
        Made from them.
    reliability : float or None
        Of the questionnaire; if None, alpha over task, bond and goal serves the whole scale.

    Returns
    -------
    DataFrame
        `RATED_PAIRS`. `reliable` says whether the two differ by more than unreliable ratings
        would (Jacobson & Truax 1991), and is missing where no reliability is known.

    Raises
    ------
    UsageError
        A column of the ratings is missing.
    DataError
        A rated session is not in the sessions table.
    """
    if ratings is None or ratings.is_empty():
        return pl.DataFrame(schema=RATED_PAIRS.schema)
    pairs = _with_ids(_wide(ratings, design), sessions, design).drop_nulls(["patient", "therapist"])
    judged = pairs.with_columns(reliable_disagreement(pairs, reliability=reliability))
    return judged.select(pl.col(name).cast(dtype) for name, dtype in RATED_PAIRS.columns.items())


def _with_ids(wide: pl.DataFrame, sessions: pl.DataFrame, design: Design) -> pl.DataFrame:
    """Name every rated session's patient, therapist and group, and give the gap if there is one."""
    known = [name for name in ("patient_id", "therapist_id") if name in sessions.columns]
    named = sessions.select(
        "session_id", *(pl.col(name).cast(pl.String) for name in known)
    ).with_columns(
        pl.Series("condition", design.groups, dtype=pl.String),
        *(
            pl.lit(None, pl.String).alias(name)
            for name in ("patient_id", "therapist_id")
            if name not in known
        ),
    )
    return wide.join(named, on="session_id", how="left", maintain_order="left").with_columns(
        (pl.col("therapist") - pl.col("patient")).alias("gap")
    )


def rated_rows(
    pairs: pl.DataFrame,
    ratings: pl.DataFrame | None,
    sessions: pl.DataFrame,
    design: Design,
    chance: Chance,
    *,
    outcome: str | None,
    reliability: float | None,
) -> tuple[list[Row], list[Row]]:
    """Answer every question of the ratings.

    Returns
    -------
    tuple of list of dict
        Rows of EFFECTS (families "difference", "between", "congruence", "outcome") and CONTROLS.

    Raises
    ------
    UsageError, DataError
        The outcome column is missing or holds what is no number.
    """
    if ratings is None or ratings.is_empty():
        return [], []
    # What one side alone answered counts too where its first session is held against its last.
    answered = _with_ids(_wide(ratings, design), sessions, design)
    if outcome is not None:
        answered = answered.join(_outcomes(sessions, outcome), on="session_id", how="left")
    if "number" in sessions.columns:
        number = sessions.select("session_id", "number")
        answered = answered.join(number, on="session_id", how="left")
    effects: list[Row] = list(_one_sided(ratings, pairs, design))
    controls: list[Row] = []
    for inside in pairs.partition_by("instrument", "scale", maintain_order=True):
        instrument, scale = inside["instrument"][0], inside["scale"][0]
        found, under_control = _gap_rows(inside, design, chance, instrument, scale)
        effects += found
        controls += under_control
        standard = _standard(pairs, instrument, scale, reliability)
        own = answered.filter(pl.col("instrument") == instrument, pl.col("scale") == scale)
        for group, rows in _by_group(own, design):
            key = {"group": group, "instrument": instrument, "scale": scale}
            effects += congruence_effects(
                rows,
                **key,
                draws=chance.draws,
                seed=chance.seed,
                reliability=reliability,
                standard=standard,
            ).to_dicts()
            if outcome is not None:
                drawn = outcome_effects(rows, **key, draws=chance.draws, seed=chance.seed)
                effects += drawn.to_dicts()
    return effects, controls


def _by_group(rows: pl.DataFrame, design: Design) -> Iterator[tuple[str, pl.DataFrame]]:
    """Give each group's rows, and all of them unless they are one group's."""
    for label in design.labels:
        yield label, rows.filter(pl.col("condition") == label)
    if len(design.labels) != 1 or None in design.groups:
        yield ALL_SESSIONS, rows


def _gap_rows(
    pairs: pl.DataFrame, design: Design, chance: Chance, instrument: str, scale: str
) -> tuple[list[Row], list[Row]]:
    place = {session_id: at for at, session_id in enumerate(design.session_ids)}
    values = np.full(len(design.session_ids), np.nan)
    values[[place[session_id] for session_id in pairs["session_id"]]] = pairs["gap"].to_numpy()
    question = Question(
        mean_family="difference",
        between_family="between",
        effect="mean",
        scale=scale,
        quantity=GAP.name,
        instrument=instrument,
    )
    effects = effect_rows(question, values, design, chance)
    null = _role_null(values, design, chance)
    of_turns = [*FORM_SWAPS.values(), KEY_OFFSET, LENGTH_MATCH, POSITION_MATCH]
    beside = [Variant(control, None, _ONE_SCALE, applicable=False) for control in of_turns]
    return effects, control_rows(question, design, effects, variants=beside, nulls=[null])


def _role_null(values: Array, design: Design, chance: Chance) -> Null:
    """Exchange who is patient and who is therapist, session by session."""
    flips = chance.rng().choice(np.array([-1.0, 1.0]), size=(chance.draws, len(values)))
    known = np.isfinite(values)
    units = chance.clusters.coarsest
    groups = {
        label: where[known[where]]
        for label, where in (groups_of(design) | everything(design)).items()
        if known[where].any()
    }

    def means(signs: Array) -> dict[str, Means]:
        found = {
            label: clustered((signs[:, where] * values[where])[:, :, None], units[where])
            for label, where in groups.items()
        }
        return {label: Means(mean[:, 0], var[:, 0]) for label, (mean, var) in found.items()}

    return Null(
        control=ROLE_PERMUTATION,
        drawn=means(flips),
        observed=means(np.ones((1, len(values)))),
        sizes={label: len(where) for label, where in groups.items()},
        detail="the two answers exchanged, session by session: the null",
    )


def _wide(ratings: pl.DataFrame, design: Design) -> pl.DataFrame:
    for name in ("session_id", "rater", "scale", "value"):
        if name not in ratings.columns:
            raise UsageError(
                f"the ratings have no column {name}",
                mend="Give the columns session_id, rater, instrument, scale and value",
                field=name,
            )
    ratings = ratings.with_columns(pl.col("session_id").cast(pl.String))
    if ratings["value"].dtype == pl.String:
        raise DataError(
            "the ratings' values are words, not numbers",
            mend="Give one number a row",
            field="value",
        )
    unknown = set(ratings["session_id"].fill_null("").unique()) - set(design.session_ids)
    if unknown:
        raise DataError(
            f"{len(unknown)} rated sessions are not in the sessions table, "
            f"the first {min(unknown)!r}",
            mend="Give the sessions table that belongs to these ratings",
            field="session_id",
        )
    after_session = ratings.filter(pl.col("value").is_finite(), pl.col("rater").is_in(ROLES))
    if "turn" in ratings.columns:
        after_session = after_session.filter(pl.col("turn").is_null())
    instrument = pl.lit(None, pl.String) if "instrument" not in ratings.columns else "instrument"
    place = {session_id: at for at, session_id in enumerate(design.session_ids)}
    named = after_session.with_columns(
        pl.coalesce(instrument, pl.lit(QUESTIONNAIRE)).alias("instrument")
    )
    sides = {
        role: named.filter(pl.col("rater") == role)
        .group_by("session_id", "instrument", "scale")
        .agg(pl.col("value").mean().cast(pl.Float64).alias(role))
        for role in ROLES
    }
    return (
        sides["patient"]
        .join(
            sides["therapist"],
            on=["session_id", "instrument", "scale"],
            how="full",
            coalesce=True,
        )
        .sort(
            "instrument",
            pl.col("scale").replace_strict(_ORDER, default=len(_ORDER), return_dtype=pl.Int8),
            "scale",
            pl.col("session_id").replace_strict(place, return_dtype=pl.Int64),
        )
    )


def _one_sided(ratings: pl.DataFrame | None, pairs: pl.DataFrame, design: Design) -> Iterator[Row]:
    """Name each scale that only one side answered, so that its absence has a reason."""
    if ratings is None or ratings.is_empty():
        return
    wide = _wide(ratings, design)
    paired = pairs.select("instrument", "scale").unique()
    for inside in wide.join(paired, on=["instrument", "scale"], how="anti").partition_by(
        "instrument", "scale", maintain_order=True
    ):
        counts = {role: int(inside[role].is_not_null().sum()) for role in ROLES}
        if all(counts.values()):
            reason = "no session was rated by both sides"
        else:
            (role,) = (role for role, n in counts.items() if n)
            reason = f"only the {role} rated ({counts[role]} sessions)"
        yield {
            "family": "difference",
            "effect": "mean",
            "group": ALL_SESSIONS,
            "instrument": inside["instrument"][0],
            "scale": inside["scale"][0],
            "quantity": GAP.name,
            "n_sessions": 0,
            "small": True,
            "reason": reason,
        }


def _standard(
    pairs: pl.DataFrame, instrument: str, scale: str, reliability: float | None
) -> Standard | None:
    """Measure reliable change on all groups together, if it can be measured."""
    try:
        return Standard.of(pairs, instrument=instrument, scale=scale, reliability=reliability)
    except DataError:
        return None


def _outcomes(sessions: pl.DataFrame, outcome: str) -> pl.DataFrame:
    if outcome not in sessions.columns:
        others = ", ".join(name for name in sessions.columns if name != "session_id")
        raise UsageError(
            f"the sessions have no column {outcome!r}",
            mend=f"Choose one of: {others}",
            field="--outcome",
        )
    numbers = sessions[outcome].cast(pl.Float64, strict=False)
    broken = (numbers.is_null() & sessions[outcome].is_not_null()).arg_true()
    if broken.len():
        raise DataError(
            f"the outcome of session {sessions['session_id'][broken[0]]!r} is no number",
            mend="Give numbers, or leave cells empty",
            field=outcome,
        )
    return pl.DataFrame({"session_id": sessions["session_id"], "outcome": numbers.fill_nan(None)})
