"""Writing an ONNX graph node by node."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnx

Array: TypeAlias = NDArray[np.float32]


@dataclass(slots=True)
class GraphWriter:
    """Collects nodes and constants."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """Keep `value` under `name`; the same name is kept once."""
        from onnx import numpy_helper

        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.asarray(value, order="C"), name)
        return name

    def floats(self, name: str, value: Array | float) -> str:
        """Keep float32 numbers."""
        return self.constant(name, np.asarray(value, dtype=np.float32))

    def integers(self, *values: int) -> str:
        """Keep a short list of int64 (an axis, a shape) under a name that says what it holds."""
        return self.constant(
            "int64." + ".".join(map(str, values)), np.array(values, dtype=np.int64)
        )

    def node(
        self,
        operator: str,
        inputs: list[str],
        output: str,
        *,
        domain: str = "",
        attributes: dict[str, Any] | None = None,
    ) -> str:
        """Append one node with one output, named as its output."""
        from onnx import helper

        node = helper.make_node(
            operator,
            inputs,
            [output],
            name=output,
            domain=domain,
            **(attributes or {}),
        )
        self.nodes.append(node)
        return output
