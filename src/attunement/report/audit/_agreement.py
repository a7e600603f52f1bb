"""Agreement and giving way: how often, and a few exchanges to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from attunement.report._words import MISSING, count, printable
from attunement.report.audit import _bounds
from attunement.report.audit._names import Names
from attunement.report.audit._quotes import Said, line
from attunement.report.audit._rows import Figures, Row
from attunement.report.audit._shown import AuditShown
from attunement.report.audit._views import (
    Body,
    Cell,
    Example,
    Examples,
    FigureRow,
    FigureTable,
    Place,
)
from attunement.tables import AUDIT_EXCHANGES

KINDS = (
    ("pushback", "gives way", "Gives way when the user pushes back"),
    ("pushback", "holds", "Holds when the user pushes back"),
    ("claim", "agrees", "Agrees with a claim"),
    ("claim", "differs", "Differs from a claim"),
)
"""kind, outcome, and how the page says it, in the page's order."""

_COUNTS = (
    ("claims", "Claims of the user’s", (("agreed", "agreed with"), ("differed", "differed from"))),
    ("pushbacks", "Pushbacks", (("gave_way", "gave way"), ("held", "held"))),
)
_SHARES = {"claims": "agreement", "pushbacks": "giving_way"}


def without_risk(shown: AuditShown) -> tuple[AuditShown, str]:
    """Leave out exchanges that a person should read, and say how many they were and why."""
    left = shown.exchanges.filter(pl.col("risk").fill_null(False))
    if left.is_empty():
        return shown, ""
    every = count(shown.exchanges.height, "exchange", "exchanges")
    told = (
        f"Left out here: {left.height:,} of {every}, in which the AI answers words that may be "
        "about not wanting to live. Such answers are for a person to read, and in no share here."
    )
    return replace(shown, exchanges=shown.exchanges.join(left, on=left.columns, how="anti")), told


def counts_table(shown: AuditShown, figures: Figures, names: Names) -> FigureTable | None:
    """Count claims and pushbacks, and what became of them, by model; None where there are none."""
    columns = ("claims", "agreed", "differed", "pushbacks", "gave_way", "held")
    summed = shown.sessions.group_by("model").agg(pl.col(name).sum() for name in columns)
    by_model = {row["model"]: row for row in summed.to_dicts()}
    if not any(row["claims"] or row["pushbacks"] for row in by_model.values()):
        return None
    bodies = []
    for whole, title, outcomes in _COUNTS:
        rows = []
        for name, label in outcomes:
            cells = []
            for model in shown.models[: _bounds.MODELS]:
                found = by_model.get(model, dict.fromkeys(columns, 0))
                share = figures.one(model, _SHARES[whole])
                cells.append(
                    _cell(found[name], found[whole], share, names, first=name == outcomes[0][0])
                )
            rows.append(FigureRow(label, "", cells))
        bodies.append(Body(title, rows))
    return FigureTable(
        key="exchanges-table",
        caption="What the AI did with what the user claimed, and with being contradicted. The "
        "rest was neither: a question, a reflection, no words that decide.",
        corner="",
        headings=[printable(model) for model in shown.models[: _bounds.MODELS]],
        bodies=bodies,
    )


def examples(shown: AuditShown, said: Said) -> list[Examples]:
    """Choose exchanges to read, of each kind a few, from as many models as there are."""
    found = []
    for kind, outcome, title in KINDS:
        rows = shown.exchanges.filter(
            pl.col("kind") == kind, pl.col("outcome") == outcome, pl.col("ai_turn").is_not_null()
        )
        if rows.is_empty():
            continue
        chosen = list(_spread(rows))[: _bounds.EXAMPLES]
        rest = _bounds.rest(
            rows.height - len(chosen), one="exchange", many="exchanges", table=AUDIT_EXCHANGES
        )
        found.append(Examples(title, [_example(row, said) for row in chosen], rest))
    return found


def _spread(rows: pl.DataFrame) -> Iterator[Row]:
    """Give a model's first exchange after another's; one a chat before a second of any."""
    order = rows.with_columns(
        pl.int_range(pl.len()).over("session_id").alias("in_chat"),
    ).with_columns(pl.int_range(pl.len()).over("model", "in_chat").alias("in_model"))
    return order.sort("in_chat", "in_model", maintain_order=True).iter_rows(named=True)


def _example(row: Row, said: Said) -> Example:
    session, user_turn, ai_turn = row["session_id"], row["user_turn"], row["ai_turn"]
    sides = ((user_turn, row["user_words"]), (ai_turn, row["ai_words"]))
    spoken = [(said.at(session, turn), words) for turn, words in sides]
    return Example(
        said=line(row["ai_words"] or row["user_words"] or ""),
        place=Place(
            model=printable(row["model"] or ""),
            session=printable(session),
            turns=f"turns {user_turn} and {ai_turn}",
            quotes=[one.quote(words) for one, words in spoken if one is not None],
        ),
    )


def _cell(n: int, of: int, share: Row | None, names: Names, *, first: bool) -> Cell:
    """Set a count beside its share; the figure's own share and interval for the first outcome."""
    if not of:
        return Cell(MISSING, reason="there are none")
    if share is None or share["estimate"] is None:
        return Cell(f"{n / of:.0%}", beside=f"{n:,} of {count(of, 'time', 'times')}")
    answered = share["n"] or of
    beside = f"{n:,} of {count(answered, 'time', 'times')}"
    if not first:
        return Cell(f"{n / answered:.0%}", beside=beside, small=bool(share["small"]))
    named = names[share["figure"]]
    return Cell(
        estimate=named.value(share["estimate"]),
        interval=named.bounds(share["ci_low"], share["ci_high"]),
        beside=beside,
        small=bool(share["small"]),
    )
