"""An encoder that runs an ONNX graph on the processor."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from attunement.embedding._encoder import OnDone, Vectors
from attunement.embedding._layouts import TOKENIZER_FILE, Pooling
from attunement.embedding._runtime import ort
from attunement.embedding._texts import Distinct, longest_first, unit
from attunement.embedding._windows import Ids, WindowCutter
from attunement.errors import ModelError

BATCH_TOKENS = 512
"""Tokens a batch: enough to amortise a run's overhead, little enough for a core's own cache."""

SLAB = 8192
"""Texts tokenised and held at once."""

_NUMBERS = {"tensor(int32)": np.int32, "tensor(int64)": np.int64}
VECTOR_OUTPUTS = ("embedding", "sentence_embedding", "sentence_embeddings")
TOKEN_OUTPUTS = ("last_hidden_state", "token_embeddings")


def open_session(model: Path | bytes) -> ort.InferenceSession:
    """Load a graph to run on one core a call; calls may come from several threads at once.

    Raises
    ------
    ModelError
        ONNX Runtime cannot load it.
    """
    # Builds whose telemetry does not heed the environment are told here; see `_runtime`.
    ort.disable_telemetry_events()
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Every batch has another shape: remembering a memory plan for each would only cost memory.
    options.enable_mem_pattern = False
    try:
        return ort.InferenceSession(
            str(model) if isinstance(model, Path) else model,
            sess_options=options,
            providers=["CPUExecutionProvider"],
        )
    except Exception as error:  # ONNX Runtime's exceptions share no base class of their own.
        raise ModelError(
            "ONNX Runtime cannot load the model",
            mend="Get the file again, or export the model with an operator set that this ONNX "
            f"Runtime ({ort.__version__}) knows",
            path=model if isinstance(model, Path) else None,
        ) from error


@dataclass(frozen=True, slots=True)
class Network:
    """A loaded graph, whatever its inputs and outputs are called.

    Attributes
    ----------
    session : onnxruntime.InferenceSession
        The graph.
    output : str
        The output that is read.
    pooling : {'mean', 'cls'} or None
        How token vectors become one vector; None if the graph pools by itself.
    """

    session: ort.InferenceSession
    output: str
    pooling: Pooling | None

    @classmethod
    def of(cls, session: ort.InferenceSession, *, pooling: Pooling, path: Path | None) -> Network:
        """Find out what the graph takes and gives.

        Raises
        ------
        ModelError
            It takes or gives something else than a text encoder does.
        """
        known = ("input_ids", "attention_mask", "token_type_ids")
        for given in session.get_inputs():
            if given.name not in known or given.type not in _NUMBERS:
                raise ModelError(
                    f"the graph takes {given.name} as {given.type}; only {', '.join(known)} as "
                    "int32 or int64 can be given",
                    mend="Export the model as a text encoder (feature extraction)",
                    path=path,
                )
        outputs = {output.name: len(output.shape) for output in session.get_outputs()}
        for name in VECTOR_OUTPUTS:
            if outputs.get(name) == 2:
                return cls(session=session, output=name, pooling=None)
        for name in TOKEN_OUTPUTS:
            if outputs.get(name) == 3:
                return cls(session=session, output=name, pooling=pooling)
        raise ModelError(
            f"the graph gives {', '.join(outputs)}; one of "
            f"{', '.join((*VECTOR_OUTPUTS, *TOKEN_OUTPUTS))} was expected",
            mend="Export the model as a text encoder (feature extraction)",
            path=path,
        )

    def run(self, ids: Ids) -> Vectors:
        """Embed texts of equally many tokens, special ones included; rows of unit norm."""
        values = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        feed = {
            given.name: values[given.name].astype(_NUMBERS[given.type], copy=False)
            for given in self.session.get_inputs()
        }
        (found,) = self.session.run([self.output], feed)
        if self.pooling is not None:
            found = found.mean(axis=1) if self.pooling == "mean" else found[:, 0]
        return unit(found.astype(np.float32, copy=False))


class OnnxEncoder:
    """Embeds texts with a graph and a tokenizer (an `Encoder`).

    Parameters
    ----------
    name : str
        What people call the model.
    fingerprint : str
        Changes whenever the vectors could.
    network : Network
        The loaded graph.
    cutter : WindowCutter
        The tokenizer and the window.
    """

    def __init__(
        self, *, name: str, fingerprint: str, network: Network, cutter: WindowCutter
    ) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.network = network
        self.cutter = cutter

    @cached_property
    def dimension(self) -> int:
        """Length of a vector, found by embedding one token."""
        token: Ids = np.array([[*self.cutter.before, 0, *self.cutter.after]], dtype=np.int32)
        return int(self.network.run(token).shape[1])

    def encode(self, texts: Sequence[str], *, progress: OnDone | None = None) -> Vectors:
        """Embed texts; see `Encoder.encode`."""
        distinct = Distinct.of(texts)
        if progress is not None and distinct.blanks:
            progress(distinct.blanks)
        vectors = np.empty((len(distinct.texts), self.dimension), dtype=np.float32)
        order = longest_first(distinct.texts)
        for start in range(0, len(order), SLAB):
            rows = order[start : start + SLAB]
            slab = [distinct.texts[row] for row in rows]
            counts = distinct.counts[rows]
            vectors[rows] = self._encode_slab(slab, counts=counts, progress=progress)
        return distinct.spread(vectors)

    def _encode_slab(
        self, texts: list[str], *, counts: NDArray[np.int64], progress: OnDone | None
    ) -> Vectors:
        windows = self.cutter.cut(texts)
        vectors = np.empty((len(windows.ids), self.dimension), dtype=np.float32)
        batches = list(self.cutter.batches(windows, tokens=BATCH_TOKENS))
        # A text is done with its last window, near enough: its windows are run side by side.
        last = np.diff(windows.owner, append=windows.texts) > 0
        if progress is not None:
            progress(int(np.delete(counts, windows.owner).sum()))
        for (rows, _), found in zip(batches, self._run_all(batches), strict=True):
            vectors[rows] = found
            if progress is not None:
                progress(int(counts[windows.owner[rows[last[rows]]]].sum()))
        return windows.pooled(vectors)

    def _run_all(self, batches: list[tuple[NDArray[np.int64], Ids]]) -> Iterator[Vectors]:
        """Run batches side by side, one a core; stop early if the caller does."""
        if len(batches) <= 1:
            yield from (self.network.run(ids) for _, ids in batches)
            return
        workers = ThreadPoolExecutor(max_workers=min(_cores(), len(batches)))
        try:
            yield from workers.map(self.network.run, [ids for _, ids in batches])
        finally:
            workers.shutdown(cancel_futures=True)


def load_tokenizer(folder: Path) -> Tokenizer:
    """Read a folder's tokenizer.

    Raises
    ------
    ModelError
        It is damaged.
    """
    path = folder / TOKENIZER_FILE
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # The library raises bare Exception.
        raise ModelError(
            "the tokenizer cannot be read",
            mend="Get the file again from where the model came from",
            path=path,
        ) from error


def _cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
