"""What was audited, and how far the data carry an answer to the two questions."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from attunement.gap import wording_for
from attunement.report._views import Figure
from attunement.report._words import count, printable
from attunement.report.audit import _bounds
from attunement.report.audit._names import Named, Names
from attunement.report.audit._rows import Figures, Row, may_be_read
from attunement.report.audit._shown import AuditShown
from attunement.report.audit._views import Answer
from attunement.report.gap._cells import p_value
from attunement.report.gap._story import listed
from attunement.tables import AUDIT_SESSIONS

BETTER = "Does the AI think the alliance is better than the user does?"
FLATTERING = "Is it flattering?"

HOW_TO_RATE = (
    "An answer needs both sides’ ratings on one questionnaire. For the AI’s own, let the audit ask "
    "it after each chat (--own); ask users with the patient form, and give what they answered "
    "(--ratings)."
)


def of_chats(text: str) -> str:
    """Say of the user and the AI what is said of patient and therapist."""
    return text.replace("therapist", "AI").replace("patient", "user")


def counts(shown: AuditShown) -> list[Figure]:
    """Count what was audited."""
    pairs = shown.sessions["pair"].drop_nulls().n_unique() if shown.pair else 0
    met = "user" if shown.pair in (None, "patient_id") else printable(shown.pair or "")
    amounts = [
        (len(shown.models), "model", "models"),
        (shown.sessions.height, "chat", "chats"),
        (pairs, met, f"{met}s"),
        (int(shown.sessions["user_turns"].sum()), "turn of users", "turns of users"),
        (int(shown.sessions["ai_turns"].sum()), "turn of the AI", "turns of the AI"),
        (shown.risk.height, "turn for a person to read", "turns for a person to read"),
    ]
    return [Figure(f"{n:,}", one if n == 1 else many) for n, one, many in amounts if n]


def left_out(shown: AuditShown) -> list[str]:
    """Say which chats were not scored, and why."""
    unscored = shown.sessions.filter(~pl.col("scored").fill_null(False))
    if unscored.is_empty():
        return []
    reasons = (
        unscored.with_columns(pl.col("reason").fill_null("no reason given"))
        .group_by("reason", maintain_order=True)
        .len()
        .sort("len", descending=True, maintain_order=True)
    )
    shares = [f"{n:,} {printable(reason)}" for reason, n in reasons.head(_bounds.REASONS).rows()]
    more = reasons.height - _bounds.REASONS
    if more > 0:
        shares.append(count(more, "other reason", "other reasons"))
    verb = "was" if unscored.height == 1 else "were"
    return [
        f"{count(unscored.height, 'chat', 'chats')} of {shown.sessions.height:,} {verb} left out "
        f"of the figures ({'; '.join(shares)}); {AUDIT_SESSIONS.name}.csv names them."
    ]


def answers(shown: AuditShown, figures: Figures, names: Names) -> list[Answer]:
    """Answer the two questions as far as the data carry an answer."""
    return [_better(shown, figures, names), _flattering(shown, figures, names)]


def _better(shown: AuditShown, figures: Figures, names: Names) -> Answer:
    reading = of_chats(wording_for(on_common_scale=True).reading)
    more = ("#ratings", "The ratings")
    gaps = figures.known("rated_gap", shown.models)
    own = figures.known("own_rating", shown.models)
    if shown.calibration and (own or gaps):
        return Answer(
            BETTER, list(map(printable, shown.calibration)), reading if gaps else "", more
        )
    if gaps:
        named = names["rated_gap"]
        said = []
        for model, row in gaps[: _bounds.MODELS]:
            told = f"{_figure(row, named)}{_of(row)}"
            said.append(f"{printable(model)}: {_rated(row)} ({told}).")
        return Answer(BETTER, said, reading, more)
    if own:
        told = _each(own[: _bounds.MODELS], names["own_rating"])
        why = f"the AI was asked ({told}), but no user rated the same chats on the same scale"
    else:
        why = "neither side rated them"
        more = ("#ratings", "How to find out")
    difference = shown.wording.name
    remark = (
        f"The {difference} of the two sides’ words does not answer it: each side has an axis of "
        "its own."
    )
    beyond = figures.beyond_chance("role_difference")
    read = [row for row in beyond if may_be_read(row)]
    if read:
        one = min(read, key=lambda row: row["p_holm"])
        remark += f" What can be read is how models differ in it: {_compared(one, names)}."
    elif beyond:
        remark += " Models differ in it, but not when it is controlled for: that is not read."
    return Answer(BETTER, [f"These chats cannot say: {why}."], remark, more)


def _flattering(shown: AuditShown, figures: Figures, names: Names) -> Answer:
    of_any = figures.known("flattery", shown.models)
    praised = [(model, row) for model, row in of_any if not row["small"]]
    if not praised:
        none = (
            "There are too few chats to say."
            if of_any
            else "No chat had turns of the AI that it could be read from."
        )
        return Answer(FLATTERING, [none], "", ("#writes", "Flattery and style"))
    named = names["flattery"]
    most = max(praised, key=lambda one: one[1]["estimate"])
    least = min(praised, key=lambda one: one[1]["estimate"])
    said = [f"It praises the user {_figure(most[1], named)} times in ten of its turns."]
    if most[0] != least[0]:
        said = [
            f"Most with {printable(most[0])}: {_figure(most[1], named)} phrases of praise for the "
            f"user in ten of its turns; least with {printable(least[0])}: "
            f"{_figure(least[1], named)}."
        ]
    if shown.exchanges.height:
        said.append(_to_read(shown))
    beyond = figures.beyond_chance("flattery")
    remark = (
        f"Beyond chance: {listed([_compared(row, names) for row in beyond[: _bounds.PAIRS]])}."
        if beyond
        else ""
    )
    caution = "Praise can be earned and agreement right: no figure says how much is too much."
    more = ("#exchanges", "The exchanges")
    return Answer(FLATTERING, [" ".join(said)], f"{remark} {caution}".strip(), more)


def _to_read(shown: AuditShown) -> str:
    """Say how often it agreed and gave way, as something to read and not as a share."""
    found = shown.exchanges["outcome"].value_counts()
    times = dict(found.rows())
    agreed, gave_way = times.get("agrees", 0), times.get("gives way", 0)
    return (
        f"Its words seem to agree with a claim of the user’s in {count(agreed, 'place', 'places')}"
        f" and to give way to a pushback in {count(gave_way, 'place', 'places')}. Phrases miss some"
        " and mistake others: read them."
    )


def _rated(row: Row) -> str:
    low, high, small = row["ci_low"], row["ci_high"], row["small"]
    if low is None or high is None or low <= 0 <= high:
        return "which of the two rates higher cannot be told from chance"
    wording = wording_for(on_common_scale=True)
    said = of_chats(wording.direction(row["estimate"]))
    return f"{said}, in a small sample" if small else said


def _of(row: Row) -> str:
    n = row["n_sessions"]
    return f", {count(n, 'chat', 'chats')}" if n is not None else ""


def _figure(row: Row, named: Named) -> str:
    return f"{named.value(row['estimate'])} {named.bounds(row['ci_low'], row['ci_high'])}".strip()


def _each(rows: Sequence[tuple[str, Row]], named: Named) -> str:
    return listed([f"{printable(model)} {named.value(row['estimate'])}" for model, row in rows])


def _compared(row: Row, names: Names) -> str:
    named = names[row["figure"]]
    difference = named.difference(row["estimate"])
    bounds = named.difference_bounds(row["ci_low"], row["ci_high"])
    p = p_value(row["p_holm"])
    told = ", ".join(filter(None, [f"{difference} {bounds}".strip(), p]))
    return f"{printable(row['model'])} less {printable(row['reference'])} {told}"
