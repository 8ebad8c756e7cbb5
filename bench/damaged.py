"""Which damage breaks reading? Wrong words of the line beside plain reading, a row for each kind.

    python -m bench.damaged [--pages 2] [--seed N] [--kinds "coffee,faded"] [--ocrmypdf PATH]

Sheets of the fixtures' invented dossiers at 200 dpi (bench/rendered.py), damaged in the ways of
bench/damages.py. Wrong words: those missed and those too much, of all pages of the kind. Plain: the same
model on the pixels as they came. A kind on which the line has more wrong words than plain reading is marked.
Readings are cached in `var/readings`.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.cached_readings import CachedReader, source_fingerprint
from bench.damages import DAMAGES, damaged
from bench.plain import PlainReader
from bench.programs import as_text, ocrmypdf_reader
from bench.rendered import SEED, make_sheets
from bench.score import score
from bench.sets import Sample
from fixtures.sheet import Sheet
from scanflow.logs import configure_logs
from scanflow.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=2, help="pages of each kind")
    parser.add_argument("--seed", type=int, default=SEED, help="seed of the dossiers and of chance")
    parser.add_argument("--kinds", help="names of kinds, with semicolons; default all")
    parser.add_argument("--ocrmypdf", type=Path, help="the ocrmypdf program; default: left out")
    options = parser.parse_args()
    configure_logs("warning")
    settings = Settings()
    whole = CachedReader(settings=settings, made_by=source_fingerprint())
    readers: dict[str, Callable[[Path], str]] = {
        "line": lambda path: "\f".join(as_text(page.words) for page in whole.read(path)),
        "plain": PlainReader(settings).read,
    }
    if options.ocrmypdf:
        readers["OCRmyPDF"] = ocrmypdf_reader(options.ocrmypdf, settings)
    print(f"| damage | words | {' | '.join(readers)} | |\n|---|---|{'---|' * len(readers)}---|")
    sheets = make_sheets(options.pages, options.seed)
    words = sum(len(sheet.text.split()) for sheet in sheets)
    for name in options.kinds.split(";") if options.kinds else DAMAGES:
        with tempfile.TemporaryDirectory() as folder:
            samples = [_sample(folder, sheet, name, options.seed + no) for no, sheet in enumerate(sheets)]
            wrong = [sum(score(s.truth, read(s.path)).wrong for s in samples) for read in readers.values()]
        mark = "worse than plain" if wrong[0] > wrong[1] else ""
        print(f"| {name} | {words} | {' | '.join(map(str, wrong))} | {mark} |", flush=True)


def _sample(folder: str, sheet: Sheet, name: str, seed: int) -> Sample:
    """The sheet with a damage, as a file in the folder."""
    data, suffix = damaged(sheet, DAMAGES[name], seed)
    path = Path(folder, f"{seed}{suffix}")
    path.write_bytes(data)
    return Sample(path, sheet.text)


if __name__ == "__main__":
    main()
