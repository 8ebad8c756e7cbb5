"""Accuracy of reading beside OCRmyPDF's and bare Tesseract's, in one run, as a Markdown table.

    python -m bench.accuracy [--ocrmypdf PATH] [--sets real-pages,synthetic] [--pages]

CER counts reading order; words are compared as bags. CPU is per page, unpacking and decoding included.
"""

import argparse
import shutil
from pathlib import Path
from statistics import median

from bench.readers import Reader, bare_reader, ocrmypdf_reader, scanflow_reader, with_cpu
from bench.score import Score, score
from bench.sets import Sample, load_sets
from scanflow.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ocrmypdf", type=Path, help="the ocrmypdf program; default: on PATH, else left out")
    parser.add_argument("--sets", help="names of sets, with commas; default all that are there")
    parser.add_argument("--pages", action="store_true", help="a line for every file too")
    options = parser.parse_args()
    sets = load_sets()
    if options.sets:
        sets = {name: sets[name] for name in options.sets.split(",") if name in sets}
    readers = _readers(options.ocrmypdf)
    print("| set | files | read by | CER % | median CER % | word recall % | word precision % | CPU s/file |")
    print("|---|---|---|---|---|---|---|---|")
    for name, samples in sets.items():
        for reader_name, reader in readers.items():
            print(_row(name, reader_name, samples, reader, each=options.pages), flush=True)


def _readers(ocrmypdf: Path | None) -> dict[str, Reader]:
    settings = Settings()
    readers = {"scanflow": scanflow_reader(settings), "bare Tesseract": bare_reader(settings)}
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
    total = sum(scores[1:], scores[0])
    middle = median(each.cer for each in scores)
    return f"{total.cer:.2f} | {middle:.2f} | {total.recall:.2f} | {total.precision:.2f}"


if __name__ == "__main__":
    main()
