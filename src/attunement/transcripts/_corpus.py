"""A corpus: transcripts in files, read one session at a time and as often as needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from attunement.errors import DataError
from attunement.transcripts._doubts import POSSIBLE_SPEAKER
from attunement.transcripts._folder import find_transcripts
from attunement.transcripts._merge import merge
from attunement.transcripts._model import ReadOptions, Session
from attunement.transcripts._reading import Context, Reading, load_context, read
from attunement.transcripts._records import OnProblem


class Corpus:
    """The sessions in files and folders.

    Nothing is read before the corpus is iterated over, and then one session at a time; it may be
    iterated over again. The order is that of the paths; within a folder, of the files' names;
    within a file, the file's own.

    Parameters
    ----------
    paths : path, or iterable of path
        Files, and folders that are searched with all the folders in them.
    options : ReadOptions, optional
        How to understand the files.

    Attributes
    ----------
    files : tuple of Path
        The transcripts found.
    unread : tuple of Path
        Files in the folders that end like no known format.
    possible_speakers : tuple of str
        The sessions read so far with lines that may be another person's words than was taken;
        `check` names the lines.

    Raises
    ------
    UsageError
        A path does not exist or is no transcript.
    DataError
        There is no transcript at all.

    Examples
    --------
    >>> corpus = Corpus(["transcripts/"])  # doctest: +SKIP
    >>> for session in corpus:  # doctest: +SKIP
    ...     print(session.session_id, len(session.turns))
    """

    def __init__(
        self, paths: Path | str | Iterable[Path | str], options: ReadOptions | None = None
    ) -> None:
        several = (paths,) if isinstance(paths, (str, Path)) else paths
        self.paths = tuple(Path(path) for path in several)
        self.options = options if options is not None else ReadOptions()
        self._listing = find_transcripts(self.paths)
        self._doubted: dict[str, None] = {}

    @property
    def files(self) -> tuple[Path, ...]:
        """The transcripts found."""
        return tuple(source.path for source in self._listing.sources)

    @property
    def unread(self) -> tuple[Path, ...]:
        """Files in the folders that end like no known format."""
        return self._listing.unread

    @property
    def possible_speakers(self) -> tuple[str, ...]:
        """The sessions read so far with lines that may be another person's words than was taken."""
        return tuple(self._doubted)

    def __iter__(self) -> Iterator[Session]:
        return self.sessions()

    def sessions(
        self,
        on_problem: OnProblem | None = None,
        *,
        on_file: Callable[[Path], None] | None = None,
    ) -> Iterator[Session]:
        """Yield the sessions one at a time.

        Parameters
        ----------
        on_problem : callable, optional
            Is given the DataError of each session, or file, that cannot be read; reading goes on
            behind it. Without it the first such error is raised.
        on_file : callable, optional
            Is given each file before it is read.

        Yields
        ------
        Session
            With a speaker's consecutive utterances joined to one turn, unless the options say
            otherwise.
        """
        for reading in self._readings(Context(), on_problem or _raise, on_file=on_file):
            yield merge(reading.session) if self.options.merge else reading.session

    def _readings(
        self,
        context: Context,
        problem: OnProblem,
        *,
        on_file: Callable[[Path], None] | None = None,
    ) -> Iterator[Reading]:
        """Yield the sessions unmerged, beside what was read; `context` fills up on the way."""
        load_context(context, self._listing.sources, problem=problem)
        for source in self._listing.sources:
            if on_file is not None:
                on_file(source.path)
            for reading in read(source, options=self.options, context=context, problem=problem):
                if any(note.issue == POSSIBLE_SPEAKER for note in reading.record.notes):
                    self._doubted[reading.session.session_id] = None
                yield reading


def _raise(error: DataError) -> None:
    raise error
