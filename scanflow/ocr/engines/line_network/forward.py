"""Computes the network's outputs for many lines at once.

An LSTM needs its previous step's result, so that in NumPy a single line takes many small operations. Here all
lines of a page are computed together: values are packed by step, and in each step follow those of all lines
that are long enough to have it.

Each LSTM layer gives twice its output, and its weights are arranged so that all gates are tanh (see
`weights`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scanflow.ocr.engines.line_network.image import MARGIN
from scanflow.ocr.engines.line_network.weights import HEIGHT, POOL, Floats, LstmWeights, Network

_MOST_STEPS = 12_000  # of a batch; limits memory, which is 8 KB per step
_COLUMNS = (
    256  # steps whose columns go through the first LSTM together, so that they fit into the CPU's cache
)
_ROWS = 512  # rows of inputs that are multiplied at once, for the same reason
_WINDOW = 5  # width and height of the input of a pooled pixel: the pool and one pixel around it


@dataclass(frozen=True, slots=True)
class _Packing:
    """The order of values that are packed by step; the longest line comes first.

    `counts`: for each step, how many lines have it. `places`: for the steps of the first line, then of the
    second and so on, their rows in the packed array; `backwards`: the same with each line reversed.
    """

    counts: list[int]
    places: NDArray[np.intp]
    backwards: NDArray[np.intp]

    @staticmethod
    def of(lengths: NDArray[np.intp]) -> "_Packing":
        counts = (lengths[None, :] > np.arange(lengths[0])[:, None]).sum(1)
        firsts = np.concatenate([[0], np.cumsum(counts)])[:-1]
        line = np.repeat(np.arange(len(lengths)), lengths)
        step = np.arange(len(line)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return _Packing(
            counts.tolist(), firsts[step] + line, firsts[np.repeat(lengths, lengths) - 1 - step] + line
        )


def outputs_of(network: Network, pictures: Sequence[Floats]) -> list[Floats]:
    """The probabilities (steps, labels) for each picture of `image.network_input`.

    A step is three pixels wide (`POOL`). A picture that is narrower has no steps.
    """
    result: list[Floats] = [np.empty((0, len(network.letters)), np.float32)] * len(pictures)
    for batch in _batches(pictures):
        found = _forward(network, [pictures[index] for index in batch])
        for index, outputs in zip(batch, found, strict=True):
            result[index] = outputs
    return result


def _steps(picture: Floats) -> int:
    return int(picture.shape[1] - 2 * MARGIN) // POOL


def _batches(pictures: Sequence[Floats]) -> Iterator[list[int]]:
    """The indices of the pictures, longest first, in batches of at most `_MOST_STEPS` (or one picture)."""
    batch: list[int] = []
    steps = 0
    for index in sorted(range(len(pictures)), key=lambda index: -_steps(pictures[index])):
        length = _steps(pictures[index])
        if not length:
            break
        if batch and steps + length > _MOST_STEPS:
            yield batch
            batch, steps = [], 0
        batch.append(index)
        steps += length
    if batch:
        yield batch


def _forward(network: Network, pictures: Sequence[Floats]) -> list[Floats]:
    kernel = _pooled_kernel(network)
    columns = [_convolve(network, kernel, picture) for picture in pictures]
    lengths = np.array([column.shape[1] for column in columns], np.intp)
    values = _up(network.up, np.concatenate(columns, 1))
    packing = _Packing.of(lengths)
    packed = np.empty_like(values)
    packed[packing.places] = values
    ahead = _along(network.forwards, packed, packing.counts)
    turned = np.empty_like(ahead)
    turned[packing.backwards] = ahead[packing.places]
    back = _along(network.backwards, turned, packing.counts)
    ahead[packing.places] = back[packing.backwards]
    last = _along(network.last, ahead, packing.counts)
    outputs = last[packing.places] @ network.outputs
    outputs += network.output_bias
    outputs -= outputs.max(1, keepdims=True)
    np.exp(outputs, out=outputs)
    outputs /= outputs.sum(1, keepdims=True)
    return np.split(outputs, np.cumsum(lengths)[:-1])


def _pooled_kernel(network: Network) -> Floats:
    """The convolution at each of the pool's nine places, as one matrix over the window of a pooled pixel."""
    filters = network.convolution.shape[0]
    kernel = np.zeros((POOL, POOL, filters, _WINDOW, _WINDOW), np.float32)
    weights = network.convolution.reshape(filters, 3, 3).transpose(0, 2, 1)  # (f, y, x)
    for y in range(POOL):
        for x in range(POOL):
            kernel[y, x, :, y : y + 3, x : x + 3] = weights
    return kernel.reshape(POOL * POOL * filters, _WINDOW * _WINDOW)


def _convolve(network: Network, kernel: Floats, picture: Floats) -> Floats:
    """The pooled picture (rows, steps, filters)."""
    steps, rows = _steps(picture), HEIGHT // POOL
    seen = np.empty((_WINDOW, _WINDOW, rows, steps), np.float32)
    for y in range(_WINDOW):
        for x in range(_WINDOW):
            seen[y, x] = picture[y : y + HEIGHT - 2 : POOL, x : x + POOL * steps - 2 : POOL]
    found = kernel @ seen.reshape(_WINDOW * _WINDOW, rows * steps)
    pooled = found.reshape(POOL * POOL, -1, rows * steps).max(0)
    pooled += network.convolution_bias[:, None]
    np.tanh(pooled, out=pooled)  # monotonic, so it may follow the maximum: a ninth of the computations
    return np.asarray(pooled.reshape(-1, rows, steps).transpose(1, 2, 0))


def _up(weights: LstmWeights, rows: Floats) -> Floats:
    """The outputs (steps, n) at the last row of the LSTM that goes over the rows (rows, steps, filters)."""
    height, steps, _ = rows.shape
    result = np.empty((steps, weights.cells), np.float32)
    for first in range(0, steps, _COLUMNS):
        part = np.ascontiguousarray(rows[:, first : first + _COLUMNS])
        count = part.shape[1]
        gates = part.reshape(height * count, -1) @ weights.inputs
        gates += weights.bias
        output, cell = (np.zeros((count, weights.cells), np.float32) for _ in range(2))
        for row in range(height):
            _step(weights, gates[row * count : (row + 1) * count], output, cell)
        result[first : first + count] = output
    return result


def _along(weights: LstmWeights, values: Floats, counts: Sequence[int]) -> Floats:
    """The LSTM's outputs (rows, n) for inputs (rows, i), both packed by steps."""
    result = np.empty((values.shape[0], weights.cells), np.float32)
    output, cell = (np.zeros((counts[0], weights.cells), np.float32) for _ in range(2))
    row = step = 0
    while step < len(counts):
        first = row
        of_these: list[int] = []
        while step < len(counts) and (not of_these or row + counts[step] - first <= _ROWS):
            of_these.append(counts[step])
            row += counts[step]
            step += 1
        gates = values[first:row] @ weights.inputs
        gates += weights.bias
        place = 0
        for count in of_these:
            _step(weights, gates[place : place + count], output[:count], cell[:count])
            result[first + place : first + place + count] = output[:count]
            place += count
    return result


def _step(weights: LstmWeights, gates: Floats, output: Floats, cell: Floats) -> None:
    """One step of an LSTM: changes `output` (twice the layer's output) and `cell` in place.

    `gates` holds the products of the inputs; it is overwritten.
    """
    cells = weights.cells
    gates += output @ weights.recurrent
    np.tanh(gates, out=gates)
    gates[:, : 3 * cells] += 1  # twice the sigmoid
    new = gates[:, 3 * cells :]
    new *= gates[:, :cells]
    cell *= gates[:, cells : 2 * cells]
    cell += new
    cell *= 0.5
    np.tanh(cell, out=output)
    output *= gates[:, 2 * cells : 3 * cells]
