"""Words from where they were read to where they stand on the page as it is shown."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.upright import upright_matrix, upright_size
from scanflow.model import Box, CapturedPage, Geometry, Seal, Word
from scanflow.recognition.state import RecognitionState


def page_matrix(
    page: CapturedPage, kept: RecognitionState, geometry: Geometry, size: tuple[float, float]
) -> NDArray[np.float64]:
    """The 3×3 matrix from points of the sheet as it was read to points of the upright page.

    `geometry` and `size` (in points) are those of the page as it is shown. They differ from those of the
    sheet where the file states another size than that of its print, and in photographs.
    """
    sheet = kept.sheet
    if sheet.photograph is None:
        return np.diag([size[0] / kept.size[0], size[1] / kept.size[1], 1.0])
    height, width = sheet.grey.shape
    read = upright_size(width, height, kept.geometry)
    shown = upright_size(page.width, page.height, geometry)
    to_pixels = np.diag([read[0] / kept.size[0], read[1] / kept.size[1], 1.0])
    to_points = np.diag([size[0] / shown[0], size[1] / shown[1], 1.0])
    to_sheet = np.linalg.inv(_square(upright_matrix(width, height, kept.geometry)))
    to_page = _square(upright_matrix(page.width, page.height, geometry))
    return np.asarray(to_points @ to_page @ sheet.photograph @ to_sheet @ to_pixels, dtype=np.float64)


def placed(words: Sequence[Word], matrix: NDArray[np.float64]) -> tuple[Word, ...]:
    """The words with their boxes moved by a 3×3 matrix: each the smallest that holds the moved corners."""
    if not words or np.array_equal(matrix, np.eye(3)):
        return tuple(words)
    boxes = _moved([word.box for word in words], matrix)
    return tuple(replace(word, box=box) for word, box in zip(words, boxes, strict=True))


def placed_seals(kept: RecognitionState, matrix: NDArray[np.float64]) -> tuple[Seal, ...]:
    """The seals of a sheet on the page as it is shown, from the top down; `matrix` as for its words."""
    if not kept.seals:
        return ()
    height, width = kept.sheet.grey.shape
    read = upright_size(width, height, kept.geometry)
    to_points = np.diag([kept.size[0] / read[0], kept.size[1] / read[1], 1.0])
    whole = matrix @ to_points @ _square(upright_matrix(width, height, kept.geometry))
    lying = [Box(each.left, each.top, each.right, each.bottom) for each in kept.seals]
    found = [
        Seal(box, each.shape, each.colour) for each, box in zip(kept.seals, _moved(lying, whole), strict=True)
    ]
    return tuple(sorted(found, key=lambda seal: seal.box.top))


def _moved(boxes: Sequence[Box], matrix: NDArray[np.float64]) -> list[Box]:
    """Each the smallest box that holds the moved corners."""
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
