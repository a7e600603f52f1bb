"""Finding who speaks in lines such as ``T: How was your week?``.

What looks like a label need not be one: people, and chat assistants more so, write "Remember:"
or "Step 1:" at the beginning of a paragraph. So the names of both roles are looked for first, and
an unknown name counts as a third speaker only in a text that has a label on nearly every line.
Names have any letters and signs ("Weber, Ben", "Mum 🌸", "+49 170 1234567"); one of an unusual form
must come again, or be the user's own name of a side.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unicodedata import category, normalize

from attunement.errors import DataError
from attunement.tables import OTHER, ROLES
from attunement.transcripts._model import ReadOptions, SpeakerRole
from attunement.transcripts._records import Moment, Utterance
from attunement.transcripts._roles import default_role, exact, known_role, stated_role
from attunement.transcripts._times import moment

LONGEST_NAME = 60
COMES_AGAIN = 2
"""How often a strange name must begin a line to be a person's."""

_LABEL = re.compile(
    r"""\s*
    (?:[\[(]?(?P<clock>\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?)[\])]?\s*[-–]?\s*)?
    (?P<bold>\*\*|__)?
    (?P<name>[^\s:：][^:：]{0,99}?)
    (?:(?P=bold)\s{0,9})?
    (?P<colon>[:：])(?P<gap>(?(bold)(?:\*\*|__)?)\s?)
    (?P<text>.*)""",
    re.VERBOSE | re.DOTALL,
)
_USUAL_NAME = re.compile(r"[^\W\d_][\w .'’\-#&()/]{0,39}|\[[^\W\d_][\w .'’\-#&/]{0,38}\]")
_OF_A_LIST = re.compile(r"[-–—*•·>#=|\"'“”„‘«»…]|\d{1,3}[.)]|[a-z]\)")
"""How an item of a list, a heading or a quotation begins."""
_OF_A_SENTENCE = re.compile(r"[?!;…\"“”„«»*<>{}\\=]|[a-z]{4}\. ")
_SAYS = re.compile(
    r" (?:sa(?:id|ys?|ying)|ask(?:ed|s)|told (?:me|him|her|them|us)|thought|replied|answered|wrote"
    r"|texted|shouted|yelled|goes|went|(?:was|were|am|is) like)$"
)
"""How what comes before another's words ends, told within one's own."""
_BEFORE_SPEECH = re.compile(r"\s*(?:[^\s:：][^:：]{0,39}[:：].*)?", re.DOTALL)
_BESIDE_LETTERS = frozenset({"Mn", "Mc", "Me", "Cf"})
_MOST_WORDS = 4
_LABELLED_SHARE = 0.8
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
    """What stands before the words on a line that may begin an utterance.

    Attributes
    ----------
    name, text : str
        Who speaks, and the words.
    clock : str or None
        The time before the name.
    by_itself : bool
        Whether once is enough to take it for a name, by its form or because it stands for a role.
    """

    name: str
    text: str
    clock: str | None
    by_itself: bool


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
    label, glued = before_colon(line)
    if label is None:
        return None
    role = role_of(label.name, options)
    if glued and (label.text[0] in "/\\" or role is None):
        return None
    if role is not None:
        return label
    if _SAYS.search(label.name):
        return None
    if _usual(label.name):
        return label
    return replace(label, by_itself=False) if _unusual(label.name) else None


def speakers(lines: Sequence[str], options: ReadOptions) -> Speakers:
    """Decide which of the names that lines begin with are speakers."""
    seen = [label for line in lines if (label := label_of(line, options))]
    times = Counter(exact(label.name) for label in seen)
    labels = [one for one in seen if one.by_itself or times[exact(one.name)] >= COMES_AGAIN]
    roles = {exact(label.name): known_role(label.name, options) for label in labels}
    sides = {name for name, role in roles.items() if role in ROLES}
    if {roles[name] for name in sides}.issuperset(ROLES):
        written = sum(1 for line in lines if line.strip())
        if len(seen) < _LABELLED_SHARE * written:
            names = {n for n in sides if not _stray(n, times=times, roles=roles, options=options)}
            return Speakers(names=frozenset(names), every_line=False)
        thirds = {
            name
            for name, role in roles.items()
            if role == OTHER or (role is None and times[name] >= COMES_AGAIN)
        }
        return Speakers(names=frozenset(sides | thirds), every_line=True)
    known = {name for name, role in roles.items() if role is not None}
    unknown = set(roles) - known
    repeated = {name for name in unknown if times[name] >= COMES_AGAIN}
    return Speakers(names=frozenset(known | (repeated or unknown)), every_line=False)


def before_colon(line: str) -> tuple[Label | None, bool]:
    """Give what stands before a line's first colon, and whether no blank follows the colon."""
    match = _LABEL.match(line if line.isascii() else normalize("NFC", line))
    if match is None:
        return None, False
    name, text = match["name"].strip(), match["text"]
    glued = bool(text) and not match["gap"] and match["colon"] == ":"
    return Label(name=name, text=text, clock=match["clock"], by_itself=True), glued


def role_of(name: str, options: ReadOptions) -> SpeakerRole | None:
    """Give the role that what stands before a colon is known by, None for an item of a list."""
    if _OF_A_LIST.match(name):
        return None
    return stated_role(name, options) or (default_role(name) if _short(name) else None)


def _usual(name: str) -> bool:
    """Tell a name of letters, in any script, and of what stands in most names."""
    letters = "".join(letter for letter in name if category(letter) not in _BESIDE_LETTERS)
    return _USUAL_NAME.fullmatch(letters) is not None and len(name.split()) <= _MOST_WORDS


def _unusual(name: str) -> bool:
    """Tell what may be a name, if it comes again, from a piece of a sentence or of a list."""
    return (
        _short(name)
        and not _OF_A_LIST.match(name)
        and not _OF_A_SENTENCE.search(name)
        and not (name[0].islower() and " " in name)
        and (name[0] == "+" or any(letter.isalpha() or category(letter) == "So" for letter in name))
    )


def _short(name: str) -> bool:
    words = [word for word in name.split() if any(letter.isalnum() for letter in word)]
    return len(name) <= LONGEST_NAME and len(words) <= _MOST_WORDS


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


def no_labels(path: Path, *, captions: bool = False) -> DataError:
    """Give the error for a transcript, or captions, that do not say who speaks."""
    each = (
        "Have the transcription program name the speakers, or begin each caption"
        if captions
        else "Begin each turn"
    )
    return DataError(
        "no line says who speaks",
        mend=f'{each} with the speaker\'s name, as in "T: ..." and "P: ..."',
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
