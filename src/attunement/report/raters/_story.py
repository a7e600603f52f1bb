"""What the figures of raters come to, in plain sentences: a question, and its answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from attunement.psychometrics import (
    BETWEEN_JUDGES,
    BETWEEN_REPEATS,
    LENGTH,
    LENGTH_OUT,
    NO_RATINGS,
    PROBE,
    SHARE,
    UNSCORED,
    WITH_RATINGS,
    WITH_WORDS_HELD,
    WORDS_APART,
)
from attunement.report._words import count, number, printable
from attunement.report.gap._cells import interval
from attunement.report.raters._cells import moves
from attunement.report.raters._shown import (
    RatersShown,
    Row,
    Who,
    excludes_zero,
    known,
    says,
    small,
)
from attunement.report.validity._names import between, coefficient

_MOST = 4
"""Judges told of one by one; more stand in the tables."""

_TOLD = 2
"""Judges in the first sentences."""

_STRENGTHS = ((0.2, "hardly"), (0.4, "weakly"), (0.6, "moderately"))
_SELF = ((0.5, "poorly"), (0.75, "moderately"), (0.9, "well"))
"""Koo & Li (2016), Journal of Chiropractic Medicine 15, 155-163."""

VARIANTS: Mapping[str, str] = {
    "length": "longer turns",
    "structure": "more structure",
    "jargon": "more jargon",
    "sycophancy": "more praise",
    "vagueness": "more vagueness",
    "second half first": "second half first",
}
"""What a probe changed: in the therapist's turns, or in their order."""

LIMITS = (
    "A judge's figure is judged, not rated: a model that answers as the patient would is no "
    "patient, and what it says is never counted among patients' ratings.",
    "Agreement with ratings is not truth, and agreement between judges is less: models that "
    "learned from the same texts share their errors.",
    "What is scored is a selected part. Where long or bare sessions go unscored, every figure is "
    "of the others.",
    "A model behind an address can change without notice. The figures are of the answers that were "
    "kept, and hold for that model, these prompts and this corpus.",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A question a reader has, and what the figures say to it."""

    question: str
    said: Sequence[str]


def lead(shown: RatersShown) -> str:
    """Answer in a sentence whether the judges go with people."""
    if NO_RATINGS in shown.notes:
        return (
            "Whether these judges agree with people cannot be said: no person’s rating was given."
        )
    best = [
        (who.name, _with_people(found, agreement(shown, who, human, f"spearman, {LENGTH_OUT}")))
        for who in shown.asked()
        for human in shown.humans(who, shown.whole(who))[:1]
        if (found := agreement(shown, who, human)) is not None and found["estimate"] is not None
    ]
    if not best:
        return (
            "Whether these judges agree with people cannot be said: too few sessions carry both a "
            "judge's score and a person's rating."
        )
    told = " ".join(_together(best[:_TOLD]))
    left = len(best) - _TOLD
    return f"{told} {left} more below." if left > 0 else told


def answers(shown: RatersShown) -> list[Answer]:
    """Go through what a reader wants to know."""
    asked = shown.asked()
    told = [
        Answer(
            "With itself, and with other judges?",
            [*_itself(shown, asked[:_MOST]), *_each_other(shown)],
        ),
        Answer("What moves it besides?", list(_bias(shown, asked[:_MOST]))),
        Answer("Which items to keep?", list(_items(shown, asked[:_MOST]))),
        Answer("How much is unscored, and why?", list(_unscored(shown, asked[:_MOST]))),
    ]
    return [one for one in told if one.said]


def figure(row: Row) -> str:
    """Write a coefficient with its interval: .75 [.65, .82]."""
    return f"{coefficient(row['estimate'])} {between(row['ci_low'], row['ci_high'])}".strip()


def agreement(shown: RatersShown, who: Who, human: str, statistic: str = "spearman") -> Row | None:
    """Give how the whole of a judge goes with what people rated."""
    return shown.row(WITH_RATINGS, who, scale=shown.whole(who), other=human, statistic=statistic)


def _with_people(row: Row, length_out: Row | None) -> str:
    """Say how far a judge goes with what people rated."""
    human, value = row["other"], row["estimate"]
    if not says(row):
        return f"{_few(row)} beside the {printable(human)}, too few to say whether it goes with it."
    how = next((word for limit, word in _STRENGTHS if abs(value) < limit), "strongly")
    told = f"goes {how} with the {printable(human)}: Spearman {figure(row)}"
    if not excludes_zero(row):
        told = f"no agreement with the {printable(human)} beyond chance, {figure(row)}"
    elif value < 0:
        told = f"runs against the {printable(human)}: Spearman {figure(row)}"
    if length_out is not None and length_out["estimate"] is not None:
        told += f"; with length out {figure(length_out)}"
    return f"{told}; {count(row['n_sessions'], 'session', 'sessions')}."


def _itself(shown: RatersShown, asked: Sequence[Who]) -> Iterator[str]:
    once = []
    for who in asked:
        row = shown.row(BETWEEN_REPEATS, who, scale=shown.whole(who), statistic="icc(A,1)")
        if row is None:
            once.append(who.name)
        elif row["estimate"] is None:
            yield f"{who.name}: {printable(row['reason'])}."
        else:
            yield (f"{who.name}: asked {row['n_raters']} times, its answers {_agree(row)}.")
    if once:
        yield f"Asked once, so how far chance moves it is not known: {'; '.join(once)}."


def _each_other(shown: RatersShown) -> Iterator[str]:
    rows = [
        row
        for row in known(shown.rows(BETWEEN_JUDGES, statistic="icc(A,1)"))
        if row["scale"] == shown.whole(_who(row))
    ]
    for row in rows[:_MOST]:
        who = _who(row)
        yield (
            f"{printable(row['judge'])} and {printable(row['other'])}, {who.manner}: their "
            f"answers {_agree(row)}."
        )


def _agree(row: Row) -> str:
    """Say how well answers agree, in words that have a meaning elsewhere."""
    if not says(row):
        return f"are of {_few(row)}, too few to say whether they agree"
    if row["ci_low"] <= 0:
        return f"do not agree beyond chance, ICC {figure(row)}"
    how = next((word for limit, word in _SELF if row["estimate"] < limit), "very well")
    return f"agree {how}, ICC {figure(row)}"


def _together(said: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Say once what is so of several judges."""
    for text in dict.fromkeys(text for _, text in said):
        yield f"{'; '.join(name for name, other in said if other == text)}: {text}"


def _few(row: Row) -> str:
    """Say what there is too little of."""
    sessions = count(row["n_sessions"], "session", "sessions")
    if small(row) or not row["n_patients"]:
        return sessions
    return f"{sessions} of {count(row['n_patients'], 'patient', 'patients')}"


def _bias(shown: RatersShown, asked: Sequence[Who]) -> Iterator[str]:
    unprobed = []
    few: list[tuple[str, str]] = []
    for who in asked:
        probes = known(shown.rows(PROBE, who, scale=shown.whole(who)))
        moved = [row for row in probes if moves(row)]
        if moved:
            moved.sort(key=lambda row: -abs(row["estimate"]))
            yield f"{who.name}, in points: {', '.join(map(_moved, moved))}."
        elif probes and not any(map(says, probes)):
            most = max(probes, key=lambda row: int(row["n_sessions"]))
            few.append((who.name, f"probed on {_few(most)}, too few to say what moves it."))
        elif probes:
            tried = count(len(probes), "probe", "probes")
            yield f"{who.name}: none of {tried} moves it beyond chance."
        else:
            unprobed.append(who.name)
        for row in shown.rows(LENGTH, who, scale=shown.whole(who), statistic=WITH_WORDS_HELD)[:1]:
            if excludes_zero(row) and not small(row):
                yield (
                    f"{who.name}: {'long' if row['estimate'] > 0 else 'short'} sessions are scored "
                    f"higher than the {printable(row['other'])} accounts for, {figure(row)}; a "
                    "rating that is not fully reliable would give that too, and the length probe "
                    "tells."
                )
    yield from _together(few)
    if unprobed:
        yield f"Not probed with rewritten transcripts: {'; '.join(unprobed)}."


def _moved(row: Row) -> str:
    what = VARIANTS.get(row["other"], printable(row["other"]))
    bounds = interval(row["ci_low"], row["ci_high"])
    return f"{what} {number(row['estimate'], signed=True)} {bounds}".strip()


def _items(shown: RatersShown, asked: Sequence[Who]) -> Iterator[str]:
    few: list[tuple[str, str]] = []
    for who in asked:
        forms = shown.short_forms.filter(
            pl.col("judge") == who.judge,
            pl.col("perspective") == who.perspective,
            pl.col("framing") == who.framing,
            pl.col("instrument") == who.instrument,
            pl.col("scale") == shown.whole(who),
        ).sort("k")
        done = forms.drop_nulls(["estimate", "all_items"]).rows(named=True)
        if not done:
            reasons = forms["reason"].drop_nulls().unique(maintain_order=True)[:1]
            few += [(who.name, f"nothing was chosen, {printable(reason)}.") for reason in reasons]
            continue
        row = done[-1]
        if row["ci_low"] is not None and row["ci_low"] <= 0:
            yield (
                f"{who.name}: nothing to choose by; {count(row['k'], 'item', 'items')} come to "
                f"{figure(row)} on patients that had no part in choosing "
                f"({named_criterion(row['criterion'])})."
            )
            continue
        items = f"{count(row['k'], 'item', 'items')} ({', '.join(map(printable, row['items']))})"
        yield (
            f"{who.name}: with {items}, {figure(row)} on patients that had no part in choosing; "
            f"all items {coefficient(row['all_items'])} ({named_criterion(row['criterion'])})"
            f"{'; fewer are in the table' if len(done) > 1 else ''}."
        )
    yield from _together(few)


def named_criterion(criterion: str) -> str:
    """Name what short forms are chosen by."""
    return printable(criterion).replace("spearman", "Spearman", 1)


def _unscored(shown: RatersShown, asked: Sequence[Who]) -> Iterator[str]:
    complete = []
    for who in asked:
        rows = shown.rows(UNSCORED, who, statistic=SHARE)
        every = next((row for row in rows if row["other"] is None), None)
        if every is None or every["estimate"] is None:
            continue
        if every["estimate"] == 0:
            complete.append(who.name)
            continue
        said = f"{who.name}: {_percent(every['estimate'])} of the verdicts"
        reasons = [row for row in rows if row["other"] is not None]
        if reasons:
            said += f", mostly because {printable(reasons[0]['other'])}"
        apart = shown.row(UNSCORED, who, statistic=WORDS_APART)
        if apart is not None and excludes_zero(apart) and not small(apart):
            longer = "shorter" if apart["estimate"] < 0 else "longer"
            said += (
                f"; what was scored is {longer}, by {abs(apart['estimate']):,.0f} words a window"
            )
        yield f"{said}."
    if complete:
        yield f"Nothing is unscored: {'; '.join(complete)}."


def _percent(share: float) -> str:
    return f"{share:.0%}" if share == 0 or share >= 0.01 else "under 1%"


def _who(row: Row) -> Who:
    return Who(row["judge"], row["perspective"], row["framing"], row["instrument"])
