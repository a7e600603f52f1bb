"""From files to sessions: reading, describing, and keeping ids apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from attunement.errors import DataError
from attunement.transcripts._descriptions import Descriptions, described, read_descriptions
from attunement.transcripts._encoding import not_text
from attunement.transcripts._folder import RATINGS_FILE, SESSIONS_FILE, Source
from attunement.transcripts._formats import reader_for
from attunement.transcripts._model import ReadOptions, Session
from attunement.transcripts._rated import RatingsFile, rated, read_ratings
from attunement.transcripts._records import DuplicateSessionError, OnProblem, Record, stem
from attunement.transcripts._sessions import session_of
from attunement.transcripts._text import clean_name


@dataclass(frozen=True, slots=True)
class Reading:
    """A session with one turn an utterance, beside the record it was made of.

    Attributes
    ----------
    record : Record
        What the reader found.
    session : Session
        Described, and not yet merged.
    undescribed : Path, optional
        A sessions.csv that should describe it and has no row for it.
    """

    record: Record
    session: Session
    undescribed: Path | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What is known beside the file being read.

    Attributes
    ----------
    descriptions : dict of Path to Descriptions
        A folder's sessions.csv.
    ratings : dict of Path to RatingsFile
        A folder's ratings.csv.
    places : dict of str to tuple
        Where each session id read so far was found.
    alike : set of str
        What files in several folders are called, without their suffixes.
    """

    descriptions: dict[Path, Descriptions] = field(default_factory=dict)
    ratings: dict[Path, RatingsFile] = field(default_factory=dict)
    places: dict[str, tuple[Path, int | None]] = field(default_factory=dict)
    alike: set[str] = field(default_factory=set)


def load_context(context: Context, sources: Sequence[Source], *, problem: OnProblem) -> None:
    """Read the sessions.csv and ratings.csv of all the folders that sources were found through."""
    folders: dict[str, set[Path]] = {}
    for source in sources:
        folders.setdefault(stem(source.path), set()).add(source.path.resolve().parent)
    context.alike.update(name for name, found in folders.items() if len(found) > 1)
    for folder in dict.fromkeys(folder for source in sources for folder in source.folders):
        with _reporting(folder / SESSIONS_FILE, problem) as tell:
            if (descriptions := read_descriptions(folder, problem=tell)) is not None:
                context.descriptions[folder] = descriptions
        with _reporting(folder / RATINGS_FILE, problem) as tell:
            if (ratings := read_ratings(folder, problem=tell)) is not None:
                context.ratings[folder] = ratings


def read(
    source: Source, *, options: ReadOptions, context: Context, problem: OnProblem
) -> Iterator[Reading]:
    """Yield the sessions of one file; what cannot be read is handed to `problem`."""
    with _reporting(source.path, problem) as tell:
        for _, made in _made(source, options=options, context=context, problem=tell):
            if isinstance(made, DataError):
                tell(made)
            else:
                yield made


def read_records(
    source: Source, *, options: ReadOptions, context: Context, problem: OnProblem
) -> Iterator[tuple[Record, Reading | DataError]]:
    """Yield one file's records, each with its session or why there is none."""
    with _reporting(source.path, problem) as tell:
        yield from _made(source, options=options, context=context, problem=tell)


def _made(
    source: Source, *, options: ReadOptions, context: Context, problem: OnProblem
) -> Iterator[tuple[Record, Reading | DataError]]:
    for record in _records(source.path, options=options, problem=problem):
        try:
            yield record, _reading(record, source=source, options=options, context=context)
        except DataError as error:
            yield record, error


@contextmanager
def _reporting(path: Path, problem: OnProblem) -> Iterator[OnProblem]:
    """Hand what is raised inside to `problem`, unless it was `problem` that raised it."""
    told: DataError | None = None

    def tell(error: DataError) -> None:
        nonlocal told
        told = error
        problem(error)

    try:
        with _readable(path):
            yield tell
    except DataError as error:
        if error is told:
            raise
        problem(error)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn the system's refusals to read, and bytes that are no text, into DataErrors."""
    try:
        yield
    except UnicodeError as error:
        raise not_text(path, "its bytes do not fit the encoding it begins with") from error
    except OSError as error:
        raise DataError(
            f"the file cannot be read ({error.strerror or error})",
            mend="Mend its permissions or copy it anew, or leave it out",
            path=error.filename or path,
        ) from error


def _records(path: Path, *, options: ReadOptions, problem: OnProblem) -> Iterator[Record]:
    if path.stat().st_size == 0:
        raise DataError("the file is empty", mend="Leave it out, or export it anew", path=path)
    nothing = True

    def tell(error: DataError) -> None:
        nonlocal nothing
        nothing = False
        problem(error)

    reader = reader_for(path)
    for record in reader(path, options=options, problem=tell) if reader else ():
        nothing = False
        yield record
    if nothing:
        raise DataError(
            "there is no session in the file",
            mend="Give a file with at least one turn, or leave it out",
            path=path,
        )


def _reading(record: Record, *, source: Source, options: ReadOptions, context: Context) -> Reading:
    own = clean_name(record.session_id)
    folder = source.path.resolve().parent
    alike = options.folder_in_id and not record.named and stem(source.path) in context.alike
    known = f"{folder.name}/{own}" if alike else own

    def called_in(place: Path) -> str:
        """Give what the tables in a folder call the session."""
        return own if place.resolve() == folder else known

    files = [context.descriptions[f] for f in source.folders if f in context.descriptions]
    rows = [(f, row) for f in files for row in f.matching(record, called_in(f.path.parent))]
    session = session_of(record, options=options)
    for file, row in rows:
        session = described(session, row, source=file.path)
    named = known if session.session_id == own else session.session_id
    for place in source.folders:
        if place in context.ratings:
            called = called_in(place) if named == known else named
            session = rated(replace(session, session_id=called), context.ratings[place])
    session = replace(session, session_id=named)
    _keep_apart(session, path=source.path, context=context)
    return Reading(
        record=record,
        session=session,
        undescribed=files[-1].path if files and not rows else None,
    )


def _keep_apart(session: Session, *, path: Path, context: Context) -> None:
    before = context.places.setdefault(session.session_id, (path, session.line))
    if before != (path, session.line):
        place = str(before[0]) if before[1] is None else f"{before[0]}, line {before[1]}"
        raise DuplicateSessionError(
            f'the session id "{session.session_id[:100]}" is taken by {place}',
            mend="Give each session an id of its own, or leave one of the two out",
            path=path,
            line=session.line,
            field="session_id",
        )
