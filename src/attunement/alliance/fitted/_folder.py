"""A model as a folder: safetensors for numbers, JSON for the rest, a card to read; no pickle."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from attunement.alliance._reference import Standard
from attunement.alliance.fitted._calibration import Knot
from attunement.alliance.fitted._card import model_card
from attunement.alliance.fitted._features import FEATURES_VERSION, Layout
from attunement.alliance.fitted._model import FittedModel, HeldOut, ScaleModel
from attunement.alliance.fitted._ridge import Head, Scaling
from attunement.alliance.fitted._signals import Hearing
from attunement.errors import ModelError
from attunement.files import filling, storage_errors
from attunement.tables import ROLES, Role

FORMAT = 2
"""Raised when the folder's layout changes; older software refuses newer folders by it."""

MODEL_FILE = "model.json"
HEADS_FILE = "heads.safetensors"
CARD_FILE = "MODEL_CARD.md"
MANIFEST_FILE = "manifest.json"
_FILES = (MODEL_FILE, HEADS_FILE, CARD_FILE)

Arrays = dict[str, NDArray[Any]]

_AGAIN = "Make the model again with `attunement fit`"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Manifest(_Entry):
    format: int
    features: int
    files: Mapping[str, str]


class _Scale(_Entry):
    perspective: Role
    instrument: str
    scale: str
    intercept: float
    penalty: float
    lowest: float
    highest: float
    half_width: float
    knots: tuple[Knot, ...]
    held_out: HeldOut
    bounds: tuple[float, float] | None


class _Model(_Entry):
    encoder_name: str
    encoder_fingerprint: str
    level: float
    learned_from: tuple[str, ...]
    patients: tuple[str, ...]
    scales: tuple[_Scale, ...]


def save_model(model: FittedModel, folder: Path) -> list[Path]:
    """Write a model into a folder, whole or not at all.

    Parameters
    ----------
    model : FittedModel
        The model.
    folder : Path
        Where to; made if it is not there. Files of a model that stands there are replaced.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    ModelError
        The folder holds something else than a model.
    StorageError
        It cannot be written.
    """
    refuse_foreign(folder)
    with filling(folder) as staging:
        (staging / HEADS_FILE).write_bytes(save(_arrays(model)))
        _write(staging / MODEL_FILE, _described(model).model_dump(mode="json"))
        (staging / CARD_FILE).write_text(model_card(model), encoding="utf-8", newline="\n")
        files = {name: _sha256(staging / name) for name in _FILES}
        manifest = _Manifest(format=FORMAT, features=FEATURES_VERSION, files=files)
        _write(staging / MANIFEST_FILE, manifest.model_dump(mode="json"))
    return [folder / name for name in (*_FILES, MANIFEST_FILE)]


def load_model(folder: Path) -> FittedModel:
    """Read a model from its folder.

    Raises
    ------
    ModelError
        There is none, it was made by another version, or a file is missing or has changed; the
        message names the file and the mend.
    """
    manifest = _manifest(folder)
    if manifest.format != FORMAT or manifest.features != FEATURES_VERSION:
        raise ModelError(
            f"the model has format {manifest.format} and features {manifest.features}; this "
            f"version of Attunement reads format {FORMAT} and features {FEATURES_VERSION}",
            mend=f"{_AGAIN}, or use the version that made it",
            path=folder / MANIFEST_FILE,
        )
    for name in _FILES:
        _check(folder / name, manifest.files.get(name))
    path = folder / MODEL_FILE
    try:
        described = _Model.model_validate_json(path.read_bytes())
        arrays = load_file(folder / HEADS_FILE)
        return _model(described, arrays)
    except (ValidationError, SafetensorError, KeyError, ValueError) as error:
        raise ModelError(
            "this is not a model that `attunement fit` wrote", mend=_AGAIN, path=path
        ) from error


def _described(model: FittedModel) -> _Model:
    return _Model(
        encoder_name=model.encoder_name,
        encoder_fingerprint=model.encoder_fingerprint,
        level=model.level,
        learned_from=tuple(sorted(model.learned_from)),
        patients=tuple(sorted(model.patients)),
        scales=tuple(
            _Scale(
                perspective=one.perspective,
                instrument=one.instrument,
                scale=one.scale,
                intercept=one.head.intercept,
                penalty=one.head.penalty,
                lowest=one.lowest,
                highest=one.highest,
                half_width=one.half_width,
                knots=one.knots,
                held_out=one.held_out,
                bounds=one.bounds,
            )
            for one in model.scales
        ),
    )


def _arrays(model: FittedModel) -> Arrays:
    standard = model.hearing.standard
    arrays: Arrays = {f"axes.{role}": model.hearing.axes[role] for role in ROLES}
    arrays |= {
        "standard.mean": standard.mean,
        "standard.sd": standard.sd,
        "standard.offset_mean": standard.offset_mean,
    }
    for place, one in enumerate(model.scales):
        arrays[f"heads.{place}.mean"] = one.head.scaling.mean
        arrays[f"heads.{place}.factor"] = one.head.scaling.factor
        arrays[f"heads.{place}.slopes"] = one.head.slopes
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def _model(described: _Model, arrays: Arrays) -> FittedModel:
    hearing = Hearing(
        axes={role: arrays[f"axes.{role}"] for role in ROLES},
        standard=Standard(
            mean=arrays["standard.mean"],
            sd=arrays["standard.sd"],
            offset_mean=arrays["standard.offset_mean"],
        ),
    )
    width = Layout(hearing.dimension).width
    scales = []
    for place, one in enumerate(described.scales):
        mean, factor, slopes = (
            arrays[f"heads.{place}.{name}"] for name in ("mean", "factor", "slopes")
        )
        if not all(array.shape == (width,) for array in (mean, factor, slopes)):
            raise ValueError("a head has another width than the features")
        scales.append(
            ScaleModel(
                perspective=one.perspective,
                instrument=one.instrument,
                scale=one.scale,
                head=Head(Scaling(mean, factor), slopes, one.intercept, one.penalty),
                lowest=one.lowest,
                highest=one.highest,
                half_width=one.half_width,
                knots=one.knots,
                held_out=one.held_out,
                bounds=one.bounds,
            )
        )
    return FittedModel(
        encoder_name=described.encoder_name,
        encoder_fingerprint=described.encoder_fingerprint,
        hearing=hearing,
        scales=tuple(scales),
        level=described.level,
        learned_from=frozenset(described.learned_from),
        patients=frozenset(described.patients),
    )


def _manifest(folder: Path) -> _Manifest:
    path = folder / MANIFEST_FILE
    try:
        return _Manifest.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ModelError(
            "a fitted model is a folder, and this is a file"
            if folder.is_file()
            else "there is no fitted model here",
            mend="Name the folder that `attunement fit` wrote",
            path=folder,
        ) from error
    except OSError as error:
        raise ModelError(
            "the model cannot be read", mend="Check the folder and its permissions", path=path
        ) from error
    except ValidationError as error:
        raise ModelError(
            "this is not the manifest of a model that `attunement fit` wrote",
            mend=_AGAIN,
            path=path,
        ) from error


def _check(path: Path, expected: str | None) -> None:
    try:
        found = _sha256(path)
    except OSError as error:
        raise ModelError("the file is missing or cannot be read", mend=_AGAIN, path=path) from error
    if found != expected:
        raise ModelError("the file has changed since the model was made", mend=_AGAIN, path=path)


def refuse_foreign(folder: Path) -> None:
    """See that a model may be written into a folder: a new one, an empty one, or a model's.

    Fitting takes a while: what would stop the writing is told before.

    Raises
    ------
    ModelError
        It holds something else.
    StorageError
        Nothing can be written there.
    """
    with storage_errors(folder):
        there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
        if not there.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(there, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    try:
        _manifest(folder)
    except ModelError as error:
        raise ModelError(
            "the folder holds other files and no model",
            mend="Choose a new folder with -o",
            path=folder,
        ) from error


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8", newline="\n")
