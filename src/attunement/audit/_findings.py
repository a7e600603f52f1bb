"""What to change: the rules that hold, weightiest first, each with a place to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from attunement.audit._advice import Rule, advice
from attunement.audit._asked import asked_for
from attunement.audit._definitions import definition_of
from attunement.audit._sessions import QUARTER
from attunement.tables import AUDIT_FINDINGS

MOST_FINDINGS = 8

_TIMES = {"flattery": 10}
"""Figures that are counted in so many turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What findings are drawn from: AUDIT_FIGURES, AUDIT_SESSIONS and the turns behind them.

    `texts` are TURNS, the words themselves.
    """

    figures: pl.DataFrame
    chats: pl.DataFrame
    turns: pl.DataFrame
    users: pl.DataFrame
    exchanges: pl.DataFrame
    texts: pl.DataFrame


def findings_table(evidence: Evidence) -> pl.DataFrame:
    """Give AUDIT_FINDINGS: at most `MOST_FINDINGS`; no rows where no rule holds.

    A rule holds for a model whose figure has an interval that lies wholly beyond the rule's limit,
    of at least twenty chats.
    """
    held: list[tuple[tuple[float, ...], Rule, dict[str, Any]]] = []
    shown = evidence.figures.filter(pl.col("ci_low").is_not_null(), ~pl.col("small"))
    for order, rule in enumerate(advice()):
        for row in shown.filter(pl.col("figure") == rule.figure).iter_rows(named=True):
            beyond = rule.beyond(low=row["ci_low"], high=row["ci_high"])
            if beyond > 0:
                held.append(((-rule.weight, -beyond, order), rule, row))
    held.sort(key=lambda one: one[0])
    rows = [
        _row(rank, rule, figure, evidence)
        for rank, (_, rule, figure) in enumerate(held[:MOST_FINDINGS], start=1)
    ]
    return pl.DataFrame(rows, schema=AUDIT_FINDINGS.schema, orient="row")


def _row(rank: int, rule: Rule, figure: dict[str, Any], evidence: Evidence) -> dict[str, Any]:
    session, turn = _place(rule, figure["model"], evidence)
    return {
        "rank": rank,
        "model": figure["model"],
        "finding": rule.finding,
        "evidence": in_words(figure, rule),
        "change": rule.change,
        "figure": rule.figure,
        "session_id": session,
        "turn": turn,
    }


def in_words(figure: dict[str, Any], rule: Rule) -> str:
    """Give a figure with its interval, what it was counted in, and the limit it is beyond."""
    one = definition_of(figure["figure"])
    low, estimate, high = (
        f"{figure[name]:.{one.decimals}f}" for name in ("ci_low", "estimate", "ci_high")
    )
    beyond = "above" if rule.over else "below"
    return (
        f"{one.label}: {estimate} {figure['unit']} (95% CI {low} to {high}, "
        f"{figure['n_sessions']} chats); worth a look {beyond} {rule.limit:g}"
    )


def _place(rule: Rule, model: str, evidence: Evidence) -> tuple[str | None, int | None]:
    """Find where to read; None where there is no such place."""
    kind, _, what = rule.place.partition(" ")
    of_model = pl.col("model") == model
    if kind == "exchange":
        return _exchange(evidence.exchanges.filter(of_model), what)
    if kind == "chat":
        chats = evidence.chats.filter(of_model)
        return _highest(chats.with_columns(turn=pl.lit(None, pl.Int32)), what)
    if kind == "last":
        return _fallen(evidence, model, what)
    return _usual(evidence.turns.filter(of_model), what, rule, evidence.texts)


def _usual(
    turns: pl.DataFrame, column: str, rule: Rule, texts: pl.DataFrame
) -> tuple[str | None, int | None]:
    """Find a turn in the middle of those beyond the limit that nobody had asked to be so."""
    value = pl.col(column).cast(pl.Float64)
    limit = rule.limit / _TIMES.get(column, 1)
    beyond = turns.drop_nulls(column).filter(value > limit if rule.over else value < limit)
    unasked = beyond.join(_asked_before(texts, beyond), on=["session_id", "turn"], how="anti")
    from_middle = (value - value.median()).abs()
    return _first(unasked.sort(from_middle, maintain_order=True).select("session_id", "turn"))


def _asked_before(texts: pl.DataFrame, turns: pl.DataFrame) -> pl.DataFrame:
    """Give those turns of the AI before which the user last asked for a list or the like."""
    users = (
        texts.join(turns, on="session_id", how="semi")
        .filter(pl.col("role") == "patient")
        .select("session_id", "turn", "text")
        .sort("turn")
    )
    last = turns.select("session_id", "turn").sort("turn")
    said = last.join_asof(users, on="turn", by="session_id", check_sortedness=False)
    asked = [asked_for(text or "") for text in said["text"]]
    return said.filter(pl.Series(asked, dtype=pl.Boolean)).select("session_id", "turn")


def _exchange(exchanges: pl.DataFrame, outcome: str) -> tuple[str | None, int | None]:
    same = exchanges.filter(pl.col("outcome") == outcome, ~pl.col("risk"))
    most = same.with_columns(many=pl.len().over("session_id")).sort(
        "many", descending=True, maintain_order=True
    )
    return _first(most.select("session_id", turn="ai_turn"))


def _fallen(evidence: Evidence, model: str, column: str) -> tuple[str | None, int | None]:
    fell = (
        evidence.chats.filter(pl.col("model") == model)
        .with_columns(by=pl.col(f"{column}_last_quarter") - pl.col(f"{column}_first_quarter"))
        .drop_nulls("by")
        .sort("by", maintain_order=True)
        .head(1)
    )
    closing = evidence.users.join(fell, on="session_id", how="semi").filter(
        pl.col("time") >= 1 - QUARTER
    )
    return _highest(closing, f"-{column}")


def _highest(rows: pl.DataFrame, column: str) -> tuple[str | None, int | None]:
    name = column.removeprefix("-")
    ordered = rows.drop_nulls(name).sort(
        name, descending=not column.startswith("-"), maintain_order=True
    )
    return _first(ordered.select("session_id", "turn"))


def _first(places: pl.DataFrame) -> tuple[str | None, int | None]:
    return places.row(0) if places.height else (None, None)
