"""What we know about a model folder that we built: what from, how, and its files' hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal, TypeAlias

from attunement.embedding._layouts import MANIFEST_FILE, read_json
from attunement.errors import ModelError

Precision: TypeAlias = Literal["int8", "float32"]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The contents of attunement.json.

    Attributes
    ----------
    name : str
        What people call the model.
    build : int
        Version of the graph builder.
    precision : {'int8', 'float32'}
        Arithmetic of the linear maps.
    agreement : float
        Least cosine between the graph's vectors and the float32 ones on the calibration
        sentences.
    window : int
        Most tokens at once, special ones included.
    source : Mapping[str, str]
        SHA-256 of the files it was built from.
    files : Mapping[str, str]
        SHA-256 of the built files.
    """

    name: str
    build: int
    precision: Precision
    agreement: float
    window: int
    source: Mapping[str, str]
    files: Mapping[str, str]

    def write(self, folder: Path) -> None:
        """Write it into `folder`."""
        text = json.dumps(asdict(self), indent=2) + "\n"
        (folder / MANIFEST_FILE).write_text(text, encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read a built folder's manifest.

    Raises
    ------
    ModelError
        It is missing or damaged.
    """
    content = read_json(folder / MANIFEST_FILE)
    if set(content) != {field.name for field in fields(Manifest)} or not isinstance(
        content["files"], dict
    ):
        raise ModelError(
            "the file should describe a built model",
            mend="Delete the folder and run `attunement models pull`",
            path=folder / MANIFEST_FILE,
        )
    return Manifest(**content)  # type: ignore[arg-type]


def check_files(folder: Path, manifest: Manifest) -> None:
    """Compare every built file with its hash.

    Raises
    ------
    ModelError
        A file is missing or is not the one that was built.
    """
    for name, expected in manifest.files.items():
        path = folder / name
        found = sha256_of(path) if path.is_file() else "no file"
        if found != expected:
            raise ModelError(
                f"the file is not the one that was built: expected SHA-256 {expected[:12]}, "
                f"found {found[:12]}",
                mend="Run `attunement models pull` to build it again",
                path=path,
            )


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 as a hex digest."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
