"""The pages that readings are measured on, each with its truth."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rapidfuzz import fuzz

from bench.alignment import LEADERS
from bench.handwritten_truths import handwritten, printed_only, without_glued
from fixtures.extra import EXTRA, ROOT

END = "./."
_TAIL = 200  # characters by which a truth's end is found in a reading
_BODY = re.compile(rf"{re.escape(END)}|^Phụ lục", re.MULTILINE)
_PAGE_NUMBER = re.compile(r"\f\W*\d{1,3}\W*\n")
_DASHES = re.compile("[‐-―−]")


@dataclass(frozen=True, slots=True)
class Sample:
    """A file to read and what stands in it; `cut` takes of a reading what the truth covers."""

    path: Path
    truth: str
    handwritten: tuple[str, ...] = ()
    cut: Callable[[str], str] = str


def load_sets() -> dict[str, list[Sample]]:
    """Every set that is there, by name; the absent ones are left out."""
    found = {
        "fixtures": list(_fixtures()),
        "real-pages": list(_images(EXTRA / "real-pages")),
        "real-pdfs": list(_real_pdfs(EXTRA / "real-pdfs", body=False)),
        "real-pdfs-body": list(_real_pdfs(EXTRA / "real-pdfs", body=True)),
        "real-pages-2": list(_pages_with_pen(EXTRA / "real-pages-2")),
        "real-tables": list(_pages_with_pen(EXTRA / "real-tables")),
        "synthetic": list(_images(EXTRA / "synthetic")),
    }
    return {name: samples for name, samples in found.items() if samples}


def _images(folder: Path) -> Iterator[Sample]:
    for path in sorted(folder.glob("*.png")):
        truth = printed_only(path.stem, path.with_suffix(".txt").read_text(encoding="utf-8"))
        yield Sample(path, truth, handwritten(path.stem), partial(without_glued, path.stem))


def _pages_with_pen(folder: Path) -> Iterator[Sample]:
    """Pages whose truth has print only; what a pen wrote stands in `.pen.txt`, a line an entry.

    Dashes of all kinds count as one in both texts: the truths don't tell them apart.
    """
    for path in sorted(folder.glob("*.txt")):
        if path.name.endswith(".pen.txt"):
            continue
        page = next(other for other in sorted(folder.glob(f"{path.stem}.*")) if other.suffix != ".txt")
        pen = path.with_suffix(".pen.txt")
        lines = pen.read_text(encoding="utf-8").splitlines() if pen.exists() else []
        written = tuple(line.split(" — ")[0] for line in lines if line.strip())
        yield Sample(page, _with_one_dash(path.read_text(encoding="utf-8")), written, cut=_with_one_dash)


def _with_one_dash(text: str) -> str:
    return _DASHES.sub("-", text)


def _real_pdfs(folder: Path, *, body: bool) -> Iterator[Sample]:
    """From the first `Căn cứ` to the last `./.`, which may be an appendix's; `body`: to the decree's own."""
    for path in sorted(folder.glob("*.txt")):
        if (pdf := path.with_suffix(".pdf")).exists():
            text = _from_first_reason(path.read_text(encoding="utf-8"))
            truth = _BODY.split(text)[0] if body else text.rpartition(END)[0] or text
            yield Sample(pdf, truth, cut=partial(_up_to, end=_without_leaders(truth)[-_TAIL:]))


def _up_to(read: str, end: str) -> str:
    """From the first `Căn cứ` to what is most like the truth's end, without the numbers of pages.

    Not to a `./.`: where that is misread, the recipients or whole appendices would count as read wrongly.
    """
    start = _without_leaders(_PAGE_NUMBER.sub("\f", _from_first_reason(read)))
    found = fuzz.partial_ratio_alignment(end, start)
    return start[: found.dest_end] if found else start


def _without_leaders(text: str) -> str:
    return LEADERS.sub(" ", text)


def _from_first_reason(text: str) -> str:
    return text[max(0, text.find("Căn cứ")) :]


def _fixtures() -> Iterator[Sample]:
    """The scanned files of the project's own dossiers that are to be filed."""
    for truth in sorted((ROOT / "fixtures" / "truth").glob("*.json")):
        batch = json.loads(truth.read_text(encoding="utf-8"))
        for file in batch["files"]:
            pages = file.get("pages", [])
            if file["outcome"] != "filed" or any(page["kind"] == "text" for page in pages):
                continue
            yield Sample(
                ROOT / "fixtures" / "dossiers" / batch["batch"] / file["name"],
                "\n".join(page["text"] for page in pages),
                tuple(text for page in pages for text in page.get("handwritten", ())),
            )
