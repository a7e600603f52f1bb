"""Eight-bit arithmetic for the graph, arranged so that a text's vector never depends on its batch.

Weights are int8 with one scale per output. What enters a linear map is uint8 around 128:

- Standardised values (attention and feed-forward inputs) and attention contexts get one constant
  scale. A few channels are far larger than the rest in every text; they are divided by a power
  of two first, and the weights that read them multiplied by it (as in SmoothQuant, Xiao et al.
  2023). Which channels, the calibration sentences tell.
- GELU's results get one scale a row (a token), from that row's largest value.

ONNX's dynamic quantisation takes one scale for the whole batch instead. On 3,000 counselling
utterances that lost four times as much (mean cosine with float32 .988 against .997), and it gives
a text another vector in another company.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attunement.embedding._bert import Bert
from attunement.embedding._graph import CONTRIB, IDS
from attunement.embedding._graphwriter import Array, GraphWriter

STANDARD_RANGE = 6.0
"""Largest standardised value that is represented, in standard deviations, after shrinking."""

CONTEXT_RANGE = 1.0
"""Likewise for attention contexts, all of which are shrunk to this."""

STANDARD_MARGIN = 1.1
CONTEXT_MARGIN = 1.5
"""How much larger than in the calibration sentences values may become without being clipped."""

GELU_FLOOR = 1.8
"""Smallest scale of a row of GELU values: with GELU_ZERO steps below zero kept for it, GELU's
least value, -0.17, is represented in every row."""

GELU_ZERO = 22
MIDDLE = 128


@dataclass(frozen=True, slots=True)
class LayerRanges:
    """What each channel is divided by before it is rounded: powers of two, shape (hidden,)."""

    entry: Array
    context: Array
    middle: Array


def ranges_from(bert: Bert, largest: dict[str, Array]) -> tuple[LayerRanges, ...]:
    """Choose the divisors.

    Parameters
    ----------
    bert : Bert
        For the number of layers.
    largest : dict
        For each of `probe_names` the largest absolute value of each channel over the calibration
        sentences, shape (hidden,).

    Notes
    -----
    Powers of two divide exactly, and rounding up to them keeps the built file the same where
    another processor's float32 differs in the last bits.
    """
    return tuple(
        LayerRanges(
            entry=_power_above(largest[f"{layer}.entry"] * STANDARD_MARGIN / STANDARD_RANGE, 1.0),
            context=_power_above(
                largest[f"{layer}.context"] * CONTEXT_MARGIN / CONTEXT_RANGE, 2.0**-10
            ),
            middle=_power_above(largest[f"{layer}.middle"] * STANDARD_MARGIN / STANDARD_RANGE, 1.0),
        )
        for layer in range(bert.layers)
    )


def _power_above(values: Array, least: float) -> Array:
    powers: Array = np.exp2(np.ceil(np.log2(np.maximum(values, least)))).astype(np.float32)
    return powers


@dataclass(frozen=True, slots=True)
class _Operand:
    """A quantised matrix: its name, its scale's name, its zero point's name, its rows' scales."""

    values: str
    scale: str
    zero: str
    rows: str | None
    stretch: Array | None


@dataclass(frozen=True, slots=True)
class Int8:
    """Arithmetic in eight bits (an `Arithmetic`).

    Attributes
    ----------
    ranges : tuple of LayerRanges
        One a layer.
    """

    ranges: tuple[LayerRanges, ...]

    def word_table(self, graph: GraphWriter, table: Array) -> str:
        """Append the look-up of IDS in `table`, which is kept in float16; give its result."""
        half = graph.constant("words.table", table.astype(np.float16))
        graph.node("Gather", [half, IDS], "words.half")
        return graph.node("Cast", ["words.half"], "words", attributes={"to": 1})

    def shrink(self, layer: int) -> Array:
        """Give what the attention's values are divided by."""
        return self.ranges[layer].context

    def linear(
        self, graph: GraphWriter, name: str, inputs: str, maps: dict[str, tuple[Array, Array]]
    ) -> list[str]:
        """Append linear maps (weight of shape (in, out), bias) that all read `inputs`."""
        operand = self._operand(graph, inputs)
        return [
            _product(graph, f"{name}.{part}", operand, weight, bias)
            for part, (weight, bias) in maps.items()
        ]

    def _operand(self, graph: GraphWriter, inputs: str) -> _Operand:
        layer, place = inputs.split(".")
        if place == "activated":
            return _by_row(graph, inputs)
        if place == "context":
            return _fixed(graph, inputs, inputs, CONTEXT_RANGE, stretch=None)
        stretch = getattr(self.ranges[int(layer)], place)
        divided = graph.node(
            "Mul", [inputs, graph.floats(f"{inputs}.divisor", 1 / stretch)], f"{inputs}.divided"
        )
        return _fixed(graph, inputs, divided, STANDARD_RANGE, stretch=stretch)


def _fixed(
    graph: GraphWriter, name: str, inputs: str, reach: float, *, stretch: Array | None
) -> _Operand:
    """Round to 127 steps either side of zero, the outermost at `reach`."""
    scale = graph.floats(f"scale.{reach}", reach / 127)
    zero = graph.constant("zero.middle", np.array(MIDDLE, dtype=np.uint8))
    values = graph.node("QuantizeLinear", [inputs, scale, zero], f"{name}.rounded")
    return _Operand(values=values, scale=scale, zero=zero, rows=None, stretch=stretch)


def _by_row(graph: GraphWriter, inputs: str) -> _Operand:
    """Divide every row by its largest value, then round: for GELU, which hardly goes below 0."""
    graph.node(
        "ReduceMax", [inputs, graph.integers(1)], f"{inputs}.top", attributes={"keepdims": 1}
    )
    floor = graph.floats("gelu.floor", GELU_FLOOR)
    rows = graph.node("Max", [f"{inputs}.top", floor], f"{inputs}.reach")
    graph.node("Div", [inputs, rows], f"{inputs}.divided")
    scale = graph.floats("scale.gelu", 1 / (255 - GELU_ZERO))
    zero = graph.constant("zero.gelu", np.array(GELU_ZERO, dtype=np.uint8))
    values = graph.node("QuantizeLinear", [f"{inputs}.divided", scale, zero], f"{inputs}.rounded")
    return _Operand(values=values, scale=scale, zero=zero, rows=rows, stretch=None)


def _product(graph: GraphWriter, name: str, operand: _Operand, weight: Array, bias: Array) -> str:
    if operand.stretch is not None:
        weight = weight * operand.stretch[:, None]
    steps = np.maximum(np.abs(weight).max(axis=0), np.float32(1e-30)) / np.float32(127)
    rounded = np.rint(weight / steps).astype(np.int8)
    inputs = [
        operand.values,
        graph.constant(f"{name}.weight", rounded),
        operand.scale,
        graph.floats(f"{name}.steps", steps),
        operand.zero,
        "",
    ]
    bias_name = graph.floats(f"{name}.bias", bias)
    if operand.rows is None:
        return graph.node("MatMulIntegerToFloat", [*inputs, bias_name], name, domain=CONTRIB)
    graph.node("MatMulIntegerToFloat", inputs, f"{name}.unscaled", domain=CONTRIB)
    graph.node("Mul", [f"{name}.unscaled", operand.rows], f"{name}.unbiased")
    return graph.node("Add", [f"{name}.unbiased", bias_name], name)
