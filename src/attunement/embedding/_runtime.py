"""ONNX Runtime, told to be silent before it is loaded.

Its official builds report to their maker by default: as soon as they are imported they make an
identifier of the machine and begin to collect events. The API that switches this off comes too late
for the first of them, so the environment says it beforehand. Import `ort` from here alone.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime as ort

__all__ = ["ort"]
