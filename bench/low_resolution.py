"""How is a page of low resolution best enlarged for the reader? A Markdown table, a row for every way.

    python -m bench.low_resolution [--ways linear,cubic] [--pages kh_173,tb5]

Pages as chat programs and web sites send them: the real pages and tables, each made smaller to one of
`RESOLUTIONS` and kept as a JPEG of one of `QUALITIES` (by the page's place in the list), and the two of
real-pages-2 that came like that. Recall of words, %, and character errors without order, %. The steps that
read single lines again are left out: they are the same for all ways. Readings are cached in `var/readings`.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from statistics import mean

import cv2

from bench.cached_readings import CachedReader, source_fingerprint
from bench.programs import as_text, unpack_for_reading
from bench.score import Score, score
from bench.sets import Sample, load_sets
from scanflow.capture.files.unpack import unpack
from scanflow.imaging import engine_copy
from scanflow.imaging.decoding.decode import decode
from scanflow.imaging.geometry.upright import to_upright
from scanflow.imaging.measures.stated_resolution import believable_resolution
from scanflow.imaging.raster import Raster, as_raster, to_grey
from scanflow.logs import configure_logs
from scanflow.model import Geometry
from scanflow.recognition.page import read_page
from scanflow.recognition.state import RecognitionState, Run
from scanflow.recognition.step_names import SLOW
from scanflow.recognition.steps import STEPS
from scanflow.settings import Settings

RESOLUTIONS, QUALITIES = (100, 85, 120, 75, 110), (50, 70, 35)
SETS = ("real-pages", "real-pages-2", "real-tables")
LOW = 1300
"""Pixels of the longer side: pages of at most so many are of low resolution as they came."""

Way = Callable[[Raster, Geometry, float], Raster]


def _by(interpolation: int) -> Way:
    def way(copy: Raster, geometry: Geometry, scale: float) -> Raster:
        return to_upright(copy, geometry, scale=scale, interpolation=interpolation)

    return way


def _sharpened(copy: Raster, geometry: Geometry, scale: float) -> Raster:
    large = _by(cv2.INTER_CUBIC)(copy, geometry, scale)
    soft = cv2.GaussianBlur(large, (0, 0), 0.5 * scale)
    return as_raster(cv2.addWeighted(large, 1.5, soft, -0.5, 0))


def _deblocked(interpolation: int) -> Way:
    def way(copy: Raster, geometry: Geometry, scale: float) -> Raster:
        return _by(interpolation)(as_raster(cv2.bilateralFilter(copy, 5, 20, 1.0)), geometry, scale)

    return way


WAYS: dict[str, tuple[Way, float]] = {
    "linear": (_by(cv2.INTER_LINEAR), 300.0),
    "cubic": (_by(cv2.INTER_CUBIC), 300.0),
    "Lanczos": (_by(cv2.INTER_LANCZOS4), 300.0),
    "cubic sharpened": (_sharpened, 300.0),
    "deblocked cubic": (_deblocked(cv2.INTER_CUBIC), 300.0),
    "deblocked linear": (_deblocked(cv2.INTER_LINEAR), 300.0),
    "linear to 240": (_by(cv2.INTER_LINEAR), 240.0),
    "cubic to 220": (_by(cv2.INTER_CUBIC), 220.0),
}
"""The ways to enlarge, and the resolution in dpi that is wanted."""


@dataclass(frozen=True, slots=True)
class Case:
    """A page of low resolution as a file's bytes, and its truth."""

    name: str
    data: bytes
    sample: Sample


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ways", default=",".join(WAYS), help="names, with commas")
    parser.add_argument("--pages", default="", help="parts of files' names, with commas; default all")
    options = parser.parse_args()
    configure_logs("warning")
    settings = Settings()
    settings = settings.model_copy(update={"ocr": settings.ocr.model_copy(update={"skip": SLOW})})
    wanted = options.pages.split(",")
    cases = [case for case in _cases(settings) if any(part in case.name for part in wanted)]
    print("| way | mean recall, letters | " + " | ".join(case.name for case in cases) + " |")
    print("|---" * (len(cases) + 2) + "|", flush=True)
    for name in options.ways.split(","):
        scores = [_score(case, name, settings) for case in cases]
        both = f"{mean(s.recall for s in scores):.2f}, {mean(s.letters for s in scores):.2f}"
        cells = [f"{s.recall:.1f}, {s.letters:.1f}" for s in scores]
        print(f"| {name} | {both} | " + " | ".join(cells) + " |", flush=True)


def _cases(settings: Settings) -> Iterator[Case]:
    samples = [sample for name in SETS for sample in load_sets().get(name, [])]
    for no, sample in enumerate(samples):
        page = unpack_for_reading(sample.path, settings).pages[0]
        raster = decode(page, settings.limits)
        if max(raster.shape) <= LOW:
            yield Case(sample.path.stem, sample.path.read_bytes(), sample)
            continue
        _, read_at = believable_resolution(page, to_grey(raster))
        scale = RESOLUTIONS[no % len(RESOLUTIONS)] / (read_at or max(page.dpi))
        size = round(raster.shape[1] * scale), round(raster.shape[0] * scale)
        small = cv2.resize(raster, size, interpolation=cv2.INTER_AREA)
        quality = QUALITIES[no % len(QUALITIES)]
        _, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])
        name = f"{sample.path.stem}, {RESOLUTIONS[no % len(RESOLUTIONS)]} dpi, JPEG {quality}"
        yield Case(name, encoded.tobytes(), sample)


def _score(case: Case, way: str, settings: Settings) -> Score:
    text = _text(case.data, way, settings)
    return score(case.sample.truth, case.sample.cut(text), allowed=case.sample.handwritten)


def _text(data: bytes, name: str, settings: Settings) -> str:
    reader = _readers.setdefault("", CachedReader(settings=settings))
    key = sha256(f"{_SOURCE} {name}".encode() + data).hexdigest()
    kept = reader.folder / "low-resolution" / key
    if kept.exists():
        return kept.read_text(encoding="utf-8")
    way, wanted = WAYS[name]

    def make_upright(state: RecognitionState, _run: Run) -> RecognitionState:
        at = wanted if state.sheet.dpi < engine_copy.LOWEST_DPI else engine_copy.engine_dpi(state.sheet.dpi)
        return replace(state, copy=way(state.copy, state.geometry, at / state.dpi), dpi=at)

    steps = STEPS.with_action("make_upright", make_upright)
    # The unprepared reading has a step of the same name, which enlarges nothing.
    steps = replace(steps, read_unprepared=STEPS.read_unprepared)
    page = unpack(data, "page", settings.limits, 1.1).pages[0]
    text = as_text(read_page(page, reader.engine, settings, steps=steps).words)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(text, encoding="utf-8")
    return text


_SOURCE = source_fingerprint()
_readers: dict[str, CachedReader] = {}


if __name__ == "__main__":
    main()
