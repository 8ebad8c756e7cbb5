"""Moves boxes from the sheet that was read to the upright page as it is shown.

Both are the same for most pages. They differ where the file states another size than that of its print, and
in photographs: the sheet is read without perspective, but the whole photograph is shown.
"""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.geometry.upright import upright_matrix, upright_size
from scanflow.model import Box, CapturedPage, Geometry, Seal, Word
from scanflow.recognition.state import RecognitionState


def page_matrix(
    page: CapturedPage, state: RecognitionState, geometry: Geometry, size: tuple[float, float]
) -> NDArray[np.float64]:
    """The 3×3 matrix from points of the upright sheet that was read to points of the upright page.

    `state` is the attempt that read the sheet; `geometry` and `size` (in points) are those of the page.
    """
    sheet = state.sheet
    if sheet.photograph is None:
        return np.diag([size[0] / state.size[0], size[1] / state.size[1], 1.0])
    height, width = sheet.grey.shape
    read = upright_size(width, height, state.geometry)
    shown = upright_size(page.width, page.height, geometry)
    to_pixels = np.diag([read[0] / state.size[0], read[1] / state.size[1], 1.0])
    to_points = np.diag([size[0] / shown[0], size[1] / shown[1], 1.0])
    to_sheet = np.linalg.inv(_square(upright_matrix(width, height, state.geometry)))
    to_page = _square(upright_matrix(page.width, page.height, geometry))
    return np.asarray(to_points @ to_page @ sheet.photograph @ to_sheet @ to_pixels, dtype=np.float64)


def moved_words(words: Sequence[Word], matrix: NDArray[np.float64]) -> tuple[Word, ...]:
    """The words with their boxes moved by the matrix of `page_matrix`."""
    if not words or np.array_equal(matrix, np.eye(3)):
        return tuple(words)
    boxes = _moved([word.box for word in words], matrix)
    return tuple(replace(word, box=box) for word, box in zip(words, boxes, strict=True))


def moved_seals(state: RecognitionState, matrix: NDArray[np.float64]) -> tuple[Seal, ...]:
    """The seals of the state, whose boxes are in pixels of the sheet's raster, in points of the upright page,
    from top to bottom; `matrix` is that of `page_matrix`.
    """
    if not state.seals:
        return ()
    height, width = state.sheet.grey.shape
    read = upright_size(width, height, state.geometry)
    to_points = np.diag([state.size[0] / read[0], state.size[1] / read[1], 1.0])
    from_pixels = matrix @ to_points @ _square(upright_matrix(width, height, state.geometry))
    on_raster = [Box(each.left, each.top, each.right, each.bottom) for each in state.seals]
    boxes = _moved(on_raster, from_pixels)
    found = [Seal(box, each.shape, each.colour) for each, box in zip(state.seals, boxes, strict=True)]
    return tuple(sorted(found, key=lambda seal: seal.box.top))


def _moved(boxes: Sequence[Box], matrix: NDArray[np.float64]) -> list[Box]:
    """Each box moved by a 3×3 matrix: the smallest upright rectangle around its moved corners."""
    corners = np.array(
        [
            [(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)]
            for box in boxes
        ]
    )
    moved = np.asarray(cv2.perspectiveTransform(corners.reshape(-1, 1, 2), matrix)).reshape(-1, 4, 2)
    edges = np.concatenate([moved.min(axis=1), moved.max(axis=1)], axis=1).tolist()
    return [Box(*sides) for sides in edges]


def _square(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.vstack([affine, (0.0, 0.0, 1.0)])
