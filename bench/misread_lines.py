"""An HTML page of the misread lines, each with its picture and its truth.

    python -m bench.misread_lines OUT.html [--sets real-pages] [--all]

Green: read right; red: wrong, or not on the page; blue: on the page, and not read. `--all` shows the
lines without errors too. Text that was not read at all is shown with the line that follows it.
"""

import argparse
import base64
import html
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import cv2
from rapidfuzz.distance import Levenshtein

from bench.programs import unpack_for_reading
from bench.score import PUNCTUATION, word_list
from bench.sets import Sample, load_sets
from scanflow.imaging.decoding.decode import decode
from scanflow.imaging.geometry.upright import to_upright
from scanflow.imaging.raster import Raster, to_grey
from scanflow.model import Word
from scanflow.ocr.engines.base import Engine, open_engine
from scanflow.recognition.page import read_page
from scanflow.settings import Settings

_MARGIN = 4.0  # points around a line
_STYLE = """
body { font: 16px/1.4 sans-serif; margin: 2em } img { max-width: 100%; border: 1px solid #ccc }
.right { color: #080 } .wrong { color: #c00 } .missed { color: #00c } .sure { font-size: 70%; color: #888 }
p { margin: .3em 0 1.2em } h2 { border-top: 2px solid #000 }
"""


@dataclass
class Line:
    """A line as read: its words, its picture, and what the truth says."""

    picture: Raster
    words: list[Word]
    marked: list[tuple[str, str, str]] = field(default_factory=list)
    """Class, what stands there, what was read; either may be empty."""

    @property
    def wrong(self) -> bool:
        return any(kind != "right" for kind, _, _ in self.marked)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--sets", default="real-pages", help="names of sets, with commas")
    parser.add_argument("--all", action="store_true", help="lines without errors too")
    options = parser.parse_args()
    settings = Settings()
    engine = open_engine(settings.ocr)
    sets = load_sets()
    with options.out.open("w", encoding="utf-8") as file:
        file.write(f"<!doctype html><meta charset=utf-8><title>Misread lines</title><style>{_STYLE}</style>")
        for sample in (sample for name in options.sets.split(",") for sample in sets.get(name, ())):
            lines = list(_lines(sample, engine, settings))
            _mark(lines, sample)
            shown = [line for line in lines if options.all or line.wrong]
            file.write(f"<h2>{html.escape(sample.path.name)}</h2><p>{len(shown)} of {len(lines)} lines</p>")
            file.writelines(map(_as_html, shown))


def _lines(sample: Sample, engine: Engine, settings: Settings) -> Iterator[Line]:
    for page in unpack_for_reading(sample.path, settings).pages:
        reading = read_page(page, engine, settings)
        upright = to_upright(to_grey(decode(page, settings.limits)), reading.geometry)
        scale = upright.shape[1] / reading.size[0]
        for _, group in groupby(reading.words, key=lambda word: (word.block, word.line)):
            line = list(group)
            yield Line(_cut(upright, line, scale), line)


def _cut(page: Raster, line: Sequence[Word], scale: float) -> Raster:
    left = max(0, round((min(w.box.left for w in line) - _MARGIN) * scale))
    top = max(0, round((min(w.box.top for w in line) - _MARGIN) * scale))
    right = round((max(w.box.right for w in line) + _MARGIN) * scale)
    bottom = round((max(w.box.bottom for w in line) + _MARGIN) * scale)
    return page[top:bottom, left:right]


def _mark(lines: Sequence[Line], sample: Sample) -> None:
    """Align the truth with the words read, over the whole text."""
    truth = word_list(sample.truth)
    read = [
        (line, word.text.strip(PUNCTUATION))
        for line in lines
        for word in line.words
        if word.text.strip(PUNCTUATION)
    ]
    if not read:
        return
    for step in Levenshtein.opcodes(truth, [text for _, text in read]):
        stands, got = truth[step.src_start : step.src_end], read[step.dest_start : step.dest_end]
        beside = defaultdict(str, enumerate(stands))
        for no, (line, text) in enumerate(got):
            line.marked.append(("right" if step.tag == "equal" else "wrong", beside[no], text))
        place = read[min(step.dest_end, len(read) - 1)][0]
        place.marked += [("missed", word, "") for word in stands[len(got) :]]


def _as_html(line: Line) -> str:
    encoded = base64.b64encode(cv2.imencode(".png", line.picture)[1].tobytes()).decode()
    stands = " ".join(_span(kind, word) for kind, word, _ in line.marked if word)
    got = " ".join(_span(kind, word) for kind, _, word in line.marked if word)
    sure = " ".join(f"{html.escape(word.text)} {word.confidence:.0%}" for word in line.words)
    return (
        f"<img src='data:image/png;base64,{encoded}'>"
        f"<p>{stands}<br>{got}<br><span class=sure>{sure}</span></p>"
    )


def _span(kind: str, word: str) -> str:
    return f"<span class={kind}>{html.escape(word)}</span>"


if __name__ == "__main__":
    main()
