"""Finding who speaks in lines such as ``T: How was your week?``.

What looks like a label need not be one: people, and chat assistants more so, write "Remember:"
or "Step 1:" at the beginning of a paragraph. So the names of both roles are looked for first, and
an unknown name counts as a third speaker only in a text that has a label on nearly every line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from attunement.errors import DataError
from attunement.tables import OTHER, ROLES
from attunement.transcripts._model import ReadOptions, SpeakerRole
from attunement.transcripts._records import Moment, Note, Utterance
from attunement.transcripts._roles import exact, known_role, stated_role
from attunement.transcripts._times import moment

_LABEL = re.compile(
    r"""\s*
    (?:[\[(]?(?P<clock>\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?)[\])]?\s*[-–]?\s*)?
    (?P<bold>\*\*|__)?
    (?P<name>[^\W\d_][\w .'’\-#&()/]{0,39}?|\[[^\W\d_][\w .'’\-#&/]{0,38}\])
    \s*(?:(?P=bold)\s*)?
    (?P<colon>[:：])(?P<gap>(?(bold)(?:\*\*|__)?)\s?)
    (?P<text>.*)""",
    re.VERBOSE | re.DOTALL,
)
_BEFORE_SPEECH = re.compile(r"\s*(?:[^\s:：][^:：]{0,39}[:：].*)?", re.DOTALL)
_MOST_WORDS = 4
_LABELLED_SHARE = 0.8
_THIRD_SPEAKER_LINES = 2
_USUAL_LINES = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a transcript with its number, and the times of the cue it belongs to."""

    number: int | None
    text: str
    start: Moment | None = None
    end: Moment | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """What stands before the words on a line that may begin an utterance."""

    name: str
    text: str
    clock: str | None


@dataclass(frozen=True, slots=True)
class Speakers:
    """Who speaks in a transcript.

    Attributes
    ----------
    names : frozenset of str
        The names as `exact` gives them.
    every_line : bool
        Whether nearly every line begins with a label, so that a strange name is a person's.
    """

    names: frozenset[str]
    every_line: bool


def label_of(line: str, options: ReadOptions) -> Label | None:
    """Give the speaker's name a line may begin with, and the words behind it.

    The colon must be followed by a blank, unless the name stands for a role: so neither
    ``http://`` nor ``10:30`` is a speaker.
    """
    match = _LABEL.match(line)
    if match is None:
        return None
    name, text = match["name"].strip(), match["text"]
    if len(name.split()) > _MOST_WORDS:
        return None
    glued = text and not match["gap"] and match["colon"] == ":"
    if glued and (text[0] in "/\\" or known_role(name, options) is None):
        return None
    return Label(name=name, text=text, clock=match["clock"])


def speakers(lines: Sequence[str], options: ReadOptions) -> Speakers:
    """Decide which of the names that lines begin with are speakers."""
    labels = [label for line in lines if (label := label_of(line, options))]
    times = Counter(exact(label.name) for label in labels)
    roles = {exact(label.name): known_role(label.name, options) for label in labels}
    sides = {name for name, role in roles.items() if role in ROLES}
    if {roles[name] for name in sides}.issuperset(ROLES):
        written = sum(1 for line in lines if line.strip())
        if len(labels) < _LABELLED_SHARE * written:
            names = {n for n in sides if not _stray(n, times=times, roles=roles, options=options)}
            return Speakers(names=frozenset(names), every_line=False)
        thirds = {
            name
            for name, role in roles.items()
            if role == OTHER or (role is None and times[name] >= _THIRD_SPEAKER_LINES)
        }
        return Speakers(names=frozenset(sides | thirds), every_line=True)
    known = {name for name, role in roles.items() if role is not None}
    unknown = set(roles) - known
    repeated = {name for name in unknown if times[name] >= _THIRD_SPEAKER_LINES}
    return Speakers(names=frozenset(known | (repeated or unknown)), every_line=False)


def _stray(
    name: str,
    *,
    times: Counter[str],
    roles: Mapping[str, SpeakerRole | None],
    options: ReadOptions,
) -> bool:
    """Tell a role's name that stands once in somebody's words, as in a letter they draft.

    It does when another name of the same side comes again and again.
    """
    if times[name] > 1 or stated_role(name, options) is not None:
        return False
    usual = (times[n] for n, role in roles.items() if role == roles[name])
    return max(usual) >= _USUAL_LINES


def utterances(
    lines: Iterable[Line], *, found: Speakers, options: ReadOptions
) -> Iterator[Utterance]:
    """Join lines to utterances: a label begins one, and lines without a label go on with it.

    Yields
    ------
    Utterance
        Without labels for what stands before the first label; `key: value` lines there, such as
        a date or a title, are left out.
    """
    label: Label | None = None
    held: list[Line] = []
    for line in lines:
        begins = label_of(line.text, options)
        if begins is not None and exact(begins.name) in found.names:
            yield from _joined(label, held)
            label, held = begins, [replace(line, text=begins.text)]
        elif label is not None or not _BEFORE_SPEECH.fullmatch(line.text):
            held.append(line)
    yield from _joined(label, held)


def doubts(lines: Iterable[Line], *, found: Speakers, options: ReadOptions) -> Iterator[Note]:
    """Point at lines that may begin another's words but were kept as the last speaker's."""
    for line in lines:
        label = label_of(line.text, options)
        if label is None or exact(label.name) in found.names or not label.text.strip():
            continue
        role = known_role(label.name, options)
        if role is not None or found.every_line:
            detail = "the line begins as if another spoke; kept as the last speaker's words"
            yield Note(issue="possible speaker", detail=detail, line=line.number)


def no_labels(path: Path) -> DataError:
    """Give the error for a transcript that does not say who speaks."""
    return DataError(
        "no line says who speaks",
        mend='Begin each turn with the speaker\'s name, as in "T: ..." and "P: ..."',
        path=path,
    )


def _joined(label: Label | None, held: list[Line]) -> Iterator[Utterance]:
    if not held:
        return
    first, last = held[0], held[-1]
    start = first.start
    if start is None and label is not None:
        start = moment(label.clock)
    yield Utterance(
        labels=(label.name,) if label else (),
        text="\n".join(line.text for line in held),
        speaker=label.name if label else None,
        start=start,
        end=last.end,
        line=first.number,
    )
