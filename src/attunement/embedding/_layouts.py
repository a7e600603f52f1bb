"""The folders that are accepted as a model, each described by a frozen dataclass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, cast

from attunement.errors import ModelError

Pooling: TypeAlias = Literal["mean", "cls"]

POOLING_FILE = Path("1_Pooling", "config.json")
TOKENIZER_FILE = Path("tokenizer.json")
MANIFEST_FILE = Path("attunement.json")
"""Written into a folder that we built: what from, and its files' hashes."""

EXTERNAL_DATA_FILES = (Path("model.onnx_data"), Path("model.onnx.data"))
"""Where exporters put weights that they keep out of model.onnx."""

WINDOW_FIELDS = (
    (MANIFEST_FILE, "window"),
    (Path("sentence_bert_config.json"), "max_seq_length"),
    (Path("config.json"), "max_position_embeddings"),
)
"""Where a folder states its window; the least counts."""

MAX_WINDOW = 512
"""Window of a model whose folder states none: what BERT-type models are trained with."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Files that make a folder a model of one kind.

    Attributes
    ----------
    name : str
        What the layout is called in messages and the docs.
    weights : Path
        The file that tells this layout from the others.
    required : tuple of Path
        Files that must be there too.
    optional : tuple of Path
        Files that are read if they are there.
    """

    name: str
    weights: Path
    required: tuple[Path, ...]
    optional: tuple[Path, ...]


ONNX = Layout(
    name="ONNX",
    weights=Path("model.onnx"),
    required=(TOKENIZER_FILE,),
    optional=(
        *EXTERNAL_DATA_FILES,
        MANIFEST_FILE,
        Path("config.json"),
        Path("sentence_bert_config.json"),
        POOLING_FILE,
    ),
)
"""A graph from token ids to token vectors or to one vector a text."""

SENTENCE_TRANSFORMERS = Layout(
    name="sentence-transformers",
    weights=Path("model.safetensors"),
    required=(TOKENIZER_FILE, Path("config.json"), Path("modules.json")),
    optional=(Path("sentence_bert_config.json"), POOLING_FILE),
)
"""BERT-type weights with mean or CLS pooling; built into an ONNX graph on first use."""

LAYOUTS: tuple[Layout, ...] = (ONNX, SENTENCE_TRANSFORMERS)


def layout_of(folder: Path) -> Layout:
    """Tell which layout `folder` has.

    Raises
    ------
    ModelError
        There is no such folder, or it has none of the layouts, or a file of its layout is missing.
    """
    if not folder.is_dir():
        raise ModelError(
            "there is no model folder here",
            mend="Give a folder that holds model.onnx or model.safetensors, or leave the model "
            "out to use the default one",
            path=folder,
        )
    for layout in LAYOUTS:
        if (folder / layout.weights).is_file():
            for file in layout.required:
                if not (folder / file).is_file():
                    raise ModelError(
                        f"the folder has {layout.weights} but no {file}, which the "
                        f"{layout.name} layout needs",
                        mend=f"Add {file} from where the model came from",
                        path=folder,
                    )
            return layout
    raise ModelError(
        "the folder holds neither model.onnx (ONNX layout) nor model.safetensors "
        "(sentence-transformers layout)",
        mend="Give the folder that holds the weights, or export the model to ONNX",
        path=folder,
    )


def read_json(path: Path) -> Mapping[str, object]:
    """Read a JSON object.

    Raises
    ------
    ModelError
        The file is not a JSON object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            "the file is not readable JSON",
            mend="Get the file again from where the model came from",
            path=path,
        ) from error
    if not isinstance(content, dict):
        raise ModelError(
            "the file should hold one JSON object",
            mend="Get the file again from where the model came from",
            path=path,
        )
    return content


def pooling_of(folder: Path) -> Pooling:
    """Read how token vectors become one vector; mean unless 1_Pooling/config.json says CLS.

    Raises
    ------
    ModelError
        The folder asks for a pooling other than mean or CLS.
    """
    path = folder / POOLING_FILE
    if not path.is_file():
        return "mean"
    config = read_json(path)
    mode = config.get("pooling_mode")
    if isinstance(mode, str):
        modes = {mode}
    else:
        modes = {
            key.removeprefix("pooling_mode_").removesuffix("_tokens").removesuffix("_token")
            for key, value in config.items()
            if key.startswith("pooling_mode_") and value
        }
    if modes in ({"mean"}, {"cls"}):
        return cast(Pooling, modes.pop())
    raise ModelError(
        f"the model pools by {', '.join(sorted(modes)) or 'nothing'}; only mean and cls are known",
        mend="Export the model to ONNX with its pooling inside the graph",
        path=path,
    )


def window_of(folder: Path) -> int:
    """Read how many tokens, special ones included, the model takes at once."""
    windows = [
        value
        for path, key in ((folder / file, key) for file, key in WINDOW_FIELDS)
        if path.is_file() and isinstance(value := read_json(path).get(key), int) and value > 0
    ]
    return min(windows, default=MAX_WINDOW)
