"""What was found, in plain words: the answer first, then what is left of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attunement.report._words import count, printable
from attunement.report.validity._names import between, coefficient, signed_figure
from attunement.validity import (
    COMPASS,
    LENGTH_ALONE,
    SENTIMENT,
    WORDS_SPOKEN,
    Agreement,
    PoolingName,
    ValidityResult,
)

_POOLED: Mapping[PoolingName, str] = {
    "all_turns": " in a whole session",
    "last_half": " in the last half of a session",
    "last_quarter": " in the last quarter of a session",
    "rising": ", later turns counting more,",
    "rising_steeply": ", late turns counting much more,",
    "late": ", late turns counting most,",
    "late_shrunken": ", late turns counting most and short sessions drawn to the average,",
    "by_words": ", long turns counting more,",
    "highest_quarter": " in the highest-scored quarter of the turns",
    "lowest_quarter": " in the lowest-scored quarter of the turns",
}
_STRENGTHS = (
    (0.2, "hardly agrees with"),
    (0.4, "agrees weakly with"),
    (0.6, "agrees moderately with"),
)


def answer(result: ValidityResult) -> str:
    """Answer the page's question in one or two sentences."""
    found = result.headline
    if found.spearman.value is None:
        turns = _within_sessions(result)
        if turns is not None and not result.scales:
            return turns
        return f"No answer can be given: {printable(found.reason or 'nothing varies')}."
    return f"{_agreement(result, found)} {_pairs(result)}".strip()


def qualifications(result: ValidityResult) -> Iterator[str]:
    """Say what is left of the answer under each control, and what simpler counts reach."""
    if result.headline.spearman.value is not None:
        scale = result.scales[0]
        main = result.main
        for by_scale, words in (
            (main.session_length_out, "With words spoken and the number of turns taken out"),
            (main.session_sentiment_out, "With how good or bad the words are taken out"),
            (main.session_without_closing, "Without the patient’s last turns"),
            (main.within_patient, "Within patients, from one session to another"),
        ):
            found = by_scale.get(scale)
            if found is not None and found.spearman.value is not None:
                yield f"{words}: {_figure(found)}."
        yield from _baselines(result, scale)
    if result.scales and (turns := _within_sessions(result)):
        yield turns


def limits() -> tuple[str, ...]:
    """Say what no figure of the page can show."""
    return (
        "Agreement with ratings is not truth. Ratings err themselves, and people who rate "
        "everything high leave little to agree with.",
        "A correlation says that sessions are ordered alike. It does not say that a score is the "
        "rating, and it allows no verdict on a single session.",
        "The figures hold for this corpus: these patients, this way of transcribing, this "
        "questionnaire. Whether they carry over is for another corpus to show.",
        "Whoever picks the best row of a table of poolings or estimators picks some luck with it: "
        "the choice has to be made on other patients than those it is judged by.",
    )


def _agreement(result: ValidityResult, found: Agreement) -> str:
    name = printable(result.main.estimator)
    pooling = result.main.pooling
    source = (
        f"the {result.side}’s words{_POOLED[pooling]}"
        if pooling is not None
        else "what both sides said in a whole session"
    )
    n = count(found.n, "session", "sessions")
    of = "" if found.patients is None else f" of {count(found.patients, 'patient', 'patients')}"
    asked = " Is the scale reversed?" if _reversed(found) else ""
    return (
        f"What {name} infers from {source} "
        f"{_strength(found)} what {result.rater}s report: Spearman’s correlation is "
        f"{_figure(found)}, over {n}{of}.{asked}"
    )


def _reversed(found: Agreement) -> bool:
    return found.spearman.high is not None and found.spearman.high < 0


def _strength(found: Agreement) -> str:
    value, low = found.spearman.value, found.spearman.low
    if _reversed(found):
        return "runs against"
    if value is None or low is None or low <= 0:
        return "could not be shown to agree with"
    for most, words in _STRENGTHS:
        if value < most:
            return words
    return "agrees closely with"


def _pairs(result: ValidityResult) -> str:
    for name, group in result.main.known_groups.items():
        if name.startswith(result.rated) and group.auc.value is not None and not group.rare:
            words = group.baselines.get(WORDS_SPOKEN)
            alone = (
                f" (by words spoken alone, in {words[0].value:.0%})"
                if words is not None and words[0].value is not None
                else ""
            )
            return (
                "Of a session from the lowest-rated quarter and one from the highest, the "
                f"lower-rated one gets the lower score in {group.auc.value:.0%} of all pairs"
                f"{alone}."
            )
    return ""


def _baselines(result: ValidityResult, scale: str) -> Iterator[str]:
    words = {
        WORDS_SPOKEN: f"Counting the {result.side}’s words alone",
        SENTIMENT: "How good or bad the words are alone, by a word list (VADER)",
        COMPASS: "The published estimator, compass",
        LENGTH_ALONE: "Heads fitted on lengths alone",
    }
    for name, said in words.items():
        found = result.main.baselines.get(name, {}).get(scale)
        if found is None or found.baseline.spearman.value is None:
            continue
        reached = coefficient(found.baseline.spearman.value)
        yield f"{said}: {reached} (difference {signed_figure(found.difference)})."


def _within_sessions(result: ValidityResult) -> str | None:
    for scale, found in result.main.turn.raw.items():
        if found.pearson.value is None:
            continue
        left = result.main.turn.position_out[scale].pearson
        alone = result.main.turn.position_alone[scale].pearson
        return (
            f"Turn by turn within sessions, {printable(result.main.estimator)} and the "
            f"{result.rater}s’ {printable(scale)} correlate "
            f"{coefficient(found.pearson.value)} "
            f"{between(found.pearson.low, found.pearson.high)} "
            f"({count(found.n, 'turn', 'turns')} of {count(found.sessions, 'session', 'sessions')})"
            f"; with the place in the session taken out, {coefficient(left.value)} is left. The "
            f"place alone correlates {coefficient(alone.value)}."
        )
    return None


def _figure(found: Agreement) -> str:
    bounds = between(found.spearman.low, found.spearman.high)
    return f"{coefficient(found.spearman.value)} {bounds}".strip()
