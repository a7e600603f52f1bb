"""Finding the transcripts among the paths a user gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from attunement.errors import DataError, UsageError
from attunement.transcripts._formats import READERS, reader_for

SESSIONS_FILE = "sessions.csv"
RATINGS_FILE = "ratings.csv"
_NOT_TRANSCRIPTS = frozenset({SESSIONS_FILE, RATINGS_FILE})
_HIDDEN = (".", "~$")


@dataclass(frozen=True, slots=True)
class Source:
    """A transcript's file.

    Attributes
    ----------
    path : Path
        The file.
    folders : tuple of Path
        The folders it was found through, outermost first: their sessions.csv and ratings.csv
        describe it. Empty for a file that was named itself.
    """

    path: Path
    folders: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """What the user's paths lead to.

    Attributes
    ----------
    sources : tuple of Source
        The transcripts, in the order of the paths, a folder's in order of name; each file once.
    unread : tuple of Path
        Files in folders whose suffix no format has.
    """

    sources: tuple[Source, ...]
    unread: tuple[Path, ...]


def find_transcripts(paths: Iterable[Path]) -> Listing:
    """List the transcripts that `paths` name or hold.

    Raises
    ------
    UsageError
        A path does not exist, or names a file that is no transcript.
    DataError
        Nothing that could be read is there.
    """
    given = list(paths)
    sources: dict[Path, Source] = {}
    unread: list[Path] = []
    for path in given:
        for source in _sources(path):
            if reader_for(source.path) is None:
                unread.append(source.path)
            else:
                sources.setdefault(source.path.resolve(), source)
    if not sources:
        places = ", ".join(str(path) for path in given) or "no path"
        raise DataError(
            f"no transcript found in {places}"
            + (f", only {len(unread)} of unknown kinds" if unread else ""),
            mend=f"Give files or a folder of files that end in {', '.join(READERS)}",
            path=given[0] if len(given) == 1 else None,
        )
    return Listing(sources=tuple(sources.values()), unread=tuple(unread))


def _sources(path: Path) -> Iterator[Source]:
    if path.is_dir():
        yield from _walk(path, (path,))
        return
    if not path.exists():
        raise UsageError(
            "there is no such file or folder", mend="Check the path's spelling", path=path
        )
    if path.name.lower() in _NOT_TRANSCRIPTS:
        raise UsageError(
            "this file describes transcripts and is none itself",
            mend="Give the folder it stands in",
            path=path,
        )
    if not path.is_file() or reader_for(path) is None:
        raise UsageError(
            "this is no transcript in a known format",
            mend=f"Give a file that ends in {', '.join(READERS)}",
            path=path,
        )
    yield Source(path)


def _walk(folder: Path, above: tuple[Path, ...]) -> Iterator[Source]:
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        raise DataError(
            f"the folder cannot be read ({error.strerror})",
            mend="Mend its permissions, or leave it out",
            path=folder,
        ) from error
    for entry in entries:
        if entry.name.startswith(_HIDDEN):
            continue
        if entry.is_dir():
            if not entry.is_symlink():
                yield from _walk(entry, (*above, entry))
        elif entry.is_file() and not _left_out(entry.name.lower()):
            yield Source(entry, above)


def _left_out(name: str) -> bool:
    return name in _NOT_TRANSCRIPTS or name.startswith("readme")
