"""Looking at a corpus for what is odd, before anything is inferred from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from attunement.errors import DataError
from attunement.tables import OTHER, ROLES
from attunement.transcripts._corpus import Corpus
from attunement.transcripts._reading import Context, Reading
from attunement.transcripts._records import DuplicateSessionError, UnknownRolesError
from attunement.transcripts._roles import default_role
from attunement.transcripts._text import listed

LONG_TURN = 8_000
"""Characters: some ten minutes of uninterrupted speech."""

LONG_SESSION = 5_000
"""Utterances: several times the liveliest hour."""


@dataclass(frozen=True, slots=True)
class Issue:
    """Something odd in a corpus.

    Attributes
    ----------
    path : Path, optional
        The file.
    line : int, optional
        The line there, where it can be told.
    session_id : str, optional
        The session, where one could be read.
    issue : str
        Its kind: "unreadable", "unknown roles", "duplicate session", "no turns",
        "one role only", "empty turn", "long turn", "long session", "times out of order",
        "unknown speaker", "unmatched row", "undescribed session", "unknown suffix",
        or a reader's own note such as "guessed encoding".
    detail : str
        What was found, on one line, without quoting a turn.
    """

    path: Path | None
    line: int | None
    session_id: str | None
    issue: str
    detail: str


def check(corpus: Corpus) -> Iterator[Issue]:
    """Read a corpus through and report what is odd, in the order it is met.

    Parameters
    ----------
    corpus : Corpus
        Read to its end, whatever is wrong with it. Turns are counted as in the files, before
        utterances are merged.

    Yields
    ------
    Issue
        One for each oddity.
    """
    for path in corpus.unread:
        yield Issue(path, None, None, "unknown suffix", "no format ends like this; not read")
    context = Context()
    problems: list[DataError] = []
    for reading in corpus._readings(context, problems.append):
        yield from map(_unreadable, problems)
        problems.clear()
        yield from oddities(reading)
    yield from map(_unreadable, problems)
    yield from unmatched(context)


def _unreadable(error: DataError) -> Issue:
    kind = "unreadable"
    if isinstance(error, DuplicateSessionError):
        kind = "duplicate session"
    elif isinstance(error, UnknownRolesError):
        kind = "unknown roles"
    where = f"{error.field}: " if error.field else ""
    return Issue(error.path, error.line, None, kind, f"{where}{error.problem}. {error.mend}.")


def oddities(reading: Reading) -> Iterator[Issue]:
    """Report what is odd about one session."""
    session = reading.session
    for note in reading.record.notes:
        yield _issue(reading, note.issue, note.detail, line=note.line)
    if reading.undescribed is not None:
        yield _issue(reading, "undescribed session", f"{reading.undescribed} has no row for it")
    if not session.turns:
        yield _issue(reading, "no turns", "nobody says anything")
        return
    yield from _roles(reading)
    yield from _times(reading)
    if len(session.turns) > LONG_SESSION:
        detail = f"{len(session.turns):,} utterances; is it one session?"
        yield _issue(reading, "long session", detail)
    for turn, utterance in zip(session.turns, reading.record.utterances, strict=True):
        if not turn.text:
            detail = f"turn {turn.turn} has no words"
            yield _issue(reading, "empty turn", detail, line=utterance.line)
        elif len(turn.text) > LONG_TURN:
            detail = f"turn {turn.turn} has {len(turn.text):,} characters; is it one turn?"
            yield _issue(reading, "long turn", detail, line=utterance.line)


def _roles(reading: Reading) -> Iterator[Issue]:
    others: dict[tuple[str, ...], list[int | None]] = {}
    for turn, utterance in zip(reading.session.turns, reading.record.utterances, strict=True):
        if turn.role == OTHER and OTHER not in map(default_role, utterance.labels):
            others.setdefault(utterance.labels, []).append(utterance.line)
    for labels, lines in others.items():
        who = f"the speaker {listed(labels[:1])}" if labels else "speech without a speaker's name"
        detail = f"{who} is kept as {OTHER} ({_counted(len(lines), 'utterance')})"
        yield _issue(reading, "unknown speaker", detail, line=lines[0])
    missing = [role for role in ROLES if role not in {t.role for t in reading.session.turns}]
    if missing:
        yield _issue(reading, "one role only", f"no turn is the {' or the '.join(missing)}'s")


def _times(reading: Reading) -> Iterator[Issue]:
    """Report the first time that runs backwards, and how many do."""
    latest: float | None = None
    backwards: list[tuple[int, int | None]] = []
    for turn, utterance in zip(reading.session.turns, reading.record.utterances, strict=True):
        ends_early = turn.start is not None and turn.end is not None and turn.end < turn.start
        starts_early = turn.start is not None and latest is not None and turn.start < latest
        if ends_early or starts_early:
            backwards.append((turn.turn, utterance.line))
        if turn.start is not None:
            latest = turn.start if latest is None else max(latest, turn.start)
    if backwards:
        place, line = backwards[0]
        more = f", and {len(backwards) - 1} more like it" if len(backwards) > 1 else ""
        detail = f"turn {place} starts before one above it, or ends before it starts{more}"
        yield _issue(reading, "times out of order", detail, line=line)


def unmatched(context: Context) -> Iterator[Issue]:
    """Report the rows beside the transcripts that no session was found for."""
    for descriptions in context.descriptions.values():
        for row in descriptions.rows:
            if row.line not in descriptions.used:
                detail = (
                    f"no session is found for file {listed([row.file])}"
                    if row.file
                    else ("no session has this id")
                )
                yield Issue(descriptions.path, row.line, row.session_id, "unmatched row", detail)
    for file in context.ratings.values():
        for session_id, rows in file.ratings.items():
            if session_id not in file.used:
                detail = f"no session has this id ({_counted(len(rows), 'rating')})"
                yield Issue(file.path, rows[0][0], session_id, "unmatched row", detail)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _issue(reading: Reading, kind: str, detail: str, *, line: int | None = None) -> Issue:
    session = reading.session
    at = line if line is not None else session.line
    return Issue(session.path, at, session.session_id, kind, detail)
