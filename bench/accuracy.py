"""Accuracy of reading beside OCRmyPDF's and bare Tesseract's, in one run, as a Markdown table.

    python -m bench.accuracy [--ocrmypdf PATH] [--sets real-pages,synthetic] [--rendered N] [--fast] [--pages]

CER and WER count reading order; "CER without order" has every word found in the truth's place, for sets whose
truths chose one of several good orders (bench/alignment.py). Words are compared as bags, those that a pen
wrote may be read or not; with the 95 % confidence interval of their recall (whole files drawn anew). Wrong
words: those missed and those too much. Tones: words with the right letters and a wrong mark; wrong marks in
capitals: how many of them have capitals or an initial; order: of the words found, those in the truth's order.
`real-pdfs-body`: the decree without its appendices. `--rendered N`:
N pages of each kind of print and damage, rendered now (bench/rendered.py). Bare Tesseract reads with Debian's
`vie` unless `--bare` names another model. CPU is per file, unpacking and decoding included.
"""

import argparse
import shutil
import tempfile
from pathlib import Path
from statistics import median

from bench.programs import Reader, bare_reader, ocrmypdf_reader, scanflow_reader, with_cpu
from bench.rendered import chosen_sets
from bench.score import Score, interval, score, total
from bench.sets import Sample
from scanflow.logs import configure_logs
from scanflow.settings import Settings

COLUMNS = (
    "set",
    "files",
    "read by",
    "CER %",
    "CER without order %",
    "median CER %",
    "WER %",
    "word recall % (95 % CI)",
    "word precision %",
    "wrong words",
    "tones %",
    "wrong marks in capitals",
    "order %",
    "CPU s/file",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ocrmypdf", type=Path, help="the ocrmypdf program; default: on PATH, else left out")
    parser.add_argument("--sets", help="names of sets, with commas; default all that are there")
    parser.add_argument("--rendered", type=int, help="pages of each rendered kind; default none")
    parser.add_argument("--kinds", help="names of rendered kinds, with commas; default all")
    parser.add_argument("--bare", default="vie", help="the model that bare Tesseract reads with")
    parser.add_argument("--pages", action="store_true", help="a line for every file too")
    parser.add_argument("--fast", action="store_true", help="read with `[ocr] fast`, too")
    options = parser.parse_args()
    configure_logs("warning")
    readers = _readers(options.ocrmypdf, options.bare, fast=options.fast)
    print("| " + " | ".join(COLUMNS) + " |")
    print("|---" * len(COLUMNS) + "|")
    with tempfile.TemporaryDirectory() as folder:
        for name, samples in chosen_sets(Path(folder), options.sets, options.rendered, options.kinds):
            for reader_name, reader in readers.items():
                print(_row(name, reader_name, samples, reader, each=options.pages), flush=True)


def _readers(ocrmypdf: Path | None, model: str, *, fast: bool) -> dict[str, Reader]:
    settings = Settings()

    def with_ocr(**changes: object) -> Settings:
        return settings.model_copy(update={"ocr": settings.ocr.model_copy(update=changes)})

    readers = {"scanflow": scanflow_reader(settings)}
    if fast:
        readers["scanflow, fast"] = scanflow_reader(with_ocr(fast=True))
    readers[f"bare Tesseract, {model}"] = bare_reader(with_ocr(language=model))
    program = ocrmypdf or shutil.which("ocrmypdf")
    if program:
        readers["OCRmyPDF"] = ocrmypdf_reader(Path(program), settings)
    return readers


def _row(name: str, reader_name: str, samples: list[Sample], reader: Reader, *, each: bool) -> str:
    scores: list[Score] = []
    seconds = 0.0
    for sample in samples:
        text, cpu = with_cpu(reader, sample.path)
        seconds += cpu
        scores.append(score(sample.truth, sample.cut(text), allowed=sample.handwritten))
        if each:
            print(
                f"<!-- {sample.path.name} {reader_name}: {_numbers([scores[-1]])} | {cpu:.2f} -->", flush=True
            )
    return f"| {name} | {len(samples)} | {reader_name} | {_numbers(scores)} | {seconds / len(samples):.2f} |"


def _numbers(scores: list[Score]) -> str:
    whole = total(scores)
    low, high = interval(scores, lambda each: each.recall)
    return " | ".join(
        (
            f"{whole.cer:.2f}",
            f"{whole.letters:.2f}",
            f"{median(each.cer for each in scores):.2f}",
            f"{whole.wer:.2f}",
            f"{whole.recall:.2f} ({low:.1f}–{high:.1f})",
            f"{whole.precision:.2f}",
            str(whole.wrong),
            f"{whole.tones:.2f}",
            str(whole.capitals),
            f"{whole.order:.1f}",
        )
    )


if __name__ == "__main__":
    main()
