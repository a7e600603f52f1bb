"""A BERT-type encoder as an ONNX graph: token ids in, unit vectors out.

The graph computes what the trained network computes, arranged for speed:

- Every text of a batch has the same number of tokens, so there is no padding and no mask.
- A layer normalisation is split. The standardising part is an InstanceNormalization, which ONNX
  Runtime does ten times faster than its (Skip)LayerNormalization; gain and bias are folded into
  the linear maps that read its result. What enters a linear map is therefore the standardised
  value, free of the gain's outliers, which is what makes eight bits enough (`_int8`).
- Pooling and the unit norm are inside the graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from attunement.embedding._bert import Bert
from attunement.embedding._graphwriter import Array, GraphWriter

if TYPE_CHECKING:
    import onnx

IDS = "input_ids"
VECTORS = "embedding"
OPSET = 20
IR_VERSION = 10
CONTRIB = "com.microsoft"
"""ONNX Runtime's own operators, part of every build of it."""


@dataclass(frozen=True, slots=True)
class Affine:
    """Gain and bias of a layer normalisation, to be folded into whatever reads its result."""

    gain: Array
    bias: Array

    def folded(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        """Return the linear map (in, out) that takes the standardised values instead.

        The sum runs over rows, in order, so that it has the same bits on every machine.
        """
        return self.gain[:, None] * weight, bias + (self.bias[:, None] * weight).sum(axis=0)


class Arithmetic(Protocol):
    """How the linear maps are computed: in float32, or in eight bits."""

    def word_table(self, graph: GraphWriter, table: Array) -> str:
        """Append the look-up of IDS in `table`; give the word vectors' name."""
        ...

    def shrink(self, layer: int) -> Array | float:
        """Give what the attention's values are divided by, before they are averaged."""
        ...

    def linear(
        self, graph: GraphWriter, name: str, inputs: str, maps: dict[str, tuple[Array, Array]]
    ) -> list[str]:
        """Append linear maps (weight of shape (in, out), bias) that all read `inputs`."""
        ...


class Float32:
    """Plain float32: the reference, and the choice where eight bits are not close enough."""

    def word_table(self, graph: GraphWriter, table: Array) -> str:
        """Append the look-up of IDS in `table`; give the word vectors' name."""
        return graph.node("Gather", [graph.floats("words.table", table), IDS], "words")

    def shrink(self, layer: int) -> float:
        """Give 1: nothing needs to be scaled."""
        return 1.0

    def linear(
        self, graph: GraphWriter, name: str, inputs: str, maps: dict[str, tuple[Array, Array]]
    ) -> list[str]:
        """Append linear maps (weight of shape (in, out), bias) that all read `inputs`."""
        return [
            graph.node(
                "Gemm",
                [
                    inputs,
                    graph.floats(f"{name}.{part}.weight", weight),
                    graph.floats(f"{name}.{part}.bias", bias),
                ],
                f"{name}.{part}",
            )
            for part, (weight, bias) in maps.items()
        ]


def probe_names(layers: int) -> list[str]:
    """Name the tensors that enter the linear maps, and that calibration looks at."""
    return [
        f"{layer}.{place}" for layer in range(layers) for place in ("entry", "context", "middle")
    ]


def build_graph(bert: Bert, arithmetic: Arithmetic, *, probe: bool = False) -> onnx.ModelProto:
    """Build the graph.

    Parameters
    ----------
    bert : Bert
        Weights and sizes.
    arithmetic : Arithmetic
        How the linear maps are computed.
    probe : bool
        Whether to give `probe_names` as outputs too.

    Returns
    -------
    onnx.ModelProto
        Input `input_ids`: int32 (texts, tokens), every text with its special tokens and without
        padding. Output `embedding`: float32 (texts, hidden), rows of unit norm.
    """
    from onnx import TensorProto, helper

    graph = GraphWriter()
    _Network(bert=bert, arithmetic=arithmetic, graph=graph).write()
    outputs = [helper.make_tensor_value_info(VECTORS, TensorProto.FLOAT, ["texts", bert.hidden])]
    if probe:
        outputs += [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
            for name in probe_names(bert.layers)
        ]
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "attunement",
            [helper.make_tensor_value_info(IDS, TensorProto.INT32, ["texts", "tokens"])],
            outputs,
            list(graph.constants.values()),
        ),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)],
        ir_version=IR_VERSION,
    )


@dataclass(frozen=True, slots=True)
class _Network:
    bert: Bert
    arithmetic: Arithmetic
    graph: GraphWriter

    def write(self) -> None:
        self._write_shapes()
        x, affine = self._embeddings()
        for layer in range(self.bert.layers):
            x, affine = self._attention(layer, x, affine)
            x, affine = self._feed_forward(layer, x, affine)
        self._pool(x, affine)

    def _write_shapes(self) -> None:
        """Name the shapes: one row a token, or (texts, tokens, hidden) where texts matter."""
        graph, bert = self.graph, self.bert
        first, last = graph.integers(0), graph.integers(1)
        graph.node("Shape", [IDS], "shape")
        graph.node("Slice", ["shape", last, graph.integers(2), first], "tokens")
        graph.node(
            "Concat", ["shape", graph.integers(bert.hidden)], "by_text", attributes={"axis": 0}
        )
        graph.node("ReduceProd", ["shape"], "rows", attributes={"keepdims": 1})
        graph.node("Expand", [graph.floats("one", 1.0), "rows"], "ones")
        graph.node("Expand", [graph.floats("zero", 0.0), "rows"], "zeros")

    def _embeddings(self) -> tuple[str, Affine]:
        graph, weights = self.graph, self.bert.weights
        first = graph.integers(0)
        words = self.arithmetic.word_table(graph, weights["embeddings.word_embeddings.weight"])
        # Every token is of the first segment, so its vector is part of the position's.
        positions = (
            weights["embeddings.position_embeddings.weight"]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )[: self.bert.window]
        graph.node(
            "Slice",
            [graph.floats("positions.table", positions), first, "tokens", first],
            "positions",
        )
        graph.node("Add", [words, "positions"], "embedded")
        rows = graph.node(
            "Reshape", ["embedded", graph.integers(-1, self.bert.hidden)], "embedded.rows"
        )
        return self._standardised(rows, "0.entry"), self._affine("embeddings.LayerNorm")

    def _attention(self, layer: int, x: str, affine: Affine) -> tuple[str, Affine]:
        graph, bert = self.graph, self.bert
        prefix = f"encoder.layer.{layer}.attention"
        shrink = self.arithmetic.shrink(layer)
        query, key, value = (
            affine.folded(*self._linear(f"{prefix}.self.{part}"))
            for part in ("query", "key", "value")
        )
        maps = {"query": query, "key": key, "value": (value[0] / shrink, value[1] / shrink)}
        parts = self.arithmetic.linear(graph, f"{layer}.attention", x, maps)
        attended = graph.node(
            "MultiHeadAttention",
            [graph.node("Reshape", [part, "by_text"], f"{part}.by_text") for part in parts],
            f"{layer}.attended",
            domain=CONTRIB,
            attributes={"num_heads": bert.heads},
        )
        graph.node("Reshape", [attended, graph.integers(-1, bert.hidden)], f"{layer}.context")
        weight, bias = self._linear(f"{prefix}.output.dense")
        (out,) = self.arithmetic.linear(
            graph,
            f"{layer}.attention",
            f"{layer}.context",
            {"output": (weight * np.reshape(shrink, (-1, 1)), bias + affine.bias)},
        )
        x = self._residual(x, affine, out, f"{layer}.middle")
        return x, self._affine(f"{prefix}.output.LayerNorm")

    def _feed_forward(self, layer: int, x: str, affine: Affine) -> tuple[str, Affine]:
        graph = self.graph
        prefix = f"encoder.layer.{layer}"
        wide = affine.folded(*self._linear(f"{prefix}.intermediate.dense"))
        (inner,) = self.arithmetic.linear(graph, f"{layer}.wide", x, {"inner": wide})
        graph.node("Gelu", [inner], f"{layer}.activated", domain=CONTRIB)
        weight, bias = self._linear(f"{prefix}.output.dense")
        (out,) = self.arithmetic.linear(
            graph, f"{layer}.narrow", f"{layer}.activated", {"output": (weight, bias + affine.bias)}
        )
        x = self._residual(x, affine, out, f"{layer + 1}.entry")
        return x, self._affine(f"{prefix}.output.LayerNorm")

    def _pool(self, x: str, affine: Affine) -> None:
        graph = self.graph
        graph.node("Reshape", [x, "by_text"], "last")
        if self.bert.pooling == "mean":
            attributes: dict[str, object] = {"keepdims": 0}
            graph.node("ReduceMean", ["last", graph.integers(1)], "pooled", attributes=attributes)
        else:
            first = graph.constant("first", np.array(0, dtype=np.int64))
            graph.node("Gather", ["last", first], "pooled", attributes={"axis": 1})
        graph.node("Mul", ["pooled", graph.floats("last.gain", affine.gain)], "pooled.gained")
        graph.node(
            "Add", ["pooled.gained", graph.floats("last.bias", affine.bias)], "pooled.biased"
        )
        graph.node("LpNormalization", ["pooled.biased"], VECTORS, attributes={"axis": 1, "p": 2})

    def _residual(self, x: str, affine: Affine, out: str, name: str) -> str:
        """Add `out`, whose bias has the affine's bias in it already, to the affine of `x`."""
        graph = self.graph
        gained = graph.node("Mul", [x, graph.floats(f"{name}.gain", affine.gain)], f"{name}.gained")
        return self._standardised(graph.node("Add", [gained, out], f"{name}.sum"), name)

    def _standardised(self, x: str, name: str) -> str:
        """Standardise every row: rows stand as the channels of one image."""
        graph = self.graph
        axis = graph.integers(0)
        graph.node("Unsqueeze", [x, axis], f"{name}.image")
        graph.node(
            "InstanceNormalization",
            [f"{name}.image", "ones", "zeros"],
            f"{name}.standard",
            attributes={"epsilon": self.bert.epsilon},
        )
        return graph.node("Squeeze", [f"{name}.standard", axis], name)

    def _linear(self, name: str) -> tuple[Array, Array]:
        weights = self.bert.weights
        return weights[f"{name}.weight"].T, weights[f"{name}.bias"]

    def _affine(self, name: str) -> Affine:
        weights = self.bert.weights
        return Affine(gain=weights[f"{name}.weight"], bias=weights[f"{name}.bias"])
