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
# So many at once, so that the values fit into the CPU's cache:
_COLUMNS = 256  # steps whose columns go through the first LSTM together
_ROWS = 512  # rows of inputs that are multiplied together
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
    lengths = np.array([column.shape[2] for column in columns], np.intp)
    values = _up(network.up, np.concatenate(columns, 2))
    packing = _Packing.of(lengths)
    packed = np.ones((values.shape[0], values.shape[1] + 1), np.float32)
    packed[packing.places, :-1] = values
    ahead = _along(network.forwards, packed, packing.counts)
    turned = np.empty_like(ahead)
    turned[packing.backwards] = ahead[packing.places]
    back = _along(network.backwards, turned, packing.counts)
    ahead[packing.places] = back[packing.backwards]
    last = _along(network.last, ahead, packing.counts)
    outputs = last[packing.places] @ np.vstack([network.outputs, network.output_bias])
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
    """The pooled picture (filters, rows, steps)."""
    steps, rows = _steps(picture), HEIGHT // POOL
    seen = np.empty((_WINDOW, _WINDOW, rows, steps), np.float32)
    for y in range(_WINDOW):
        for x in range(_WINDOW):
            seen[y, x] = picture[y : y + HEIGHT - 2 : POOL, x : x + POOL * steps - 2 : POOL]
    found = kernel @ seen.reshape(_WINDOW * _WINDOW, rows * steps)
    pooled = found.reshape(POOL * POOL, -1, rows * steps).max(0)
    pooled += network.convolution_bias[:, None]
    np.tanh(pooled, out=pooled)  # monotonic, so it may follow the maximum: a ninth of the computations
    return np.asarray(pooled.reshape(-1, rows, steps))


def _up(weights: LstmWeights, columns: Floats) -> Floats:
    """The outputs (steps, n) at the last row of the LSTM that goes over the rows (filters, rows, steps).

    Inputs, outputs and a row of ones for the bias are one array, so that a row takes one matrix product.
    """
    filters, height, steps = columns.shape
    whole = np.ascontiguousarray(np.vstack([weights.inputs, weights.recurrent, weights.bias]).T)
    result = np.empty((steps, weights.cells), np.float32)
    for first in range(0, steps, _COLUMNS):
        part = columns[:, :, first : first + _COLUMNS]
        values = np.zeros((whole.shape[1], part.shape[2]), np.float32)
        values[-1] = 1
        output, cell = values[filters:-1], np.zeros((weights.cells, part.shape[2]), np.float32)
        gates = np.empty((whole.shape[0], part.shape[2]), np.float32)
        for row in range(height):
            values[:filters] = part[:, row]
            np.matmul(whole, values, out=gates)
            _step(gates, gates[: 3 * weights.cells], np.split(gates, 4), output, cell)
        result[first : first + part.shape[2]] = output.T
    return result


def _along(weights: LstmWeights, values: Floats, counts: Sequence[int]) -> Floats:
    """The LSTM's outputs (rows, n), and a column of ones, for inputs (rows, i + 1) with such a column, both
    packed by steps.
    """
    cells = weights.cells
    whole = np.vstack([weights.inputs, weights.bias])
    result = np.empty((values.shape[0], cells + 1), np.float32)
    result[:, cells] = 1
    output, cell = (np.zeros((counts[0], cells), np.float32) for _ in range(2))
    again = np.empty((counts[0], 4 * cells), np.float32)
    row = step = 0
    while step < len(counts):
        first = row
        of_these: list[int] = []
        while step < len(counts) and (not of_these or row + counts[step] - first <= _ROWS):
            of_these.append(counts[step])
            row += counts[step]
            step += 1
        chunk = values[first:row] @ whole
        place = 0
        for count in of_these:
            gates = chunk[place : place + count]
            gates += np.matmul(output[:count], weights.recurrent, out=again[:count])
            parts = [gates[:, gate * cells : (gate + 1) * cells] for gate in range(4)]
            _step(gates, gates[:, : 3 * cells], parts, output[:count], cell[:count])
            result[first + place : first + place + count, :cells] = output[:count]
            place += count
    return result


def _step(gates: Floats, sigmoids: Floats, parts: Sequence[Floats], output: Floats, cell: Floats) -> None:
    """One step of an LSTM: changes `output` (twice the layer's output) and `cell` in place.

    `gates` holds the sums of the products; it is overwritten. `sigmoids` is its first three gates, `parts`
    are all four.
    """
    put_in, forget, put_out, new = parts
    np.tanh(gates, out=gates)
    sigmoids += 1  # twice the sigmoid
    new *= put_in
    cell *= forget
    cell += new
    cell *= 0.5
    np.tanh(cell, out=output)
    output *= put_out
