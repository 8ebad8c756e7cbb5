"""Parses the LSTM component of a Tesseract model file: its layers and their weights.

The format is that of `Network::Serialize` and `WeightMatrix::Serialize` in Tesseract 5, little-endian.
Integer weights are int8 with a scale per row.
"""

import struct
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

INT8, ADAM, DOUBLE = 1, 4, 128  # flags of a weight matrix's mode byte
_PER_LAYER_RATES = 64  # NF_LAYER_SPECIFIC_LR among a network's flags
# Kinds of layers, by what follows their head in the file; the names are Tesseract's. `Plumbing` is its word
# for layers that only contain and connect other layers.
PLUMBING = {"Series", "Parallel", "Replicated", "ParBidiLSTM", "DepParUDLSTM", "Par2dLSTM"}
PLUMBING |= {"RTLReversed", "TTBReversed", "XYTranspose"}
_INTEGERS = {"Input": 5, "Convolve": 2, "Maxpool": 2, "Reconfig": 2}  # the number of integers
_LSTM = {"LSTM", "SummLSTM"}
_DENSE = {"Logistic", "LinLogistic", "LinTanh", "Tanh", "Relu", "Linear", "Softmax", "SoftmaxNoCTC"}


class FormatError(ValueError):
    """The bytes are not a network in a format that this module can parse."""


@dataclass
class Matrix:
    """Weights of one gate or layer: one row per output, the last column is the bias.

    `weights` are already multiplied by the scales of an integer matrix. `adam`, `integer`: flags of the file.
    """

    weights: NDArray[np.float64]
    adam: bool
    integer: bool


@dataclass
class Layer:
    """A layer; `children` are the layers in it if its kind is in `PLUMBING`."""

    kind: str
    name: str
    head: bytes  # the unchanged bytes between kind and name, which training/network.py writes again
    inputs: int
    outputs: int
    weights: int
    integers: tuple[int, ...] = ()
    matrices: list[Matrix] = field(default_factory=list)
    children: list["Layer"] = field(default_factory=list)
    rates: bytes = b""  # the unchanged learning rates of the children


@dataclass
class Model:
    """The LSTM component: the network, and after it the values of Tesseract's `LSTMRecognizer`."""

    network: Layer
    spec: str
    training_flags: int
    tail: bytes


class _Cursor:
    """Reads values one after the other. Raises FormatError where the data ends too early."""

    def __init__(self, data: bytes) -> None:
        self._data, self._place = data, 0

    def take(self, length: int) -> bytes:
        if length < 0 or self._place + length > len(self._data):
            raise FormatError(f"{length} bytes wanted at {self._place} of {len(self._data)}")
        self._place += length
        return self._data[self._place - length : self._place]

    def integer(self) -> int:
        value: int = struct.unpack("<i", self.take(4))[0]
        return value

    def string(self) -> str:
        return self.take(self.integer()).decode("utf-8")

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._place)


def read_model(data: bytes) -> Model:
    """Parse an LSTM component (the file `.lstm` of `combine_tessdata -u`). Raises FormatError."""
    cursor = _Cursor(data)
    return Model(_layer(cursor), cursor.string(), cursor.integer(), cursor.rest())


def _layer(cursor: _Cursor) -> Layer:
    if cursor.take(1) != b"\0":  # a type number of old versions; 0 says that the type is spelt out
        raise FormatError("a network of Tesseract 4.00 alpha")
    kind = cursor.string()
    head = cursor.take(18)  # training, backpropagation, flags, inputs, outputs, number of weights
    flags, inputs, outputs, weights = struct.unpack("<xxiiii", head)
    layer = Layer(kind, cursor.string(), head, inputs, outputs, weights)
    if kind in PLUMBING:
        layer.children = [_layer(cursor) for _ in range(cursor.integer())]
        if flags & _PER_LAYER_RATES:
            count = cursor.take(4)
            layer.rates = count + cursor.take(4 * struct.unpack("<I", count)[0])
    elif kind in _INTEGERS:
        layer.integers = tuple(cursor.integer() for _ in range(_INTEGERS[kind]))
    elif kind in _LSTM:
        width = cursor.integer()
        layer.integers = (width,)
        # A two-dimensional LSTM has a second forget gate; its input contains the state of both directions.
        gates = 5 if width == inputs + 2 * outputs else 4
        layer.matrices = [_matrix(cursor) for _ in range(gates)]
    elif kind in _DENSE:
        layer.matrices = [_matrix(cursor)]
    else:
        raise FormatError(f"unknown layer {kind!r}")
    return layer


def _matrix(cursor: _Cursor) -> Matrix:
    (mode,) = cursor.take(1)
    if not mode & DOUBLE:
        raise FormatError("weights in single precision, of Tesseract 4.00 alpha")
    rows, columns = cursor.integer(), cursor.integer()
    if not mode & INT8:
        cursor.take(8)  # the value of empty cells
        values = np.frombuffer(cursor.take(8 * rows * columns), "<f8").reshape(rows, columns)
        return Matrix(values, bool(mode & ADAM), integer=False)
    cursor.take(1)
    values = np.frombuffer(cursor.take(rows * columns), np.int8).reshape(rows, columns).astype(np.float64)
    # There may be more scales than rows: some builds pad them to the width of a register.
    scales = np.frombuffer(cursor.take(8 * cursor.integer()), "<f8")[:rows]
    return Matrix(values * scales[:, None], bool(mode & ADAM), integer=True)
