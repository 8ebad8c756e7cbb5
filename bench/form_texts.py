"""The words of blank forms in .docx and .doc files, set again as sheets: no office program is needed.

A .docx says which paragraphs are centred. Of a .doc only the text is taken, in runs as Word stores them;
short lines in capitals are centred as titles are, so a .doc's page is less like the paper than a .docx's.
"""

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from fixtures.sheet import Sheet
from fixtures.writer import Writer

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_RUN = re.compile(rb"(?:[\x01-\x0f\x13-\x15\x1e\x20-\x7e\xa0-\xff]\x00|[\x00-\xff][\x01\x03\x1e\x20])+")
_FIELD = re.compile("\x13[^\x14\x15]*\x14")  # what Word fills in, before the text that stands for it
_MARK = re.compile("[\x01-\x06\x08\x0e\x0f\x13-\x15\x1e]")
_FEWEST = 40  # characters of a run of text in a .doc; names of fonts and styles are shorter
MOST_LINES = 32

Line = tuple[str, bool]
"""A line's text and whether it is centred."""


def form_lines(path: Path) -> list[Line]:
    """The lines of a form's first page or so."""
    return list(_of_docx(path) if path.suffix == ".docx" else _of_doc(path))[:MOST_LINES]


def form_sheet(path: Path) -> Sheet:
    """The form's first page, set anew."""
    writer = Writer()
    for text, centred in form_lines(path):
        if centred:
            bold = "serif-bold" if text.isupper() else "serif"
            for part in (text[i : i + 70] for i in range(0, len(text), 70)):
                writer.line(part, bold, 14 if text.isupper() else 13, "centre")
        else:
            writer.paragraph(text, indent=0)
    return writer.sheets[0]


def _of_docx(path: Path) -> list[Line]:
    # The project's own data, read on a developer's machine.
    root = ElementTree.fromstring(zipfile.ZipFile(path).read("word/document.xml"))  # noqa: S314
    lines: list[Line] = []
    for paragraph in root.iter(f"{_W}p"):
        centred = any(each.get(f"{_W}val") == "center" for each in paragraph.iter(f"{_W}jc"))
        parts = [
            "\n" if each.tag == f"{_W}br" else each.text or ""
            for each in paragraph.iter()
            if each.tag in (f"{_W}t", f"{_W}br")
        ]
        lines += [(" ".join(text.split()), centred) for text in "".join(parts).split("\n") if text.strip()]
    return lines


def _of_doc(path: Path) -> list[Line]:
    runs = [run for run in _RUN.findall(path.read_bytes()) if len(run) >= 2 * _FEWEST]
    body = "\n".join(run.decode("utf-16-le", "ignore") for run in runs)
    body = _MARK.sub("", _FIELD.sub("", body))
    lines = [" ".join(text.split()) for text in re.split(r"[\r\n\x07\x0b]", body)]
    return [(text, text.isupper() and len(text) < 90) for text in lines if sum(map(str.isalpha, text)) > 2]
