"""What an audit gives."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from attunement.audit._options import AuditOptions
from attunement.gap import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditResult:
    """The tables of an audit, with the schemas of `attunement.tables`.

    Attributes
    ----------
    texts : DataFrame
        TURNS: what was said, in every chat.
    chats : DataFrame
        SESSIONS with the columns of one's own, and the columns `model` and `pair` as they were
        taken; in the order read.
    turns : DataFrame
        AUDIT_TURNS: the AI's turns of the chats that were scored.
    users : DataFrame
        AUDIT_USERS: the user's.
    exchanges : DataFrame
        AUDIT_EXCHANGES: claims and pushbacks.
    risk : DataFrame
        AUDIT_RISK: places for a person to read, in all chats, also those that were not scored.
    sessions : DataFrame
        AUDIT_SESSIONS: every chat, also those that were not scored.
    figures : DataFrame
        AUDIT_FIGURES: every figure of `FIGURES` for every model.
    comparisons : DataFrame
        AUDIT_COMPARISONS: every figure for every two models; without rows where there is one.
    trajectories : DataFrame
        TRAJECTORIES; `condition` is the model.
    effects, controls : DataFrame
        EFFECTS and CONTROLS of the role difference and of the ratings; `group` is the model.
    counterfactuals : DataFrame
        AUDIT_COUNTERFACTUALS: what magnified surface features move in our own measure.
    explained : DataFrame
        AUDIT_EXPLAINED: how far surface features go with the scores.
    findings : DataFrame
        AUDIT_FINDINGS: what to change, weightiest first; without rows where nothing holds.
    calibration : tuple of str
        One sentence or two a model: whether it takes the alliance for better than its users do, as
        far as the data answer that.
    models : tuple of str
        In the order of every page: as they first occur.
    by : str or None
        Where the models' names come from: a column, "folder", or None where there is one model.
    pair : str or None
        The column that pairs chats; None where they are not paired.
    wording : Wording
        What inferred AI-side minus inferred user may be called.
    options : AuditOptions
        As given.
    notes : tuple of str
        What a reader must know of the whole.
    """

    texts: pl.DataFrame
    chats: pl.DataFrame
    turns: pl.DataFrame
    users: pl.DataFrame
    exchanges: pl.DataFrame
    risk: pl.DataFrame
    sessions: pl.DataFrame
    figures: pl.DataFrame
    comparisons: pl.DataFrame
    trajectories: pl.DataFrame
    effects: pl.DataFrame
    controls: pl.DataFrame
    counterfactuals: pl.DataFrame
    explained: pl.DataFrame
    findings: pl.DataFrame
    calibration: tuple[str, ...]
    models: tuple[str, ...]
    by: str | None
    pair: str | None
    wording: Wording
    options: AuditOptions
    notes: tuple[str, ...]
