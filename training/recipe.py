"""The steps of a fine-tuning, each with Tesseract's own tools; files lie in one folder."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scanflow.ocr.engines.line_network.component import read_model
from scanflow.ocr.engines.traineddata import read_letters
from training import faces, render
from training.lstmf import write_lines
from training.network import write_float_model
from training.text import load_sources

_HELD_OUT_LINES = 400
_BASE = "base"


@dataclass(frozen=True)
class Round:
    """A part of the training: iterations (each is one line) at a learning rate."""

    name: str
    iterations: int
    rate: float


ROUNDS = (
    Round("round0", 4_800, 2e-4),
    Round("round1", 16_100, 6e-5),
    Round("round2", 22_000, 1.5e-5),
    Round("round3", 16_000, 5e-6),
)


def make_float(model: Path, out: Path) -> None:
    """Unpack an integer model into `out` and put a float network in its place."""
    out.mkdir(parents=True, exist_ok=True)
    _tool("combine_tessdata", "-u", model, out / f"{_BASE}.")
    network = out / f"{_BASE}.lstm"
    network.write_bytes(write_float_model(read_model(network.read_bytes())))
    shutil.copyfile(model, _base(out))
    _tool("combine_tessdata", "-o", _base(out), network)


def make_lines(model: Path, data: Path, out: Path, count: int, seed: int) -> None:
    """Render lines to train on and, from other texts and fonts, lines to judge by."""
    letters = read_letters(model)
    for name, families, lines, held_out in (
        ("train", faces.TRAINED, count, False),
        ("held-out", faces.HELD_OUT, _HELD_OUT_LINES, True),
    ):
        sources = load_sources(data, letters, held_out=held_out)
        rendered = render.make_lines(sources, families, lines, seed + held_out)
        write_lines(rendered, (out / "lines").resolve(), name)


def train_rounds(out: Path) -> Path:
    """Train as the shipped model was trained; give the last checkpoint."""
    last = out / f"{_BASE}.lstm"
    for each in ROUNDS:
        last = train(out, each, last)
    return last


def train(out: Path, part: Round, start: Path) -> Path:
    """Train from `start`, or go on from the last checkpoint of the round's name; give its last one.

    A new learning rate takes effect under a new name only: lstmtraining keeps the rates of its checkpoints.
    """
    checkpoints = out / "checkpoints"
    checkpoints.mkdir(parents=True, exist_ok=True)
    _tool(
        "lstmtraining",
        *("--continue_from", start),
        *("--traineddata", _base(out)),
        *("--train_listfile", out / "lines" / "train.list"),
        *("--model_output", checkpoints / part.name),
        *("--max_iterations", str(part.iterations)),
        *("--reset_learning_rate", "--learning_rate", str(part.rate)),
    )
    return checkpoints / f"{part.name}_checkpoint"


def export(out: Path, checkpoint: Path, to: Path) -> None:
    """A checkpoint as a small, fast integer model with the dictionaries of the model that it came from."""
    _tool(
        "lstmtraining",
        "--stop_training",
        "--convert_to_int",
        *("--continue_from", checkpoint),
        *("--traineddata", _base(out)),
        *("--model_output", to),
    )


def _base(out: Path) -> Path:
    return out / f"{_BASE}.traineddata"


def _tool(*command: str | Path) -> None:
    # More threads than one cost more than they give, see scanflow/ocr/engines/tesseract.py.
    subprocess.run(list(map(str, command)), check=True, env={**os.environ, "OMP_THREAD_LIMIT": "1"})
