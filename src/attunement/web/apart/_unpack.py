"""Unpacking a zip from a stranger: counted first, checked member by member."""

from __future__ import annotations

import lzma
import stat
import zlib
from pathlib import Path, PurePosixPath
from struct import error as StructError  # noqa: N812
from zipfile import BadZipFile, ZipFile, ZipInfo

from attunement.errors import DataError

MOST_MEMBERS = 5_000
_LONGEST_NAME = 200
_CHUNK = 2**20
_DAMAGE = (
    BadZipFile,
    EOFError,
    NotImplementedError,
    RuntimeError,
    StructError,
    ValueError,
    lzma.LZMAError,
    zlib.error,
)
_MADE_BY_SYSTEMS = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


def unpack(archive: Path, folder: Path, *, most_bytes: int) -> int:
    """Unpack a zip's files into a folder.

    Parameters
    ----------
    archive : Path
        The zip.
    folder : Path
        An empty folder.
    most_bytes : int
        How much its files may hold together, unpacked; what they claim is added up before any is
        unpacked, and what they hold is counted while they are.

    Returns
    -------
    int
        How many bytes were unpacked.

    Raises
    ------
    DataError
        It is damaged, encrypted or too large, or a member is a link or would be written elsewhere.
    """
    try:
        with ZipFile(archive) as opened:
            members = [one for one in opened.infolist() if not one.is_dir()]
            wanted = [one for one in members if not _of_a_system(one.filename)]
            targets = _targets(wanted, folder, archive=archive)
            if sum(member.file_size for member in wanted) > most_bytes:
                raise _too_large(archive, most_bytes)
            left = most_bytes
            for member, target in zip(wanted, targets, strict=True):
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(member) as source, target.open("xb") as handle:
                    while chunk := source.read(_CHUNK):
                        left -= len(chunk)
                        if left < 0:
                            raise _too_large(archive, most_bytes)
                        handle.write(chunk)
            return most_bytes - left
    except _DAMAGE as error:
        raise DataError(
            "this zip is damaged, or packed in a way that cannot be read",
            mend="Pack it anew, or give the files as they are",
            path=archive,
        ) from error


def _targets(members: list[ZipInfo], folder: Path, *, archive: Path) -> list[Path]:
    """Say where each member goes, and refuse those that may not be unpacked."""
    if len(members) > MOST_MEMBERS:
        raise DataError(
            f"this zip holds {len(members):,} files, and at most {MOST_MEMBERS:,} are read",
            mend="Make several zips of it",
            path=archive,
        )
    targets: dict[Path, None] = {}
    for number, member in enumerate(members, start=1):
        target = _target(member, folder, place=f"file {number} in it", archive=archive)
        if target in targets or any(parent in targets for parent in target.parents):
            raise _refused(
                archive, f"file {number} in it has the name of another", "Give each another name"
            )
        targets[target] = None
    return list(targets)


def _target(member: ZipInfo, folder: Path, *, place: str, archive: Path) -> Path:
    if member.flag_bits & 0x1:
        raise _refused(archive, "this zip is encrypted", "Pack it without a password")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise _refused(
            archive, f"{place} is a link or a device, no file", "Pack the files themselves"
        )
    name = member.filename
    parts = PurePosixPath(name).parts
    outside = name.startswith("/") or ".." in parts or "\\" in name or ":" in name
    if outside or not parts:
        raise _refused(
            archive,
            f"{place} would be unpacked outside of its folder",
            "Pack the folder of transcripts anew",
        )
    if any(len(part.encode()) > _LONGEST_NAME for part in parts):
        raise _refused(
            archive,
            f"{place} has a name longer than {_LONGEST_NAME} bytes",
            "Give it a shorter name",
        )
    return folder.joinpath(*parts)


def _of_a_system(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part in _MADE_BY_SYSTEMS for part in parts)


def _refused(archive: Path, problem: str, mend: str) -> DataError:
    return DataError(problem, mend=mend, path=archive)


def _too_large(archive: Path, most_bytes: int) -> DataError:
    return DataError(
        f"this zip unpacks to more than {most_bytes / 2**20:,.0f} MiB",
        mend="Give fewer transcripts at once; do not open the file if you do not know where it "
        "comes from",
        path=archive,
    )
