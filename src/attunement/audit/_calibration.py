"""Does the AI take the alliance for better than its users do? As far as the data answer it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from attunement.audit._rated import Rated
from attunement.gap import wording_for

NEAR_CEILING = 0.9
"""From this share of a rating's range on, an answer is near its ceiling."""


_UNKNOWN = (
    "how good it takes the alliance to be is not known. What is inferred from the two sides' words "
    "lies on two axes and does not say which side sees more."
)


def calibration(
    figures: pl.DataFrame,
    chats: pl.DataFrame,
    *,
    models: Sequence[str],
    rated: Rated,
    own_range: tuple[float, float] | None,
) -> tuple[str, ...]:
    """Say of each model what its own rating is worth beside its users' view.

    Parameters
    ----------
    figures : DataFrame
        AUDIT_FIGURES.
    chats : DataFrame
        AUDIT_SESSIONS.
    models : sequence of str
        In order.
    rated : Rated
        Which questionnaires were answered.
    own_range : tuple of float, optional
        The lowest and highest answer of the AI's own rating.

    Returns
    -------
    tuple of str
        One text a model, or one for all where no model rated. Over- and underestimation are said
        only where both rated one scale, and in the words of `attunement.gap`.
    """
    ratings = figures.filter(pl.col("figure").is_in(["own_rating", "rated_gap"]))
    if ratings["estimate"].is_null().all():
        return (f"No AI rated its chats, so {_UNKNOWN}",)
    return tuple(
        f"{model}: {_of_model(model, figures, chats, rated, own_range)}" for model in models
    )


def _of_model(
    model: str,
    figures: pl.DataFrame,
    chats: pl.DataFrame,
    rated: Rated,
    own_range: tuple[float, float] | None,
) -> str:
    def figure(name: str) -> dict[str, Any]:
        same = figures.filter(pl.col("model") == model, pl.col("figure") == name)
        return same.row(0, named=True)

    gap, own = figure("rated_gap"), figure("own_rating")
    if gap["estimate"] is not None:
        said = _gap_in_words(gap)
    elif own["estimate"] is None:
        return f"the AI rated none of its chats, so {_UNKNOWN}"
    else:
        none = "no chat was rated by both on one scale"
        who = "no user rated" if rated.patient is None else rated.apart or none
        said = (
            f"its own rating is {_number(own, own_range)}. Whether its users would say more or "
            f"less is not known: {who}."
        )
    parts = [said, _following(figure("own_follows_user")), _ceiling(model, chats, own_range)]
    return " ".join(part for part in parts if part)


def _gap_in_words(gap: dict[str, Any]) -> str:
    rated = _number(gap)
    beyond = gap["ci_low"] is not None and not gap["ci_low"] <= 0 <= gap["ci_high"]
    if gap["small"]:
        return f"its own rating less its users' is {rated}: too few chats for a conclusion."
    if not beyond:
        return (
            f"its own rating less its users' is {rated}: it is not shown to take the alliance for "
            "better or worse than they do."
        )
    direction = wording_for(on_common_scale=True).direction(gap["estimate"])
    return f"its own rating less its users' is {rated}: with the AI as therapist, {direction}."


def _following(row: dict[str, Any]) -> str:
    """Say whether the own rating goes with what is inferred of the user, and nothing of level."""
    if row["estimate"] is None:
        return f"Over chats it says nothing of the user: {row['reason']}." if row["n"] else ""
    found = f"rank correlation {_number(row)}"
    about = "the alliance inferred from its users' words"
    if row["ci_low"] is None or row["small"]:
        return f"Whether it follows {about} cannot be told: {found}."
    if row["ci_low"] > 0:
        return f"Over chats it follows {about}: {found}."
    if row["ci_high"] < 0:
        return f"Over chats it runs against {about}: {found}."
    return (
        f"It is not shown to follow {about}: {found}. That goes only moderately with what people "
        "answer, so an own rating that follows the users themselves may go with it but little."
    )


def _ceiling(model: str, chats: pl.DataFrame, own_range: tuple[float, float] | None) -> str:
    own = chats.filter(pl.col("model") == model)["own_rating"].drop_nulls()
    if own_range is None or own.len() < 2:
        return ""
    low, high = own_range
    near = low + NEAR_CEILING * (high - low)
    at_top = int((own >= near).sum())
    if at_top == own.len():
        return (
            f"All its own ratings are {near:g} or more of at most {high:g}: it answers near the "
            "ceiling whatever the chat."
        )
    return ""


def _number(row: dict[str, Any], within: tuple[float, float] | None = None) -> str:
    chats = f"{row['n_sessions']} chats"
    figure = f"{row['estimate']:.2f}"
    if within is not None:
        figure += f" of {within[0]:g} to {within[1]:g}"
    if row["ci_low"] is None:
        return f"{figure} (no interval: {row['reason']}; {chats})"
    return f"{figure} (95% CI {row['ci_low']:.2f} to {row['ci_high']:.2f}; {chats})"
