"""The mean of several checkpoints of one training.

lstmtraining learns from one line at a time, so its weights shake: checkpoints a hundred lines apart read some
lines differently. Their mean is as good as the best of them, without choosing the best by luck.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from training.network import Layer, Matrix, Model


def average(models: Sequence[Model]) -> Model:
    """The first model with the mean of all models' weights. ValueError if their networks differ."""
    return replace(models[0], network=_mean([model.network for model in models]))


def _mean(layers: Sequence[Layer]) -> Layer:
    first = layers[0]
    shapes = {(layer.kind, layer.name, len(layer.children), len(layer.matrices)) for layer in layers}
    if len(shapes) > 1:
        raise ValueError(f"networks that differ: {shapes}")
    matrices = [
        Matrix(np.mean([matrix.weights for matrix in same], axis=0), same[0].adam, integer=False)
        for same in zip(*(layer.matrices for layer in layers), strict=True)
    ]
    children = [_mean(same) for same in zip(*(layer.children for layer in layers), strict=True)]
    return replace(first, matrices=matrices, children=children)
