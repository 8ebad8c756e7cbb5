"""Writes the LSTM component of a Tesseract model with float weights.

`lstmtraining` refuses the integer models that Debian ships ("fast") and npm carries ("best_int"). Their
weights are int8 with a scale per row, so the float weight is simply the product; training goes on from there.
Layers, their names and learning rates are kept byte by byte.
"""

import struct

from scanflow.ocr.engines.line_network.component import ADAM, DOUBLE, PLUMBING, Layer, Model

_TF_INT_MODE = 1  # among the recognizer's training flags


def write_float_model(model: Model) -> bytes:
    """The component again with float weights, as `lstmtraining --continue_from` takes it."""
    flags = model.training_flags & ~_TF_INT_MODE
    return b"".join((_write_layer(model.network), _string(model.spec), struct.pack("<i", flags), model.tail))


def _write_layer(layer: Layer) -> bytes:
    parts = [b"\0", _string(layer.kind), layer.head, _string(layer.name)]
    if layer.kind in PLUMBING:
        parts.append(struct.pack("<I", len(layer.children)))
        parts += [_write_layer(child) for child in layer.children]
        parts.append(layer.rates)
    parts += [struct.pack("<i", value) for value in layer.integers]
    for matrix in layer.matrices:
        rows, columns = matrix.weights.shape
        mode = DOUBLE | (ADAM if matrix.adam else 0)
        parts.append(struct.pack("<Biid", mode, rows, columns, 0.0))
        parts.append(matrix.weights.astype("<f8").tobytes())
    return b"".join(parts)


def _string(text: str) -> bytes:
    data = text.encode("utf-8")
    return struct.pack("<i", len(data)) + data
