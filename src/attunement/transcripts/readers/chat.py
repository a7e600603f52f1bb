"""CHAT transcripts (.cha), as TalkBank's corpora have them.

MacWhinney, B. (2000). The CHILDES Project: Tools for Analyzing Talk, part 1: the CHAT format.

The reader is our own. CHAT libraries are made to count words: they leave out what was retraced,
repeated or only half said, stop at an unmatched bracket, and do not tell the line; in strict mode
they refuse the roles Client and Patient altogether. Here the words heard are what matters, and
check must be able to point at a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from attunement.errors import DataError
from attunement.transcripts._encoding import read_text
from attunement.transcripts._model import ReadOptions
from attunement.transcripts._records import OnProblem, Record, Utterance, stem

_BULLET = re.compile(r"\x15(\d{1,12})_(\d{1,12})\x15")
_TIER = re.compile(r"\*([^\s:]{1,20}):[ \t]*(.*)", re.DOTALL)
_CLEANING: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\x15[^\x15]*\x15"), " "),  # media bullets
    (re.compile(r"(?<!\S)(?:<[^<>]*>|[^\s<]\S*+) ++\[::? ([^\[\]]*)\]"), r"\1"),  # [: going to]
    (re.compile(r"\[[^\[\]]*\]"), " "),  # all other codes: retracing, comments, postcodes
    (re.compile(r'\+(?:"/?\.|[<^",+]|!\?)'), " "),  # linkers and other terminators
    (re.compile(r"[<>]"), ""),  # the scope of codes
    (re.compile(r"&=\S+"), " "),  # events: &=laughs
    (re.compile(r"(?<!\S)&[-+~]?"), ""),  # fillers and fragments are words heard: &-um
    (re.compile(r"\((?:\.{1,3}|\d+(?:[.:]\d*)*)\)"), " "),  # pauses
    (re.compile(r"(?<!\w)(?:xxx|yyy|www)(?!\w)"), " "),  # unintelligible, not transcribed
    (re.compile(r"(?<!\S)0(?:[^\W\d]\w*)?(?!\S)"), " "),  # left out by the speaker
    (re.compile(r"\+\.\.\.|\+\.\.\?"), "..."),  # trailing off
    (re.compile(r"\+/+([.?])"), r"\1"),  # interrupted
    (re.compile(r"@\S+"), ""),  # special forms: dunno@u
    (re.compile(r"[()]"), ""),  # shortenings: (be)cause
    (re.compile(r"(?<=\w)[_+](?=\w)"), " "),  # compounds
    (re.compile(r"(?<=[^\W\d])(?::+|\^)"), ""),  # lengthening, pauses within a word
    (re.compile(r"(?<![ ,])[ ,]*[‡„]"), ","),  # what stands apart from the sentence
    (re.compile(r"[↑↓⇗↗→↘⇘⌈⌉⌊⌋∆∇°▔▁☺♋⁇∬Ϋ∮↫⁎◉∾∙ˈˌ≠]"), ""),
    (re.compile(r"\s+"), " "),
    (re.compile(r" ([.,?!]+)(?=\s|$)"), r"\1"),
)


def read(path: Path, *, options: ReadOptions, problem: OnProblem) -> Iterator[Record]:
    """Read a .cha as one session, one utterance a main tier.

    Headers tell the speakers' roles, dependent tiers (%mor, %com ...) are left out, time bullets
    give start and end, and the commonest codes are cleaned away so that the words remain.

    Raises
    ------
    DataError
        No main tier (a line such as ``*CLI:``) is there.
    """
    text, encoding = read_text(path)
    people: dict[str, tuple[str, ...]] = {}
    spoken: list[Utterance] = []
    for line, entry in _entries(text):
        if entry.startswith("@Participants:"):
            people.update(_participants(entry.partition(":")[2]))
        elif tier := _TIER.match(entry):
            spoken.append(_utterance(tier[1], tier[2], people=people, line=line))
    if not spoken:
        raise DataError(
            "this is not a CHAT transcript: it has no main tier",
            mend="Main tiers look like *CLI: with a tab and the words behind it",
            path=path,
        )
    yield Record(
        session_id=stem(path),
        named=False,
        utterances=spoken,
        path=path,
        notes=encoding.notes(),
    )


def words(tier: str) -> str:
    """Give the words of a main tier without its codes."""
    for pattern, replacement in _CLEANING:
        tier = pattern.sub(replacement, tier)
    tier = tier.strip()
    return tier if re.search(r"\w", tier) else ""


def _entries(text: str) -> Iterator[tuple[int, str]]:
    """Join continuation lines, which begin with a blank, to the line they continue."""
    first, entry = 0, ""
    for number, line in enumerate(text.split("\n"), start=1):
        if line[:1] in ("\t", " ") and entry:
            entry = f"{entry} {line.strip()}"
            continue
        if entry:
            yield first, entry
        first, entry = number, line.rstrip()
    if entry:
        yield first, entry


def _participants(header: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Read ``CLI Anna Client, THE Therapist``: code, name if there is one, role."""
    for participant in header.split(","):
        code, *rest = participant.split() or [""]
        if code:
            yield code, tuple(dict.fromkeys([*rest[-1:], code, *rest[:-1]]))


def _utterance(code: str, tier: str, *, people: dict[str, tuple[str, ...]], line: int) -> Utterance:
    bullets = _BULLET.findall(tier)
    return Utterance(
        labels=people.get(code, (code,)),
        text=words(tier),
        speaker=code,
        start=int(bullets[0][0]) / 1000 if bullets else None,
        end=int(bullets[-1][1]) / 1000 if bullets else None,
        line=line,
    )
