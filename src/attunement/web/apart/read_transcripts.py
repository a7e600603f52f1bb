"""Reading uploaded files in a process of its own: sessions or a preview come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attunement.errors import AttunementError, DataError, UsageError
from attunement.transcripts import (
    Corpus,
    Issue,
    Preview,
    ReadOptions,
    headers,
    merge,
    preview,
)
from attunement.web.apart._child import answer
from attunement.web.apart._unpack import unpack
from attunement.web.apart._wire import session_message

MODULE = "attunement.web.apart.read_transcripts"
_FIELDS = (
    ("with --patient NAME --therapist NAME", "in the fields patient and therapist"),
    ("with --columns ", "in the field columns, as "),
    ("as in --columns ", "as in "),
    ("Give files or a folder of files that end in", "Send files that end in"),
)
_MOST_NOTES = 20
_DESCRIBING = ("sessions.csv", "ratings.csv")


def work(request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Read a folder of uploaded files.

    Parameters
    ----------
    request : mapping
        folder; mode: "preview", "count" or "sessions"; options: columns, patient, therapist, merge;
        most_bytes: that zips may unpack to.

    Yields
    ------
    dict
        One of: {"file": name} before a file is read, {"problem": ...}, {"left_out": name},
        {"table": ...}, {"preview": ..., "session": ... if it can be read}, {"note": ...},
        {"turns": how many}, {"session": ...}.
    """
    folder = Path(request["folder"])
    told: list[dict[str, Any]] = []

    def tell(error: AttunementError) -> None:
        told.append({"problem": _problem(error, folder)})

    def began(path: Path) -> None:
        told.append({"file": _shown(path, folder)})

    yield from _unpacked(folder, most_bytes=request["most_bytes"], tell=tell, told=told)
    try:
        options = ReadOptions(
            columns=request["options"]["columns"],
            patient=tuple(request["options"]["patient"]),
            therapist=tuple(request["options"]["therapist"]),
            merge=request["options"]["merge"],
        )
        corpus = Corpus([folder], options)
    except AttunementError as error:
        for name in _left_out((), folder):
            yield {"left_out": name}
        yield {"problem": _problem(error, folder)}
        return
    for name in _left_out(corpus.files, folder):
        yield {"left_out": name}
    looked = _MODES[request["mode"]]
    try:
        for message in looked(corpus, tell, began, folder):
            yield from _taken(told)
            yield message
    except UsageError as error:
        # A format whose library is not installed here.
        tell(error)
    yield from _taken(told)


def _unpacked(
    folder: Path,
    *,
    most_bytes: int,
    tell: Callable[[AttunementError], None],
    told: list[dict[str, Any]],
) -> Iterator[dict[str, Any]]:
    """Put the files of every uploaded zip into a folder of its name."""
    left = most_bytes
    for archive in sorted(folder.glob("*.[zZ][iI][pP]")):
        yield {"file": _shown(archive, folder)}
        inside = archive.with_name(archive.name + ".unpacking")
        inside.mkdir()
        try:
            left -= unpack(archive, inside, most_bytes=left)
        except DataError as error:
            tell(error)
            _remove(inside)
        archive.unlink()
        if inside.exists():
            inside.rename(archive)
        yield from _taken(told)


def _previews(
    corpus: Corpus,
    tell: Callable[[AttunementError], None],
    began: Callable[[Path], None],
    folder: Path,
) -> Iterator[dict[str, Any]]:
    for table in headers(corpus):
        yield {
            "table": {
                "file": _shown(table.path, folder),
                "columns": list(table.columns),
                "fields": table.fields,
            }
        }
    unmatched: list[Issue] = []
    for found in preview(corpus, on_problem=tell, on_file=began, on_issue=unmatched.append):
        message = {"preview": _previewed(found, folder)}
        if (session := found.session) is not None:
            message["session"] = session_message(
                merge(session) if corpus.options.merge else session
            )
        yield message
    for note in _notes(unmatched, folder):
        yield {"note": note}


def _sessions(
    corpus: Corpus,
    tell: Callable[[AttunementError], None],
    began: Callable[[Path], None],
    folder: Path,
) -> Iterator[dict[str, Any]]:
    for session in corpus.sessions(on_problem=tell, on_file=began):
        file = _shown(session.path, folder) if session.path else ""
        yield {"session": session_message(session), "from": file, "line": session.line}


def _counts(
    corpus: Corpus,
    tell: Callable[[AttunementError], None],
    began: Callable[[Path], None],
    folder: Path,
) -> Iterator[dict[str, Any]]:
    for session in corpus.sessions(on_problem=tell, on_file=began):
        yield {"turns": len(session.turns)}


_MODES = {"preview": _previews, "count": _counts, "sessions": _sessions}


def _previewed(found: Preview, folder: Path) -> dict[str, Any]:
    session = found.session
    return {
        "file": _shown(found.path, folder),
        "line": found.line,
        "session_id": found.session_id,
        "speakers": [
            {
                "name": one.name,
                "role": one.role,
                "utterances": one.utterances,
                "first_words": one.first_words,
            }
            for one in found.speakers
        ],
        "patient_id": session.patient_id if session else None,
        "therapist_id": session.therapist_id if session else None,
        "condition": session.condition if session else None,
        "number": session.number if session else None,
        "problem": _problem(found.problem, folder) if found.problem else None,
        "notes": list(_notes(found.issues, folder)),
    }


def _notes(issues: Sequence[Issue], folder: Path) -> Iterator[dict[str, Any]]:
    """Say what is odd, up to so much: a file may be odd on every line."""
    for issue in issues[:_MOST_NOTES]:
        yield {
            "file": _shown(issue.path, folder) if issue.path else None,
            "line": issue.line,
            "issue": issue.issue,
            "detail": _without(issue.detail, folder),
        }
    if len(issues) > _MOST_NOTES:
        yield {
            "file": None,
            "line": None,
            "issue": "and more",
            "detail": f"{len(issues) - _MOST_NOTES:,} more are not shown",
        }


def _problem(error: AttunementError, folder: Path) -> dict[str, Any]:
    """Say what is wrong, by the files' own names and not by where they lie here."""
    return {
        "file": _shown(error.path, folder) if error.path and error.path != folder else None,
        "line": error.line,
        "field": error.field,
        "problem": _without(error.problem, folder),
        "mend": _for_uploads(_without(error.mend, folder)),
    }


def _without(words: str, folder: Path) -> str:
    return words.replace(f"{folder}/", "").replace(str(folder), "the upload")


def _for_uploads(mend: str) -> str:
    """Name the fields of an upload where a mend names the options of a command."""
    for option, field in _FIELDS:
        mend = mend.replace(option, field)
    return mend


def _left_out(files: Sequence[Path], folder: Path) -> Iterator[str]:
    """Name the files that are neither read nor describe those that are."""
    read = set(files)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path not in read and path.name.lower() not in _DESCRIBING:
            yield _shown(path, folder)


def _shown(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _taken(told: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield from told
    told.clear()


def _remove(folder: Path) -> None:
    from shutil import rmtree

    rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    answer(work)
