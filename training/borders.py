"""Fit the weights of the signals that tell where a paper begins (`classify/borders/border_weights.json`).

    python -m training.borders [--stacks N] [--seed S] [--readings FOLDER] [--new-only]

Logistic regression with a Gaussian prior (Newton's method). The borders come from rendered stacks
(bench/stacks.py), and half of the real PDFs, alone and laid on each other. The half is chosen by the files'
checksums; the other half, and rendered stacks of other seeds, are for `python -m bench.splitting` to judge
by.
With `--new-only` weights that are there stay, and only signals without one get theirs: fitted all anew, the
few borders where new signals are seen shift weights that real files rely on.
Beside each weight stands on how many borders the signal was seen: with a cut, and without one.
"""

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.cached_readings import CachedReader
from bench.stacks import Stack, real_stacks, rendered_stacks
from fixtures.extra import EXTRA
from scanflow.classify import separation
from scanflow.classify.borders import cut_chance
from scanflow.classify.borders.border_signals import SIGNALS, measure
from scanflow.classify.profile_files import load_profiles
from scanflow.classify.profiles import Profiles
from scanflow.model import PageReading

OUT = Path(cut_chance.__file__).with_name(cut_chance.WEIGHTS_FILE)
# The prior's deviation of a weight, in log-odds: a signal seen rarely can't become certain.
DEVIATION = 1.5
# The prior's weight where a weight is to stay.
CERTAIN = 1e9
# A border of a real file counts as so many rendered ones: they are few, and what the weights are for.
REAL_WEIGHT = 8.0
REAL_STACKS = 20
SEED = 1
# What the profiles state as a fact is believed before any border was seen (log-odds for a cut): a paper that
# has as many pages as its type can have, both sides of a card.
EXPECTED = {"paper_full": 5.0, "after_card": 3.0, "other_side_of_card": -3.0}

Floats = NDArray[np.float64]
Example = tuple[dict[str, float], bool]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stacks", type=int, default=110, help="rendered stacks; default: 110")
    parser.add_argument("--seed", type=int, default=SEED, help="of the stacks to fit on")
    parser.add_argument("--readings", type=Path, help="the folder of kept readings; default: var/readings")
    parser.add_argument("--new-only", action="store_true", help="keep the weights that are there")
    options = parser.parse_args()
    kept = present_weights(OUT) if options.new_only else {}
    profiles = load_profiles()
    rendered = examples(rendered_stacks(options.seed, options.stacks), profiles)
    files = real_half(CachedReader(options.readings), judged=False)
    real = examples([*alone(files), *real_stacks(files, options.seed, REAL_STACKS)], profiles)
    write((rendered, real), sum(map(len, files)), OUT, kept)


def real_half(reader: CachedReader, *, judged: bool) -> list[list[PageReading]]:
    """Half of the real PDFs: those to fit on, or those that judge."""
    paths = sorted((EXTRA / "real-pdfs").glob("*.pdf"))
    return [reader.read(path) for path in paths if is_judged(path) is judged]


def is_judged(path: Path) -> bool:
    """Which half a file is in, by its contents alone."""
    return int(sha256(path.read_bytes()).hexdigest(), 16) % 2 == 1


def alone(files: Iterable[list[PageReading]]) -> list[Stack]:
    """Each file as a stack of its own."""
    return [
        Stack(f"alone-{no}", [page for page in file if not page.blank], frozenset({0}))
        for no, file in enumerate(files)
    ]


def examples(stacks: Iterable[Stack], profiles: Profiles) -> list[Example]:
    """Each border of the stacks, measured against the paper that truly stands before it."""
    found: list[Example] = []
    for stack in stacks:
        pages = [
            separation.page_facts(index, reading, profiles, frozenset())
            for index, reading in enumerate(stack.readings)
        ]
        types = [separation.known_type(page, profiles) for page in pages]
        whole = cut_chance.StackToCut(pages, types, stack.placing)
        start = 0
        for page in range(1, len(pages)):
            found.append((measure(whole.context(start, page)), page in stack.begins))
            if page in stack.begins:
                start = page
    return found


def present_weights(path: Path) -> dict[str, float]:
    """The weights of a file by signal, and the bias by its own name."""
    found = cut_chance.read_weights(path.read_text(encoding="utf-8"))
    return {**found.of_signal, cut_chance.BIAS: found.bias}


def write(
    found: tuple[Sequence[Example], Sequence[Example]], pages: int, out: Path, kept: Mapping[str, float]
) -> None:
    """Fit on rendered and real borders (`pages`: of the real files) and write the weights with what they were
    fitted on; `kept` are weights that stay.
    """
    rendered, real = found
    both = [*rendered, *real]
    # Each file lies in many stacks: all of them count as its pages once.
    importance = np.array([1.0] * len(rendered) + [REAL_WEIGHT * pages / max(1, len(real))] * len(real))
    bias, weights = fit(both, importance, kept)
    signals = {
        name: {
            "weight": round(weight, 3),
            "rendered": _seen(name, rendered),
            "real": _seen(name, real),
        }
        for name, weight in zip(SIGNALS, weights, strict=True)
    }
    out.write_text(
        json.dumps(
            {
                "made_by": "python -m training.borders; weights are log-odds for a cut. Beside each: the "
                "borders on which the signal was seen, with a cut and without one",
                "borders": {"rendered": _cuts(rendered), "real": _cuts(real)},
                "bias": round(bias, 3),
                "signals": signals,
            },
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )


def fit(found: Sequence[Example], importance: Floats, kept: Mapping[str, float]) -> tuple[float, list[float]]:
    """The bias and one weight a signal, in the order of `SIGNALS`; those of `kept` stay as they are."""
    values = np.array([[1.0, *(signals.get(name, 0.0) for name in SIGNALS)] for signals, _ in found])
    cut = np.array([float(begins) for _, begins in found])
    prior = np.full(values.shape[1], 1 / DEVIATION**2)
    prior[0] = 1e-3
    names = (cut_chance.BIAS, *SIGNALS)
    expected = np.array([kept.get(name, EXPECTED.get(name, 0.0)) for name in names])
    prior[[name in kept for name in names]] = CERTAIN
    weights = expected.copy()
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(values @ weights, -30, 30)))
        gradient = values.T @ (importance * (cut - chance)) - prior * (weights - expected)
        curvature = (values.T * (importance * chance * (1 - chance))) @ values + np.diag(prior)
        step = np.linalg.solve(curvature, gradient)
        weights += step
        if np.abs(step).max() < 1e-6:
            break
    return float(weights[0]), [float(weight) for weight in weights[1:]]


def _seen(name: str, found: Sequence[Example]) -> list[int]:
    of_signal = [begins for signals, begins in found if signals.get(name)]
    return [sum(of_signal), len(of_signal) - sum(of_signal)]


def _cuts(found: Sequence[Example]) -> list[int]:
    cuts = sum(begins for _, begins in found)
    return [cuts, len(found) - cuts]


if __name__ == "__main__":
    main()
