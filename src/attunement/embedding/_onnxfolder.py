"""Opening a folder of the ONNX layout, ours or one's own."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from attunement.embedding._layouts import (
    EXTERNAL_DATA_FILES,
    MANIFEST_FILE,
    ONNX,
    TOKENIZER_FILE,
    pooling_of,
    window_of,
)
from attunement.embedding._manifest import check_files, read_manifest, sha256_of
from attunement.embedding._onnx import Network, OnnxEncoder, load_tokenizer, open_session
from attunement.embedding._windows import WINDOWING, WindowCutter


def open_onnx_folder(folder: Path) -> OnnxEncoder:
    """Open a folder of the ONNX layout.

    Raises
    ------
    ModelError
        A file is damaged, or is not the one that the folder's manifest says.
    """
    name, path = folder.resolve().name, folder / ONNX.weights
    if (folder / MANIFEST_FILE).is_file():
        manifest = read_manifest(folder)
        check_files(folder, manifest)
        name, hashes = manifest.name, dict(manifest.files)
    else:
        read = (ONNX.weights, TOKENIZER_FILE, *EXTERNAL_DATA_FILES)
        hashes = {file.name: sha256_of(folder / file) for file in read if (folder / file).is_file()}
    pooling, window = pooling_of(folder), window_of(folder)
    decisive = {"files": hashes, "pooling": pooling, "window": window, "windowing": WINDOWING}
    return OnnxEncoder(
        name=name,
        fingerprint=hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest(),
        network=Network.of(open_session(path), pooling=pooling, path=path),
        cutter=WindowCutter.of(load_tokenizer(folder), window=window),
    )
