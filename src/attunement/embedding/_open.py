"""Opening an encoder by what the user names: nothing, a folder, or a URL."""

from __future__ import annotations

from pathlib import Path

from attunement.embedding._encoder import Encoder, OnStep
from attunement.embedding._fetch import MINILM

DEFAULT_MODEL = MINILM.name
"""The model that is used unless another is named; it was made for English."""


def open_encoder(model: str | Path | None = None, *, progress: OnStep | None = None) -> Encoder:
    """Open an embedding model.

    Parameters
    ----------
    model : str or Path, optional
        None for the default model, all-MiniLM-L6-v2, which is downloaded and built on first use;
        a folder in the ONNX or the sentence-transformers layout; or `URL#model-name` of an
        OpenAI-compatible embeddings endpoint.
    progress : callable, optional
        Told in a few words what is being done while a model is downloaded or built.

    Returns
    -------
    Encoder
        The opened model, without a cache (see `CachedEncoder`).

    Raises
    ------
    ModelError
        The model is missing, damaged, of an unknown kind, or cannot be had.
    StorageError
        The model cannot be put into the cache.
    UsageError
        The URL is not one that may be used.
    """
    # Imported here: ONNX Runtime takes longer to import than most commands take to run.
    from attunement.embedding._endpoint import is_url, open_endpoint
    from attunement.embedding._layouts import SENTENCE_TRANSFORMERS, layout_of
    from attunement.embedding._onnxfolder import open_onnx_folder
    from attunement.embedding.models import built_from, pull

    if model is None:
        return open_onnx_folder(pull(on_step=progress))
    if isinstance(model, str) and is_url(model):
        return open_endpoint(model)
    folder = Path(model).expanduser()
    if layout_of(folder) is SENTENCE_TRANSFORMERS:
        folder = built_from(folder, on_step=progress)
    return open_onnx_folder(folder)
