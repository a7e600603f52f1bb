"""A tiny BERT with random weights, and its forward pass written out in numpy.

The forward pass follows Devlin et al. (2019) and Hugging Face's BertModel layer by layer, padding
nothing and folding nothing: it shares no code and no arrangement with the graph builder.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

HIDDEN, LAYERS, HEADS, WIDE, POSITIONS = 32, 2, 4, 64, 40
WINDOW = 18
"""Of which two are special tokens."""

WORDS = (
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]"),
    *("i", "you", "we", "the", "a", "and", "not", "know", "think", "feel", "plan", "week"),
    *("one", "two", "three", "door", "rain", "tea", "slow", "again", "##ly", "##s", ".", "?"),
)

Weights = dict[str, NDArray[np.float32]]


def weights(seed: int = 0, *, gain: float = 0.4) -> Weights:
    """Random weights, some channels much larger than the rest, as in trained networks."""
    random = np.random.default_rng(seed)

    def normal(*shape: int, scale: float) -> NDArray[np.float32]:
        return random.normal(0, scale, shape).astype(np.float32)

    tensors: Weights = {}

    def linear(name: str, outputs: int, inputs: int) -> None:
        tensors[f"{name}.weight"] = normal(outputs, inputs, scale=gain)
        tensors[f"{name}.bias"] = normal(outputs, scale=0.2)

    def norm(name: str) -> None:
        tensors[f"{name}.weight"] = (1 + normal(HIDDEN, scale=0.3)).astype(np.float32)
        tensors[f"{name}.bias"] = normal(HIDDEN, scale=0.3)

    for table, rows in {"word": len(WORDS), "position": POSITIONS, "token_type": 2}.items():
        tensors[f"embeddings.{table}_embeddings.weight"] = normal(rows, HIDDEN, scale=0.5)
    tensors["embeddings.word_embeddings.weight"][:, 5] += 4
    norm("embeddings.LayerNorm")
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            linear(f"{prefix}.attention.{part}", HIDDEN, HIDDEN)
        norm(f"{prefix}.attention.output.LayerNorm")
        linear(f"{prefix}.intermediate.dense", WIDE, HIDDEN)
        linear(f"{prefix}.output.dense", HIDDEN, WIDE)
        tensors[f"{prefix}.output.dense.bias"][7] += 6
        norm(f"{prefix}.output.LayerNorm")
    return tensors


def tokenizer() -> Tokenizer:
    """A WordPiece tokenizer over WORDS that, as shipped ones do, pads and truncates if let."""
    vocabulary = {word: index for index, word in enumerate(WORDS)}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    made.enable_truncation(8)
    made.enable_padding(length=8)
    return made


CONFIG = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "hidden_size": HIDDEN,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "intermediate_size": WIDE,
    "vocab_size": len(WORDS),
    "max_position_embeddings": POSITIONS,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
}


def sentence_transformers_folder(
    folder: Path, *, tensors: Weights | None = None, pooling: str = "mean"
) -> Path:
    """Write the tiny network as sentence-transformers saves one."""
    (folder / "1_Pooling").mkdir(parents=True)
    save_file(tensors if tensors is not None else weights(), folder / "model.safetensors")
    tokenizer().save(str(folder / "tokenizer.json"))
    modules = [{"type": f"sentence_transformers.models.{n}"} for n in ("Transformer", "Pooling")]
    contents = {
        "config.json": CONFIG,
        "modules.json": modules,
        "sentence_bert_config.json": {"max_seq_length": WINDOW},
        "1_Pooling/config.json": {
            "word_embedding_dimension": HIDDEN,
            "pooling_mode_cls_token": pooling == "cls",
            "pooling_mode_mean_tokens": pooling == "mean",
            "pooling_mode_max_tokens": pooling == "max",
        },
    }
    for name, content in contents.items():
        (folder / name).write_text(json.dumps(content))
    return folder


@dataclass(frozen=True)
class Forward:
    """The network's forward pass, one text at a time, in float64."""

    tensors: Weights
    pooling: str = "mean"

    def embed(self, ids: list[int]) -> NDArray[np.float64]:
        """Embed token ids, special ones included; unit norm."""
        x = (
            self._tensor("embeddings.word_embeddings.weight")[ids]
            + self._tensor("embeddings.position_embeddings.weight")[: len(ids)]
            + self._tensor("embeddings.token_type_embeddings.weight")[[0] * len(ids)]
        )
        x = self._norm("embeddings.LayerNorm", x)
        for layer in range(LAYERS):
            prefix = f"encoder.layer.{layer}"
            attended = self._attend(f"{prefix}.attention.self", x)
            attended = self._linear(f"{prefix}.attention.output.dense", attended)
            x = self._norm(f"{prefix}.attention.output.LayerNorm", x + attended)
            inner = self._linear(f"{prefix}.intermediate.dense", x)
            inner = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
            x = self._norm(
                f"{prefix}.output.LayerNorm", x + self._linear(f"{prefix}.output.dense", inner)
            )
        pooled = x[0] if self.pooling == "cls" else x.mean(axis=0)
        unit: NDArray[np.float64] = pooled / np.linalg.norm(pooled)
        return unit

    def _attend(self, name: str, x: NDArray[np.float64]) -> NDArray[np.float64]:
        query, key, value = (self._linear(f"{name}.{p}", x) for p in ("query", "key", "value"))
        size = HIDDEN // HEADS
        parts = []
        for head in range(HEADS):
            own = slice(head * size, (head + 1) * size)
            scores = query[:, own] @ key[:, own].T / math.sqrt(size)
            shares = np.exp(scores - scores.max(axis=1, keepdims=True))
            parts.append(shares / shares.sum(axis=1, keepdims=True) @ value[:, own])
        return np.hstack(parts)

    def _linear(self, name: str, x: NDArray[np.float64]) -> NDArray[np.float64]:
        made: NDArray[np.float64] = x @ self._tensor(f"{name}.weight").T + self._tensor(
            f"{name}.bias"
        )
        return made

    def _norm(self, name: str, x: NDArray[np.float64]) -> NDArray[np.float64]:
        centred = x - x.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-12)
        made: NDArray[np.float64] = scaled * self._tensor(f"{name}.weight") + self._tensor(
            f"{name}.bias"
        )
        return made

    def _tensor(self, name: str) -> NDArray[np.float64]:
        return self.tensors[name].astype(np.float64)
