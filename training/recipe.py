"""The steps of a fine-tuning, each with Tesseract's own tools; files lie in one folder."""

import os
import shutil
import subprocess
from pathlib import Path

from scanflow.ocr.traineddata import read_letters
from training import faces, render
from training.lstmf import write_lines
from training.network import read_model, write_float_model
from training.text import load_sources

_HELD_OUT_LINES = 400
_BASE = "base"
_ROUNDS = ((12_000, 2e-4), (6_000, 5e-5))  # iterations (each is one line) and learning rate


def make_float(model: Path, out: Path) -> None:
    """Unpack an integer model into `out` and put a float network in its place."""
    out.mkdir(parents=True, exist_ok=True)
    _tool("combine_tessdata", "-u", model, out / f"{_BASE}.")
    network = out / f"{_BASE}.lstm"
    network.write_bytes(write_float_model(read_model(network.read_bytes())))
    whole = out / f"{_BASE}.traineddata"
    shutil.copyfile(model, whole)
    _tool("combine_tessdata", "-o", whole, network)


def make_lines(model: Path, texts: Path, out: Path, count: int, seed: int) -> None:
    """Render lines to train on and, from other texts and fonts, lines to judge by."""
    letters = read_letters(model)
    for name, families, lines, held_out in (
        ("train", faces.TRAINED, count, False),
        ("held-out", faces.HELD_OUT, _HELD_OUT_LINES, True),
    ):
        sources = load_sources(texts, letters, held_out=held_out)
        rendered = render.make_lines(sources, families, lines, seed + held_out)
        write_lines(rendered, (out / "lines").resolve(), name)


def train_rounds(out: Path) -> Path:
    """Train as the shipped model was trained; give the last checkpoint."""
    start = None
    for place, (iterations, rate) in enumerate(_ROUNDS):
        start = train(out, iterations, rate, start, f"round{place}")
    if start is None:
        raise ValueError("no rounds")
    return start


def train(out: Path, iterations: int, rate: float | None, start: Path | None, name: str) -> Path:
    """Train from `start` (default: the float network), or go on from the last checkpoint of that name.

    A new learning rate takes effect under a new name only: lstmtraining keeps the rates of its checkpoints.
    """
    checkpoints = out / "checkpoints"
    checkpoints.mkdir(exist_ok=True)
    options: list[str | Path] = ["--reset_learning_rate", "--learning_rate", str(rate)] if rate else []
    _tool(
        "lstmtraining",
        *("--continue_from", start or out / f"{_BASE}.lstm"),
        *("--traineddata", out / f"{_BASE}.traineddata"),
        *("--train_listfile", out / "lines" / "train.list"),
        *("--model_output", checkpoints / name),
        *("--max_iterations", str(iterations)),
        *options,
    )
    return checkpoints / f"{name}_checkpoint"


def export(out: Path, checkpoint: Path, to: Path) -> None:
    """A checkpoint as a small, fast integer model with the dictionaries of the model that it came from."""
    _tool(
        "lstmtraining",
        "--stop_training",
        "--convert_to_int",
        *("--continue_from", checkpoint),
        *("--traineddata", out / f"{_BASE}.traineddata"),
        *("--model_output", to),
    )


def _tool(*command: str | Path) -> None:
    # More threads than one cost more than they give, see scanflow/ocr/tesseract.py.
    subprocess.run(list(map(str, command)), check=True, env={**os.environ, "OMP_THREAD_LIMIT": "1"})
