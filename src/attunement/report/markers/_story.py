"""How the two sides speak, in plain sentences; and what the published study found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attunement.report._words import count
from attunement.report.associations import AssociationPart
from attunement.report.gap._rows import ALL_SESSIONS
from attunement.report.gap._story import listed
from attunement.report.markers._means import Mean
from attunement.report.markers._names import Names
from attunement.tables import ACTS

Means = Mapping[tuple[str, str], Mapping[str, Mean | None]]

CAUTION = (
    "What is inferred comes from the same words as the markers. That the two go together can be a "
    "fact about the language model rather than about the sessions; what is rated does not have "
    "this weakness."
)

OVER_SESSIONS = (
    "Over sessions the closing turns, with their thanks, are not held out; and overlap, shared "
    "words and whatever is of both sides together are made of the very words that are scored."
)
"""Of what goes with the inferred alliance of a session."""

_STUDY = (
    "In the published study of 28 dyads (Ryu et al. 2023), therapists’ “we” went with a lower "
    "rated alliance, r = −.45, and so did both sides’ “I”, therapists’ with r = −.45 and patients’ "
    "with r = −.42, while patients’ non-fluencies went with a higher one, r = +.44 on the log "
    "scale"
)
_NOTHING = "; but nothing of that survived correction for the false discovery rate."
_NOTHING_EITHER = "; but there, too, nothing survived correction for the false discovery rate."
_ELSEWHERE = (
    "; but nothing of that survived correction for the false discovery rate. What does here needs "
    "to be found again in other sessions before it is relied upon."
)

LIMITS = (
    "Markers are counted from lists of English words, on what was typed or transcribed: in another "
    "language they are not counted at all, and a list does not know irony, quotation, or which "
    "“you know” is a filler. What a therapist’s turn does is a classifier’s reading of its words, "
    "one act a turn, and it errs. All that stands here is what goes together or comes after: "
    "sessions differ in much that no marker counts, so nothing here says what a therapist should "
    "say more or less of."
)


def found(means: Means, names: Names) -> str:
    """Say how each side speaks, as far as its markers are known."""
    said = [_length(means), _pronouns(means), _fluency(means), _acts(means, names)]
    told = " ".join(filter(None, said))
    return told or (
        "No marker could be counted in these sessions, so nothing is said of how the sides speak."
    )


def study(parts: Sequence[AssociationPart]) -> str:
    """Say what the published study found, beside what these sessions show of rated alliance."""
    rated = [part for part in parts if part.question.rated]
    if any(part.holds for part in rated):
        return _STUDY + _ELSEWHERE
    came_to = frozenset[str]().union(*(part.came_to for part in rated))
    return _STUDY + (_NOTHING_EITHER if came_to == {"chance"} else _NOTHING)


def not_english(n: int, *, of: int) -> str:
    """Say how many sessions have no markers of words; empty where all have."""
    if not n:
        return ""
    verb = "is" if n == 1 else "are"
    if n == of:
        whole = "The one session is" if n == 1 else f"None of the {n:,} sessions is"
        said = f"{whole} not" if n == 1 else whole
        return f"{said} in English: every marker of words is not applicable."
    return (
        f"{count(n, 'session', 'sessions')} of {of:,} {verb} not in English; markers of words are "
        "not applicable to them, and they are left out of what follows rather than counted as zero."
    )


def _whole(means: Means, role: str, marker: str) -> Mean | None:
    return means.get((role, marker), {}).get(ALL_SESSIONS)


def _length(means: Means) -> str:
    share = _whole(means, "therapist", "talk_share")
    if share is None:
        return ""
    over = count(share.n_sessions, "session", "sessions")
    return f"Over {over}, therapists speak {share.mean:.0%} of the words on average."


def _pronouns(means: Means) -> str:
    said = []
    for marker, word in (("i", "“I, me, my”"), ("we", "“we, us, our”")):
        patient, therapist = (_whole(means, role, marker) for role in ("patient", "therapist"))
        if patient and therapist:
            said.append(
                f"{word} {patient.mean:.1f} times in 100 words, therapists {therapist.mean:.1f} "
                "times"
            )
    return f"Patients say {'; '.join(said)}." if said else ""


def _fluency(means: Means) -> str:
    patient, therapist = (_whole(means, role, "non_fluencies") for role in ("patient", "therapist"))
    if patient is None or therapist is None:
        return ""
    return (
        f"Fillers, repeats and repairs come {patient.mean:.1f} times in 100 of the patients’ words "
        f"and {therapist.mean:.1f} times in 100 of the therapists’."
    )


def _acts(means: Means, names: Names) -> str:
    shares = [
        (mean.mean, names[act].label)
        for act in ACTS
        if act != "other" and (mean := _whole(means, "therapist", act))
    ]
    if not shares:
        return ""
    named = [f"“{label}” ({share:.0%})" for share, label in sorted(shares)[::-1]]
    return f"Of the therapists’ turns, the commonest acts are {listed(named[:3])}."
