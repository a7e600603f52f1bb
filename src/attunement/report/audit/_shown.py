"""What the page of an audit is drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from attunement.errors import UsageError
from attunement.gap import Wording
from attunement.tables import (
    AUDIT_COMPARISONS,
    AUDIT_COUNTERFACTUALS,
    AUDIT_EXCHANGES,
    AUDIT_EXPLAINED,
    AUDIT_FIGURES,
    AUDIT_FINDINGS,
    AUDIT_RISK,
    AUDIT_SESSIONS,
    AUDIT_TURNS,
    AUDIT_USERS,
    TRAJECTORIES,
    TURNS,
)

_DEFINITION = ("name", "label", "unit", "decimals", "definition", "caution")
_FEATURE = ("name", "label", "unit", "definition", "magnified", "source", "caution")

_EXPECTED: Mapping[str, tuple[str, ...]] = {
    "texts": tuple(TURNS.required_schema),
    "turns": tuple(AUDIT_TURNS.required_schema),
    "users": tuple(AUDIT_USERS.required_schema),
    "exchanges": tuple(AUDIT_EXCHANGES.required_schema),
    "risk": tuple(AUDIT_RISK.required_schema),
    "sessions": tuple(AUDIT_SESSIONS.required_schema),
    "figures": tuple(AUDIT_FIGURES.required_schema),
    "comparisons": tuple(AUDIT_COMPARISONS.required_schema),
    "trajectories": tuple(TRAJECTORIES.required_schema),
    "counterfactuals": tuple(AUDIT_COUNTERFACTUALS.required_schema),
    "explained": tuple(AUDIT_EXPLAINED.required_schema),
    "findings": tuple(AUDIT_FINDINGS.required_schema),
    "definitions": _DEFINITION,
    "features": _FEATURE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditShown:
    """The tables the page draws, with the schemas of `attunement.tables`.

    Attributes
    ----------
    texts : DataFrame
        TURNS: what was said in every chat; the patient is the user, the therapist the AI.
    turns, users : DataFrame
        AUDIT_TURNS and AUDIT_USERS.
    exchanges, risk : DataFrame
        AUDIT_EXCHANGES and AUDIT_RISK; may be empty.
    sessions : DataFrame
        AUDIT_SESSIONS: every chat, also those that were not scored; this order is the page's.
    figures, comparisons : DataFrame
        AUDIT_FIGURES and AUDIT_COMPARISONS; the latter is empty where there is one model.
    trajectories : DataFrame
        TRAJECTORIES; `condition` is the model.
    counterfactuals, explained, findings : DataFrame
        AUDIT_COUNTERFACTUALS, AUDIT_EXPLAINED and AUDIT_FINDINGS; may be empty.
    definitions : DataFrame
        name, label, unit, decimals, definition, caution: what each figure is.
    features : DataFrame
        name, label, unit, definition, magnified, source, caution: what each surface feature is,
        and how the test of our own measure makes more of it.
    models : tuple of str
        In the order of the page.
    wording : Wording
        What the AI's side less the user's may be called, and how it may be read.
    calibration : tuple of str
        What the AI's own ratings say beside its users', a text a model; empty where it gave none.
    pair : str or None
        The column that pairs chats; None where they are not paired.

    Raises
    ------
    UsageError
        A table lacks a column, or names a chat or a model that is not among those audited.
    """

    texts: pl.DataFrame
    turns: pl.DataFrame
    users: pl.DataFrame
    exchanges: pl.DataFrame
    risk: pl.DataFrame
    sessions: pl.DataFrame
    figures: pl.DataFrame
    comparisons: pl.DataFrame
    trajectories: pl.DataFrame
    counterfactuals: pl.DataFrame
    explained: pl.DataFrame
    findings: pl.DataFrame
    definitions: pl.DataFrame
    features: pl.DataFrame
    models: tuple[str, ...]
    wording: Wording
    calibration: tuple[str, ...] = ()
    pair: str | None = None

    def __post_init__(self) -> None:
        for held, columns in _EXPECTED.items():
            frame: pl.DataFrame = getattr(self, held)
            for column in columns:
                if column not in frame.columns:
                    raise UsageError(
                        f"the table {held} of the audit's page has no column {column}",
                        mend="Give the tables as attunement.tables describes them",
                        field=column,
                    )
        for held in ("turns", "users", "exchanges", "risk"):
            table: pl.DataFrame = getattr(self, held)
            unknown = table.join(self.sessions, on="session_id", how="anti")
            if unknown.height:
                raise UsageError(
                    f"the table {held} holds chats that are not among the chats audited "
                    f"({unknown['session_id'].n_unique()})",
                    mend="Give the tables of one audit",
                    field="session_id",
                )
        unnamed = set(self.sessions["model"].drop_nulls()) - set(self.models)
        if unnamed:
            raise UsageError(
                f"{len(unnamed)} of the chats' models are not among the models of the audit",
                mend="Name every model the chats are of",
                field="models",
            )
