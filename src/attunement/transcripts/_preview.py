"""What files hold before they are understood: who speaks, taken for whom, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from attunement.errors import AttunementError, DataError
from attunement.transcripts._check import Issue, oddities, unmatched
from attunement.transcripts._columns import find
from attunement.transcripts._corpus import Corpus
from attunement.transcripts._encoding import encoding_of
from attunement.transcripts._model import ReadOptions, Session, SpeakerRole
from attunement.transcripts._reading import Context, Reading, load_context, read_records
from attunement.transcripts._records import Record
from attunement.transcripts._roles import known_role
from attunement.transcripts._text import clean, clean_name
from attunement.transcripts.readers.csv import table
from attunement.transcripts.readers.xlsx import header as workbook_header

FIRST_WORDS = 12
_LONGEST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who speaks in a session.

    Attributes
    ----------
    name : str
        What the file calls them; empty where it does not say who speaks.
    role : {"patient", "therapist", "other"} or None
        Whom they are taken for; None where it cannot be told.
    utterances : int
        How often they speak.
    first_words : str
        The first dozen words they say: health data, to be shown to the one who brought the file.
    """

    name: str
    role: SpeakerRole | None
    utterances: int
    first_words: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A session as it would be read, or why it cannot be.

    Attributes
    ----------
    path : Path
        Its file.
    line : int or None
        Where it begins there.
    session_id : str
        Its name.
    speakers : tuple of Speaker
        In the order in which they first speak.
    session : Session or None
        As it would be read, before anything is merged; None where it cannot be.
    problem : DataError or None
        Why not.
    issues : tuple of Issue
        What `check` would say of it.
    """

    path: Path
    line: int | None
    session_id: str
    speakers: tuple[Speaker, ...]
    session: Session | None
    problem: DataError | None
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a table, and what they are taken for.

    Attributes
    ----------
    path : Path
        The table.
    columns : tuple of str
        As they are called there.
    fields : dict of str to str
        Our field to the column it is taken from.
    """

    path: Path
    columns: tuple[str, ...]
    fields: dict[str, str]


def preview(
    corpus: Corpus,
    *,
    on_problem: Callable[[DataError], None],
    on_file: Callable[[Path], None] | None = None,
    on_issue: Callable[[Issue], None] | None = None,
) -> Iterator[Preview]:
    """Look through a corpus, whether or not it can be told who is who.

    Parameters
    ----------
    corpus : Corpus
        Read to its end.
    on_problem : callable
        Is given what is wrong with a file, or with a row of sessions.csv or ratings.csv.
    on_file : callable, optional
        Is given each file before it is read.
    on_issue : callable, optional
        Is given what `check` would say of no one session: rows that no session was found for.

    Yields
    ------
    Preview
        One a session, also where it cannot be read.
    """
    context = Context()
    sources = corpus._listing.sources
    load_context(context, sources, problem=on_problem)
    for source in sources:
        if on_file is not None:
            on_file(source.path)
        for record, made in read_records(
            source, options=corpus.options, context=context, problem=on_problem
        ):
            yield _previewed(record, made, options=corpus.options)
    if on_issue is not None:
        for issue in unmatched(context):
            on_issue(issue)


def headers(corpus: Corpus) -> Iterator[Header]:
    """Give the columns of every table of a corpus, as far as they can be read.

    Parameters
    ----------
    corpus : Corpus
        Only the first line of each table is read; what is wrong with it is told by `preview`.
    """
    for path in corpus.files:
        suffix = path.suffix.lower()
        if suffix not in _HEADER_OF:
            continue
        try:
            columns = tuple(clean_name(name) for name in _HEADER_OF[suffix](path))
            places = _places(columns, chosen=corpus.options.columns, path=path)
        except (AttunementError, OSError, ValueError):
            continue
        yield Header(
            path=path,
            columns=columns,
            fields={field: columns[place] for field, place in places.items()},
        )


def _places(columns: Sequence[str], *, chosen: Mapping[str, str], path: Path) -> dict[str, int]:
    """Find the fields as the user named them, or else as they would be found."""
    try:
        return find(columns, kind="turns", chosen=chosen, path=path)
    except DataError:
        return find(columns, kind="turns", chosen={}, path=path)


def _previewed(record: Record, made: Reading | DataError, *, options: ReadOptions) -> Preview:
    session = made.session if isinstance(made, Reading) else None
    roles: dict[tuple[str, ...], SpeakerRole] = {}
    if session is not None:
        for turn, utterance in zip(session.turns, record.utterances, strict=True):
            roles.setdefault(utterance.labels, turn.role)
    counted: dict[tuple[str, ...], int] = {}
    said: dict[tuple[str, ...], str] = {}
    for utterance in record.utterances:
        labels = utterance.labels
        counted[labels] = counted.get(labels, 0) + 1
        if not said.get(labels):
            said[labels] = _first_words(utterance.text)
    return Preview(
        path=record.path,
        line=record.line,
        session_id=session.session_id if session else clean_name(record.session_id),
        speakers=tuple(
            Speaker(
                name=clean_name(labels[-1])[:_LONGEST_SHOWN] if labels else "",
                role=roles[labels] if session else _guess(labels, options),
                utterances=n,
                first_words=said[labels],
            )
            for labels, n in counted.items()
        ),
        session=session,
        problem=made if isinstance(made, DataError) else None,
        issues=tuple(oddities(made)) if isinstance(made, Reading) else (),
    )


def _guess(labels: Sequence[str], options: ReadOptions) -> SpeakerRole | None:
    return next((role for label in labels if (role := known_role(label, options))), None)


def _first_words(text: str) -> str:
    words = clean(text[: 2 * FIRST_WORDS * _LONGEST_SHOWN]).split()
    shown = " ".join(words[:FIRST_WORDS])[:_LONGEST_SHOWN]
    return f"{shown}…" if len(words) > FIRST_WORDS or len(shown) == _LONGEST_SHOWN else shown


def _delimited(path: Path) -> list[str]:
    first = next(table(path, encoding_of(path)), None)
    return [str(cell) for cell in first.cells] if first is not None else []


def _parquet(path: Path) -> list[str]:
    from pyarrow import ArrowException
    from pyarrow.parquet import read_schema

    try:
        return list(read_schema(path).names)
    except ArrowException as error:
        raise ValueError("no Parquet") from error


_HEADER_OF: dict[str, Callable[[Path], list[str]]] = {
    ".csv": _delimited,
    ".tsv": _delimited,
    ".parquet": _parquet,
    ".xlsx": workbook_header,
}
