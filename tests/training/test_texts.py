"""Training texts and the truths that measure are kept apart.

A phrase is `PHRASE` syllables in a row. Of the laws' phrases of 5 syllables one in ten stands in any of 2,364
procedures of the national portal (of 4 syllables one in six, of 3 one in three). So a phrase of that length
in both training and truth is a copied text or a fixed formula, not usual Vietnamese.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from bench import splitting
from scanflow.ocr.postcorrection.language_model import load_language
from scanflow.text.normalization import nfc
from training import borders
from training.bigrams import WORD_COUNT, count_texts
from training.corpus import DATA, form_lines, legal_files, procedure_lines, read_text

ROOT = Path(__file__).resolve().parents[2]
PHRASE = 5
MEASURING = {"fixtures", "tests", "profiles"}
# Of a truth's phrases in any one law, or in all procedures. Formulas come to 45 %, a text that was trained on
# would come to nearly all.
MOST_SHARED = 0.6
_SEPARATOR = re.compile(r"[^\w\s]|[\d_]")

shared_data = pytest.mark.skipif(not (DATA / "procedures").exists(), reason="no shared data")


def phrases(texts: Iterable[str], length: int = PHRASE) -> set[tuple[str, ...]]:
    """The runs of syllables between punctuation, numbers and line ends."""
    found: set[tuple[str, ...]] = set()
    for text in texts:
        for line in nfc(text).lower().splitlines():
            for run in _SEPARATOR.split(line):
                words = run.split()
                found.update(tuple(words[at : at + length]) for at in range(len(words) - length + 1))
    return found


def strings_in(folder: Path) -> Iterator[str]:
    """The string literals of a folder's modules and the pieces of its f-strings; docstrings left out."""
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
                yield node.value


def fixture_truths() -> list[str]:
    found = sorted((ROOT / "fixtures" / "truth").glob("*.json"))
    files = [file for path in found for file in json.loads(path.read_text(encoding="utf-8"))["files"]]
    return [page["text"] for file in files for page in file.get("pages", [])]


def real_truths() -> list[Path]:
    sets = ("real-pages", "real-pages-2", "real-tables", "real-pdfs")
    found = (path for name in sets for path in (DATA / name).glob("*.txt"))
    return sorted(path for path in found if not path.name.endswith(".pen.txt"))


def test_no_phrase_written_for_training_stands_in_what_is_measured_by() -> None:
    lists = (path.read_text(encoding="utf-8") for path in (ROOT / "training").glob("*.txt"))
    written = [*strings_in(ROOT / "training"), *lists]
    measured = phrases([*fixture_truths(), *strings_in(ROOT / "fixtures")])
    assert len(measured) > 1000
    assert not phrases(written) & measured


def test_a_copied_phrase_would_be_noticed() -> None:
    copied = "Tôi làm tờ khai này đề nghị"
    assert phrases([copied]) & phrases([f"... {copied.lower()}, và"])
    assert not phrases(["Họ và tên:"])


def test_training_modules_import_nothing_that_is_measured_by() -> None:
    modules = sorted((ROOT / "training").glob("*.py"))
    assert modules
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            # Where the extra files lie is no text.
            rooms = {name.split(".")[0] for name in names if name != "fixtures.extra"}
            assert not rooms & MEASURING, path.name
            # What makes stacks of papers makes those that weights are fitted on and those that are judged,
            # by different seeds; the real files are parted by checksum.
            allowed = {"measure.py", "borders.py"}
            assert "bench" not in rooms or path.name in allowed, path.name


def test_stacks_that_weights_were_fitted_on_do_not_judge_them() -> None:
    assert borders.SEED != splitting.SEED
    files = sorted((ROOT / "training").glob("*.py"))
    assert {borders.is_judged(path) for path in files} == {True, False}  # each file is in one half


@shared_data
def test_the_shipped_counts_are_those_of_real_texts_and_the_word_list() -> None:
    counted = count_texts(DATA)
    shipped = list(load_language().pairs())
    assert len(shipped) >= len(counted)
    for first, second, count in shipped:
        assert count - counted[first, second] in (0, WORD_COUNT), (first, second)


@shared_data
def test_no_real_truth_was_trained_on() -> None:
    learned = {path.name: phrases([read_text(path)]) for path in legal_files(DATA)}
    learned["procedures"] = phrases([*procedure_lines(DATA), *form_lines(DATA)])
    truths = real_truths()
    assert truths
    for path in truths:
        truth = phrases([path.read_text(encoding="utf-8")])
        shared = {name: len(truth & known) / len(truth) for name, known in learned.items()}
        assert max(shared.values()) <= MOST_SHARED, (path.name, max(shared, key=lambda name: shared[name]))
