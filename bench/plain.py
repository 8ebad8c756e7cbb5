"""Is a page ever read worse than by the same engine on its pixels as they came? A Markdown table of files.

    python -m bench.plain [--sets real-pages,real-pages-2,real-tables] [--rendered N] [--causes]

Plain: our model on the decoded pixels, turned only as the file says, nothing prepared or corrected. A file on
which the whole line finds more than a point fewer words is marked as lost; `--causes` reads such a file again
without each step of preparation in turn. Readings are cached in `var/readings` by the file and by the source
code that reads it, so that a second run after a change of a bench costs nothing.
"""

import argparse
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

from bench.cached_readings import CachedReader, source_fingerprint
from bench.programs import as_text, bare_reader
from bench.rendered import chosen_sets
from bench.score import Score, score
from bench.sets import Sample
from scanflow.logs import configure_logs
from scanflow.recognition.steps import STEPS
from scanflow.settings import Settings

DEFAULT_SETS = "real-pages,real-pages-2,real-tables"
WORSE = 1.0
"""Points of recall by which the line may be below the plain reading."""

STEPS_OF_PREPARATION = (
    "flatten_photographs",
    "rotate_pages",
    "deskew",
    *(s.name for s in STEPS.prepare if not s.required),
)


@dataclass(frozen=True, slots=True)
class Compared:
    """The scores of one file read plainly and by the whole line."""

    sample: Sample
    plain: Score
    line: Score

    @property
    def lost(self) -> bool:
        """Whether the line finds more than `WORSE` points fewer of the words."""
        return self.line.recall < self.plain.recall - WORSE


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", default=DEFAULT_SETS, help="names of sets, with commas")
    parser.add_argument("--rendered", type=int, default=0, help="pages of each rendered kind")
    parser.add_argument("--kinds", help="names of rendered kinds, with commas; default all")
    parser.add_argument("--causes", action="store_true", help="read lost files without each step in turn")
    options = parser.parse_args()
    configure_logs("warning")
    settings = Settings()
    whole, plain = CachedReader(settings=settings, made_by=source_fingerprint()), PlainReader(settings)
    print("| set | file | plain: recall, CER % | line: recall, CER % | points | |\n|---|---|---|---|---|---|")
    lost: list[Compared] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, samples in chosen_sets(Path(folder), options.sets, options.rendered or None, options.kinds):
            found = [_compare(sample, plain, whole) for sample in samples if sample.truth.strip()]
            for each in found:
                print(f"| {name} | {each.sample.path.name} | {_cells(each)} |", flush=True)
            gain = mean(each.line.recall - each.plain.recall for each in found)
            worse = sum(each.lost for each in found)
            print(f"| **{name}** | {len(found)} files | | | {gain:+.2f} | {worse} lost |", flush=True)
            lost += (each for each in found if each.lost)
        if options.causes:
            _print_causes(lost, settings)


class PlainReader:
    """Reads files plainly, each once: the text is kept by the file's checksum and the engine."""

    def __init__(self, settings: Settings) -> None:
        self._read = bare_reader(settings)
        self._kept = CachedReader(settings=settings)

    def read(self, path: Path) -> str:
        kept = self._kept.folder_of(path) / "plain.txt"
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(self._read(path), encoding="utf-8")
        return kept.read_text(encoding="utf-8")


def _compare(sample: Sample, plain: PlainReader, whole: CachedReader) -> Compared:
    return Compared(sample, _scored(sample, plain.read(sample.path)), _line_score(sample, whole))


def _line_score(sample: Sample, reader: CachedReader) -> Score:
    return _scored(sample, "\f".join(as_text(page.words) for page in reader.read(sample.path)))


def _scored(sample: Sample, text: str) -> Score:
    return score(sample.truth, sample.cut(text), allowed=sample.handwritten)


def _cells(each: Compared) -> str:
    cells = [f"{s.recall:.2f}, {s.cer:.2f}" for s in (each.plain, each.line)]
    points = f"{each.line.recall - each.plain.recall:+.2f}"
    return " | ".join((*cells, points, "lost" if each.lost else ""))


def _print_causes(lost: list[Compared], settings: Settings) -> None:
    print("\n| lost file | without step | recall, CER % |\n|---|---|---|")
    for name in STEPS_OF_PREPARATION:
        ocr = settings.ocr.model_copy(update={"skip": (name,)})
        reader = CachedReader(
            settings=settings.model_copy(update={"ocr": ocr}), made_by=f"{source_fingerprint()}-{name}"
        )
        for each in lost:
            without = replace(each, line=_line_score(each.sample, reader))
            print(f"| {each.sample.path.name} | {name} | {without.line.recall:.2f}, {without.line.cer:.2f} |")


if __name__ == "__main__":
    main()
