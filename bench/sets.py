"""The pages that readings are measured on, each with its truth."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
END = "./."
SHARED = ROOT.parent / "shared" / "data"


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
        "real-pages": list(_images(SHARED / "real-pages")),
        "real-pdfs": list(_real_pdfs(SHARED / "real-pdfs")),
        "synthetic": list(_images(SHARED / "synthetic")),
    }
    return {name: samples for name, samples in found.items() if samples}


def _images(folder: Path) -> Iterator[Sample]:
    for path in sorted(folder.glob("*.png")):
        yield Sample(path, path.with_suffix(".txt").read_text(encoding="utf-8"))


def _real_pdfs(folder: Path) -> Iterator[Sample]:
    for path in sorted(folder.glob("*.txt")):
        if (pdf := path.with_suffix(".pdf")).exists():
            text = _from_first_reason(path.read_text(encoding="utf-8"))
            truth = text.rpartition(END)[0] or text
            yield Sample(pdf, truth, cut=partial(_decree, length=len(truth)))


def _decree(read: str, length: int) -> str:
    """From the first `Căn cứ` to the `./.` that is nearest to where the truth ends.

    Not simply the last one: a decree closes with it and so may its appendices, and where the very last is
    misread, the appendices would count as lost.
    """
    start = _from_first_reason(read)
    ends = [match.start() for match in re.finditer(re.escape(END), start)]
    return start[: min([*ends, len(start)], key=lambda end: abs(end - length))]


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
