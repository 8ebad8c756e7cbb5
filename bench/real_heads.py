"""Number, date, agency and subject on the first pages of real papers, each wrong or open one listed.

    python -m bench.real_heads [--readings FOLDER]

The truth is the text beside a file of the extra data (`fixtures.extra`) as a person read it: its first lines,
with what a pen filled in (`.pen.txt`), or the heading of a typed law. Files without a text are left out.
`right` is a value passed as sure that is the true one; `open` is given as doubtful or not at all, as
handwriting is to be; `wrong` is passed as sure and isn't the true one.
"""

import argparse
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from bench.cached_readings import CachedReader
from bench.fields import is_right
from fixtures.extra import EXTRA, say_what_is_missing
from scanflow.classify.fields import SURE, read_details
from scanflow.model import FieldValue, PageReading
from scanflow.text.folding import fold
from scanflow.text.national_head import is_national_head
from scanflow.text.normalization import search_key

FOLDERS = ("real-pages", "real-pages-2", "real-tables", "real-pdfs")
FIELDS = ("number", "date", "agency", "subject")
_DATE = re.compile(r"ngày\s*(\d*)\s*tháng\s*(\d*)\s*năm\s*(\d*)", re.IGNORECASE)
# As a published law heads its text: "CỦA CHÍNH PHỦ SỐ 01/2010/NĐ-CP NGÀY 04 THÁNG 01 NĂM 2010 VỀ …".
_LAW = re.compile(
    r"^CỦA (?P<agency>.+?) SỐ (?P<number>\S+) NGÀY (?P<day>\d+) THÁNG (?P<month>\d+) NĂM (?P<year>\d+) "
    r"(?P<subject>.+)"
)
_SUBJECT_ENDS = re.compile(r"^(?:căn cứ|thực hiện|theo|xét|để|kính gửi)\b", re.IGNORECASE)
_PEN = re.compile(r"^(?P<words>\S+)\s+(?:— )?(?P<what>document number|number line|day|date line|month)\b")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one field of one page; `verdict` is `right`, `open` or `wrong`."""

    page: str
    name: str
    truth: str
    value: str
    confidence: float
    verdict: str


def truth_of(path: Path) -> dict[str, str]:
    """The fields that the text beside a file says; empty where it isn't the text of a paper's first page."""
    text = path.read_text(encoding="utf-8")
    lines = [line.strip(" -") for line in re.split(r"[\t\n]", text)]
    if law := _LAW.match(" ".join(takewhile(bool, lines[1:]))):
        day = _date(law["day"], law["month"], law["year"])
        return {**law.groupdict(), "date": day}
    motto = next((no for no, line in enumerate(lines[:8]) if is_national_head(fold(line))), 0)
    if not motto:
        return {}
    pen = path.with_suffix(".pen.txt")
    return _head(lines, motto, _filled_in(pen) if pen.exists() else {})


def _head(lines: Sequence[str], motto: int, pen: dict[str, str]) -> dict[str, str]:
    """The fields of a page's lines, of which `motto` is the national name's index."""
    number = next((line for line in lines[:14] if re.match(r"Số\b", line)), "")
    symbol = re.sub(r"^Số\s*:?|\s", "", number)
    dates = ((no, found) for no, line in enumerate(lines[:14]) if (found := _DATE.search(line)))
    dated, date_line = next(dates, (0, None))
    day, month, year = date_line.groups() if date_line else ("", "", "")
    below = [line for line in lines[dated + 1 :] if line]
    kind = next((no for no, line in enumerate(below) if line.isupper()), 0)
    agency = [line for line in lines[:motto] if line and line != number]
    subject = list(_subject(below[kind + 1 :], agency))
    whole = not symbol.startswith("/")
    if any(line.startswith("TÊN ") for line in agency):
        agency = []  # a model form
    return {
        "agency": " ".join(agency),
        "number": symbol if whole else pen["number"] + symbol if "number" in pen else "",
        "date": _date(day or pen.get("day", ""), month or pen.get("month", ""), year),
        "subject": " ".join(subject),
    }


def _subject(below: Sequence[str], agency: Sequence[str]) -> Iterator[str]:
    """The lines below the title up to who decides, who is in capitals, or to the text."""
    in_capitals = bool(below) and below[0].isupper() and below[0] not in agency
    for line in below:
        ends = line in agency if in_capitals else line.isupper()
        if ends or _SUBJECT_ENDS.match(line):
            return
        yield line


def _filled_in(path: Path) -> dict[str, str]:
    """What a pen wrote into a page's head."""
    names = {"document number": "number", "number line": "number", "date line": "day"}
    found = (_PEN.match(line) for line in path.read_text(encoding="utf-8").splitlines())
    return {names.get(each["what"], each["what"]): each["words"] for each in found if each}


def _date(day: str, month: str, year: str) -> str:
    return f"{int(day):02}/{int(month):02}/{year}" if day and month and year else ""


def outcomes(page: str, reading: PageReading, truth: dict[str, str]) -> Iterator[Outcome]:
    """What is read of a first page against its truth. The agency is compared with its superior one."""
    first: dict[str, FieldValue] = {}
    for value in read_details([reading], None):
        first.setdefault(value.name, value)
    for name in FIELDS:
        found, true = first.get(name), truth.get(name, "")
        said, sure = (found.value, found.confidence) if found else ("", 0.0)
        if name == "agency" and (above := first.get("superior_agency")):
            said = f"{above.value} {said}"
        passed = bool(said) and sure >= SURE
        verdict = ("right" if _is_true(name, said, true) else "wrong") if passed else "open"
        yield Outcome(page, name, true, said, sure, "right" if not said and not true else verdict)


def _is_true(name: str, said: str, true: str) -> bool:
    return is_right(name, said.replace("–", "-"), true) or search_key(said) == search_key(true)


def table(found: Sequence[Outcome]) -> str:
    """A row a field."""
    counts = Counter((each.name, each.verdict) for each in found)
    rows = ["| | pages | right | open | wrong |", "|---|---|---|---|---|"]
    for name in FIELDS:
        right, left, wrong = (counts[name, verdict] for verdict in ("right", "open", "wrong"))
        rows.append(f"| {name} | {right + left + wrong} | {right} | {left} | {wrong} |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--readings", type=Path, help="the folder of kept readings; default: var/readings")
    options = parser.parse_args()
    reader, found = CachedReader(options.readings), list[Outcome]()
    for folder in FOLDERS:
        if not (EXTRA / folder).is_dir():
            say_what_is_missing(EXTRA / folder, "its pages are left out")
            continue
        for path in sorted((EXTRA / folder).iterdir()):
            text = path.with_suffix(".txt")
            truth = truth_of(text) if path.suffix in (".png", ".jpg", ".pdf") and text.exists() else {}
            if truth:
                found += outcomes(f"{folder}/{path.name}", reader.first(path), truth)
    print(table(found) + "\n")
    for each in found:
        if each.verdict != "right":
            print(
                f"- {each.verdict}: {each.page} {each.name}: {each.value!r} ({each.confidence:.2f})"
                f" for {each.truth!r}"
            )


if __name__ == "__main__":
    main()
