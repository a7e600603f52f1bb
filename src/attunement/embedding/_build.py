"""Building a sentence-transformers folder into a checked ONNX folder."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from attunement.embedding._bert import Bert, read_bert
from attunement.embedding._calibration import (
    FLOAT32_TOLERANCE,
    LEAST_COSINE,
    Reference,
    cosines,
    sentences,
)
from attunement.embedding._encoder import OnStep, Vectors
from attunement.embedding._graph import (
    VECTORS,
    Arithmetic,
    Float32,
    build_graph,
    probe_names,
)
from attunement.embedding._graphwriter import Array
from attunement.embedding._int8 import Int8, ranges_from
from attunement.embedding._layouts import ONNX, SENTENCE_TRANSFORMERS, TOKENIZER_FILE
from attunement.embedding._manifest import Manifest, Precision, sha256_of
from attunement.embedding._onnx import load_tokenizer, open_session
from attunement.embedding._windows import Ids, WindowCutter
from attunement.errors import ModelError

if TYPE_CHECKING:
    from attunement.embedding._runtime import ort

BUILD = 1
"""Raised when the builder makes other graphs; built folders of another number are not used."""


@dataclass(frozen=True, slots=True)
class _Built:
    graph: bytes
    precision: Precision
    vectors: Vectors
    agreement: float


def source_hashes(folder: Path) -> dict[str, str]:
    """Hash everything in a sentence-transformers folder that the built graph depends on."""
    layout = SENTENCE_TRANSFORMERS
    return {
        file.as_posix(): sha256_of(folder / file)
        for file in (layout.weights, *layout.required, *layout.optional)
        if (folder / file).is_file()
    }


def built_name(name: str, hashes: dict[str, str]) -> str:
    """Name the folder that a model is built into, after its source and the builder."""
    content = repr((BUILD, sorted(hashes.items()))).encode()
    return f"{name}-{hashlib.sha256(content).hexdigest()[:12]}"


def build_folder(
    source: Path,
    target: Path,
    *,
    name: str,
    reference: Reference | None = None,
    on_step: OnStep | None = None,
) -> Manifest:
    """Build a sentence-transformers folder.

    Parameters
    ----------
    source : Path
        The folder to read.
    target : Path
        An existing empty folder: model.onnx, tokenizer.json and attunement.json are written.
    name : str
        What people call the model.
    reference : Reference, optional
        Frozen vectors that the float32 graph must give, within FLOAT32_TOLERANCE.
    on_step : callable, optional
        Told what is being done.

    Returns
    -------
    Manifest
        What was built: eight-bit if every calibration sentence keeps a cosine of LEAST_COSINE
        with its float32 vector on this processor, else float32.

    Raises
    ------
    ModelError
        The folder cannot be built, or the float32 graph does not give the reference.
    """
    step = on_step or (lambda _: None)
    step("Reading the weights")
    bert = read_bert(source)
    cutter = WindowCutter.of(load_tokenizer(source), window=bert.window)
    step("Building the graph")
    exact, largest = _float32(bert, cutter)
    if reference is not None:
        _check_reference(exact.vectors, reference)
    step("Building and checking the eight-bit graph")
    chosen = _int8(bert, cutter, largest, exact=exact)
    if chosen.agreement < LEAST_COSINE:
        chosen = exact
    (target / ONNX.weights).write_bytes(chosen.graph)
    shutil.copyfile(source / TOKENIZER_FILE, target / TOKENIZER_FILE)
    manifest = Manifest(
        name=name,
        build=BUILD,
        precision=chosen.precision,
        agreement=round(chosen.agreement, 4),
        window=bert.window,
        source=source_hashes(source),
        files={file.name: sha256_of(target / file) for file in (ONNX.weights, TOKENIZER_FILE)},
    )
    manifest.write(target)
    return manifest


def _float32(bert: Bert, cutter: WindowCutter) -> tuple[_Built, dict[str, Array]]:
    """Build the float32 graph; find the sentences' vectors and each channel's largest value."""
    probing = open_session(build_graph(bert, Float32(), probe=True).SerializeToString())
    largest: dict[str, Array] = {}
    names = probe_names(bert.layers)
    vectors = []
    for ids in _sentence_ids(cutter):
        vector, *values = probing.run([VECTORS, *names], {"input_ids": ids})
        vectors.append(vector)
        for name, value in zip(names, values, strict=True):
            found = np.abs(value).max(axis=0)
            largest[name] = np.maximum(largest.get(name, found), found)
    graph = build_graph(bert, Float32()).SerializeToString()
    return _Built(graph, "float32", np.vstack(vectors), agreement=1.0), largest


def _int8(bert: Bert, cutter: WindowCutter, largest: dict[str, Array], *, exact: _Built) -> _Built:
    arithmetic: Arithmetic = Int8(ranges_from(bert, largest))
    graph = build_graph(bert, arithmetic).SerializeToString()
    vectors = _vectors(open_session(graph), cutter)
    built = _Built(graph, "int8", vectors, agreement=0.0)
    return replace(built, agreement=float(cosines(vectors, exact.vectors).min()))


def _vectors(session: ort.InferenceSession, cutter: WindowCutter) -> Vectors:
    return np.vstack(
        [session.run([VECTORS], {"input_ids": ids})[0] for ids in _sentence_ids(cutter)]
    )


def _sentence_ids(cutter: WindowCutter) -> list[Ids]:
    """Give every calibration sentence's first window, one a batch."""
    return [
        ids
        for sentence in sentences()
        for _, ids in list(cutter.batches(cutter.cut([sentence]), tokens=1))[:1]
    ]


def _check_reference(vectors: Vectors, reference: Reference) -> None:
    difference = float(np.abs(vectors[: len(reference.vectors)] - reference.vectors).max())
    if not difference <= FLOAT32_TOLERANCE:
        raise ModelError(
            f"the built model's vectors differ from the reference by {difference:.2g}, more than "
            f"{FLOAT32_TOLERANCE}",
            mend="Report this with the output of `attunement doctor`",
        )
