"""A BERT-type encoder's weights and sizes, read from a sentence-transformers folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attunement.embedding._layouts import Pooling, pooling_of, read_json, window_of
from attunement.errors import ModelError

SIZES = (
    "num_hidden_layers",
    "num_attention_heads",
    "hidden_size",
    "intermediate_size",
    "vocab_size",
    "max_position_embeddings",
    "type_vocab_size",
)
EXPORT = "Export the model to ONNX and give that folder instead"


@dataclass(frozen=True, slots=True)
class Bert:
    """What is needed to rebuild the network.

    Attributes
    ----------
    weights : Mapping[str, numpy.ndarray]
        float32 tensors under their names in Hugging Face's BertModel; linear weights have shape
        (out, in).
    layers, heads, hidden : int
        Number of layers, attention heads a layer, and width.
    epsilon : float
        Added to the variance in layer normalisation.
    pooling : {'mean', 'cls'}
        How token vectors become one vector.
    window : int
        Most tokens at once, special ones included.
    """

    weights: Mapping[str, NDArray[np.float32]]
    layers: int
    heads: int
    hidden: int
    epsilon: float
    pooling: Pooling
    window: int


def read_bert(folder: Path) -> Bert:
    """Read a sentence-transformers folder.

    Raises
    ------
    ModelError
        The network is not of the kind that the graph builder knows, or a file is damaged.
    """
    config = read_json(folder / "config.json")
    _check_modules(folder / "modules.json")
    for key, wanted in {
        "model_type": "bert",
        "hidden_act": "gelu",
        "position_embedding_type": "absolute",
    }.items():
        found = config.get(key, wanted)
        if found != wanted:
            raise ModelError(
                f"{found!r} found where only {wanted!r} can be built",
                mend=EXPORT,
                path=folder / "config.json",
                field=key,
            )
    sizes = {key: _size(config, key, folder) for key in SIZES}
    weights = _read_weights(folder / "model.safetensors")
    _check_shapes(weights, sizes=sizes, folder=folder)
    return Bert(
        weights=weights,
        layers=sizes["num_hidden_layers"],
        heads=sizes["num_attention_heads"],
        hidden=sizes["hidden_size"],
        epsilon=float(str(config.get("layer_norm_eps", 1e-12))),
        pooling=pooling_of(folder),
        window=window_of(folder),
    )


def _check_modules(path: Path) -> None:
    known = ("Transformer", "Pooling", "Normalize")
    try:
        modules = json.loads(path.read_text(encoding="utf-8"))
        kinds = [str(module["type"]).rsplit(".", 1)[-1] for module in modules]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(
            "the file is not a list of modules",
            mend="Get the file again from where the model came from",
            path=path,
        ) from error
    for kind in kinds:
        if kind not in known:
            raise ModelError(
                f"the model has a {kind} module; only {', '.join(known)} can be built",
                mend=EXPORT,
                path=path,
            )


def _read_weights(path: Path) -> dict[str, NDArray[np.float32]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        tensors = load_file(path)
    except (SafetensorError, OSError, KeyError, TypeError) as error:
        raise ModelError(
            "the weights are damaged, or of a number type that is not known here",
            mend="Get the file again from where the model came from",
            path=path,
        ) from error
    return {
        name.removeprefix("bert."): tensor.astype(np.float32, copy=False)
        for name, tensor in tensors.items()
        if np.issubdtype(tensor.dtype, np.floating)
    }


def _size(config: Mapping[str, object], key: str, folder: Path) -> int:
    value = config.get(key)
    if isinstance(value, int) and value > 0:
        return value
    raise ModelError(
        f"a positive whole number was expected, {value!r} found",
        mend="Get the file again from where the model came from",
        path=folder / "config.json",
        field=key,
    )


def _check_shapes(
    weights: Mapping[str, NDArray[np.float32]], *, sizes: Mapping[str, int], folder: Path
) -> None:
    for name, shape in _shapes(sizes).items():
        found = weights[name].shape if name in weights else None
        if found != shape:
            raise ModelError(
                f"expected shape {shape}, found {found or 'nothing'}",
                mend="Give the weights that belong to config.json",
                path=folder / "model.safetensors",
                field=name,
            )


def _shapes(sizes: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    hidden, wide = sizes["hidden_size"], sizes["intermediate_size"]
    tables = {
        "word": sizes["vocab_size"],
        "position": sizes["max_position_embeddings"],
        "token_type": sizes["type_vocab_size"],
    }
    shapes: dict[str, tuple[int, ...]] = {
        f"embeddings.{name}_embeddings.weight": (rows, hidden) for name, rows in tables.items()
    }
    shapes |= _norm_shapes("embeddings.LayerNorm", hidden)
    for layer in range(sizes["num_hidden_layers"]):
        prefix = f"encoder.layer.{layer}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            shapes |= _linear_shapes(f"{prefix}.attention.{part}", hidden, hidden)
        shapes |= _linear_shapes(f"{prefix}.intermediate.dense", wide, hidden)
        shapes |= _linear_shapes(f"{prefix}.output.dense", hidden, wide)
        shapes |= _norm_shapes(f"{prefix}.attention.output.LayerNorm", hidden)
        shapes |= _norm_shapes(f"{prefix}.output.LayerNorm", hidden)
    return shapes


def _linear_shapes(name: str, outputs: int, inputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _norm_shapes(name: str, hidden: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (hidden,), f"{name}.bias": (hidden,)}
