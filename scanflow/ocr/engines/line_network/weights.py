"""The weights of a model's network, arranged for the forward pass, and the letters of its outputs."""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scanflow.errors import SettingsError
from scanflow.ocr.engines.line_network.component import FormatError, Layer, Matrix, Model, read_model
from scanflow.ocr.engines.line_network.dictionary import Dictionary, WordGraph
from scanflow.ocr.engines.traineddata import Component, characters, components

Floats = NDArray[np.float32]

HEIGHT = 36  # pixels: the height of a line's picture
POOL = 3  # width and height of the max-pooling; a step of the LSTMs is so many pixels
_AROUND = 1  # pixels on each side that are inputs of the convolution
# The only network that is supported, that of tessdata_fast: [1,36,0,1Ct3,3,16Mp3,3Lfys48Lfx96Lrx96Lfx192O1c1]
_SHAPE = ("Input", "Series", "Maxpool", "XYTranspose", "LSTM", "RTLReversed", "LSTM", "Softmax")
_SPACE = " "


class UnsupportedNetworkError(ValueError):
    """The model's network, alphabet or dictionary is not of the kind that this package supports."""


@dataclass(frozen=True, slots=True)
class LstmWeights:
    """Weights of an LSTM layer with n cells: `inputs` (i, 4n), `recurrent` (n, 4n), `bias` (4n).

    The gates are in the order input, forget, output, candidate. `_lstm` says by what they are multiplied.
    """

    inputs: Floats
    recurrent: Floats
    bias: Floats

    @property
    def cells(self) -> int:
        return int(self.recurrent.shape[0])


@dataclass(frozen=True, slots=True)
class Network:
    """The network of a line recognizer: convolution and max-pooling, an LSTM over each column (its output at
    the last row counts), three LSTMs along the line, and a softmax layer.

    `convolution` (f, 9) with columns x * 3 + y, `convolution_bias` (f); `outputs` (n, labels), `output_bias`
    (labels). `letters`: the text of each label; `unichars`: the letter's number in the dictionary, for each
    label; `null`: the label for no letter (the blank of CTC); `space`: that of a space.
    """

    convolution: Floats
    convolution_bias: Floats
    up: LstmWeights
    forwards: LstmWeights
    backwards: LstmWeights
    last: LstmWeights
    outputs: Floats
    output_bias: Floats
    letters: tuple[str, ...]
    unichars: tuple[int, ...]
    null: int
    space: int
    dictionary: Dictionary


def open_network(path: Path) -> Network:
    """The network of a model file. Raises UnsupportedNetworkError."""
    try:
        parts = components(path.read_bytes(), path)
        model = read_model(parts[Component.LSTM])
        letters = (_SPACE, *characters(parts[Component.UNICHARSET])[1:])
        labels = _labels(parts[Component.RECODER], len(letters))
        dictionary = Dictionary(
            WordGraph.parse(parts[Component.WORDS]),
            WordGraph.parse(parts[Component.PUNCTUATION]),
            WordGraph.parse(parts[Component.NUMBERS]),
            frozenset(number for number, letter in enumerate(letters) if letter.isdigit()),
        )
        return _arranged(model, letters, labels, dictionary)
    except (IndexError, KeyError, ValueError, struct.error, FormatError, SettingsError) as error:
        raise UnsupportedNetworkError(f"{path.name}: {error}") from error


def _labels(data: bytes, letters: int) -> list[int]:
    """The label of each letter; several may share one. Raises ValueError if a letter has several labels."""
    (count,) = struct.unpack_from("<I", data)
    if count != letters:
        raise ValueError(f"codes for {count} of {letters} letters")
    labels, place = [], 4
    for _ in range(count):
        _, length = struct.unpack_from("<bI", data, place)
        if length != 1:
            raise ValueError("a letter is written as several labels")
        labels.append(struct.unpack_from("<i", data, place + 5)[0])
        place += 9
    return labels


def _arranged(model: Model, letters: tuple[str, ...], labels: list[int], dictionary: Dictionary) -> Network:
    layers = model.network.children
    if tuple(layer.kind for layer in layers) != _SHAPE:
        raise ValueError(f"a network {model.spec}")
    source, window, pool, up, forwards, backwards, last, outputs = layers
    if (
        source.integers[1] != HEIGHT
        or tuple(layer.kind for layer in window.children) != ("Convolve", "Tanh")
        or window.children[0].integers != (_AROUND, _AROUND)
        or pool.integers != (POOL, POOL)
        or [layer.kind for layer in up.children] != ["SummLSTM"]
        or [layer.kind for layer in backwards.children] != ["LSTM"]
    ):
        raise ValueError(f"a network {model.spec}")
    convolution = _dense(window.children[1].matrices[0])
    dense = _dense(outputs.matrices[0])
    _, _, null = struct.unpack_from("<iii", model.tail)  # after two counts of iterations
    if not 0 <= null < dense.shape[0] or not all(0 <= label < dense.shape[0] for label in labels):
        raise ValueError("labels that the network has not")
    texts, unichars = [""] * dense.shape[0], [0] * dense.shape[0]
    for number, (letter, label) in enumerate(zip(letters, labels, strict=True)):
        texts[label], unichars[label] = letter, number
    texts[null] = ""
    return Network(
        convolution[:, :-1].copy(),
        convolution[:, -1].copy(),
        _lstm(up.children[0], doubled_inputs=False),
        _lstm(forwards),
        _lstm(backwards.children[0]),
        _lstm(last),
        np.ascontiguousarray(dense[:, :-1].T) / np.float32(2),
        dense[:, -1].copy(),
        tuple(texts),
        tuple(unichars),
        null,
        labels[0],
        dictionary,
    )


def _dense(matrix: Matrix) -> Floats:
    return matrix.weights.astype(np.float32)


def _lstm(layer: Layer, *, doubled_inputs: bool = True) -> LstmWeights:
    """The weights arranged so that all gates can use tanh: sigmoid(x) = (1 + tanh(x / 2)) / 2.

    So the sigmoid gates' weights are halved. A layer gives twice its output, which saves one operation on all
    values; so the next layer's weights are halved again, unless its inputs are no LSTM's (`doubled_inputs`).
    """
    if len(layer.matrices) != 4 or layer.integers != (layer.inputs + layer.outputs,):
        raise ValueError("an LSTM of two dimensions")
    candidate, put_in, forget, put_out = (_dense(matrix) for matrix in layer.matrices)
    whole = np.concatenate([put_in / 2, forget / 2, put_out / 2, candidate])
    inputs = whole[:, : layer.inputs] / (2 if doubled_inputs else 1)
    recurrent = whole[:, layer.inputs : -1] / 2
    return LstmWeights(np.ascontiguousarray(inputs.T), np.ascontiguousarray(recurrent.T), whole[:, -1].copy())
