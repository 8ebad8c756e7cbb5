"""Published lists as files: JSON lines, CSV and XLSX, read row by row, each fault named with its place."""

import csv
import gzip
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import zstandard

from scanflow.classify.procedures.published import (
    PublishedPaper,
    PublishedProcedure,
    published_procedure,
)
from scanflow.classify.profiles import root_code
from scanflow.errors import InputError, UsageError
from scanflow.text.folding import fold

CODE = re.compile(r"^\d\.\d{6}$")
# Characters. A longer line does not belong to a list of procedures; in a packed file one could fill the
# memory.
LONGEST_LINE = 4 * 2**20
# The longest name in 2,364 real procedures has 7,400 characters, the longest word (a form number) 62.
LONGEST_NAME, LONGEST_WORD = 20_000, 300
# The fields that a column may hold, and the folded headings by which it is recognized without a map.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "ma", "ma tthc", "ma thu tuc", "ma so", "ma thu tuc hanh chinh", "ma so tthc"),
    "name": ("name", "ten thu tuc", "ten tthc", "ten thu tuc hanh chinh", "thu tuc", "thu tuc hanh chinh"),
    "field": ("field", "linh vuc"),
    "agency": ("agency", "co quan", "co quan thuc hien", "co quan giai quyet", "don vi thuc hien"),
    "level": ("level", "cap", "cap thuc hien"),
    "decision": ("decision", "quyet dinh", "quyet dinh cong bo", "so quyet dinh"),
    "paper": ("paper", "ten giay to", "giay to", "thanh phan ho so", "thanh phan", "ten thanh phan ho so"),
    "form": ("form", "bieu mau", "mau don", "mau don to khai", "mau don, to khai", "tep bieu mau"),
    "form_no": ("form_no", "so hieu mau", "so mau", "so hieu bieu mau", "mau so", "ky hieu mau"),
    "original": ("original", "ban chinh", "so ban chinh", "so luong ban chinh", "so luong"),
    "copy": ("copy", "ban sao", "so ban sao", "so luong ban sao"),
    "group": ("group", "truong hop", "nhom", "nhom giay to"),
    "kind": ("kind", "loai"),
    "result": ("result", "results", "ket qua", "ket qua thuc hien", "ket qua giai quyet"),
    "legal": ("legal", "can cu phap ly", "can cu"),
}
_NEEDED = ("code", "name", "paper")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a part of a list: its place (`file:line`) and column, what is wrong, and what to do."""

    place: str
    what: str
    remedy: str
    column: str = ""

    def __str__(self) -> str:
        at = f"{self.place}, column {self.column}" if self.column else self.place
        return f"{at}: {self.what}; {self.remedy}"


@dataclass(slots=True)
class PublishedList:
    """A list as read: its procedures, each with its place (`file:line`), and the faults."""

    procedures: list[tuple[str, PublishedProcedure]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_source(
    path: Path, columns: Mapping[str, str] | None = None, sheet: str | None = None
) -> PublishedList:
    """The procedures of a published list.

    `columns` gives the field (a key of `COLUMNS`) of headings, in addition to the usual headings that are
    known; `sheet` is the sheet of a workbook, the first where it is not given. Procedures that cannot be read
    are left out, and named in `faults`. Raises InputError for a file that is no list, UsageError for a column
    that there isn't.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packed = suffixes[-1] if suffixes and suffixes[-1] in {".gz", ".zst"} else ""
    kind = (suffixes[:-1] if packed else suffixes)[-1:] or [""]
    if kind[0] in {".jsonl", ".json", ".ndjson"}:
        return _once_each(_json_lines(path, packed))
    if kind[0] in {".csv", ".tsv"}:
        return _once_each(_table(path, _csv_rows(path, packed, kind[0]), columns or {}))
    if kind[0] == ".xlsx" and not packed:
        return _once_each(_table(path, _sheet_rows(path, sheet), columns or {}))
    raise InputError(
        f"{path}: not a list that can be imported; give .jsonl (also .gz, .zst), .csv, .tsv or .xlsx",
        f"Không nhập được tệp {path.name}: chỉ nhận .jsonl, .csv, .tsv hoặc .xlsx.",
    )


def _once_each(source: PublishedList) -> PublishedList:
    """The source with its first procedure of each code; of a code that comes again, a fault."""
    places: dict[str, str] = {}
    kept: list[tuple[str, PublishedProcedure]] = []
    for place, procedure in source.procedures:
        first = places.setdefault(procedure.code, place)
        if first == place:
            kept.append((place, procedure))
        else:
            what = f"{procedure.code} is also at {first}"
            source.faults.append(Fault(place, what, "keep one of them; the first was taken", "code"))
    source.procedures = kept
    return source


def _open_text(path: Path, packed: str) -> IO[str]:
    if packed == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    if packed == ".zst":
        unpacked: Any = zstandard.ZstdDecompressor().stream_reader(path.open("rb"), closefd=True)
        return io.TextIOWrapper(unpacked, encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(
        f"{path}: cannot be read: {error}; save it again as UTF-8",
        f"Không đọc được tệp {path.name}. Hãy lưu lại tệp với bảng mã UTF-8 rồi nhập lại.",
    )


def _lines(path: Path, file: IO[str]) -> Iterator[str]:
    """The lines of a list. Raises InputError at a line longer than `LONGEST_LINE`, without reading it all."""
    for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), ""), start=1):
        if len(line) == LONGEST_LINE and not line.endswith("\n"):
            raise InputError(
                f"{path}:{number}: the line is longer than {LONGEST_LINE:,} characters; give each procedure "
                "or paper a line of its own",
                f"Tệp {path.name}, dòng {number} quá dài. Mỗi dòng chỉ ghi một thủ tục hoặc một giấy tờ.",
            )
        yield line


def _json_lines(path: Path, packed: str) -> PublishedList:
    source = PublishedList()
    try:
        with _open_text(path, packed) as file:
            for number, line in enumerate(_lines(path, file), start=1):
                if line.strip():
                    _add_json(source, f"{path}:{number}", line)
    except (OSError, EOFError, UnicodeDecodeError, zstandard.ZstdError) as error:
        raise _unreadable(path, error) from error
    return source


def _add_json(source: PublishedList, place: str, line: str) -> None:
    try:
        raw = json.loads(line)
        if not isinstance(raw, dict):
            raise TypeError("an object expected")
        procedure = published_procedure(raw)
    except (ValueError, TypeError, RecursionError) as error:
        column, _, what = str(error).partition(": ")
        if not isinstance(error, json.JSONDecodeError) and what:
            source.faults.append(Fault(place, what, "correct it and import the list again", column))
        else:
            source.faults.append(Fault(place, str(error), "one JSON object a line is expected"))
        return
    _add(source, place, procedure)


def _add(source: PublishedList, place: str, procedure: PublishedProcedure) -> None:
    code = root_code(procedure.code)
    if not CODE.match(code):
        what = f"{procedure.code!r} is no code of a procedure" if procedure.code else "no code"
        source.faults.append(Fault(place, what, "give it as 1.234567; the procedure was left out", "code"))
    elif not procedure.name:
        source.faults.append(Fault(place, "no name", "give it; the procedure was left out", "name"))
    else:
        unnamed = [number for number, paper in enumerate(procedure.papers, start=1) if not paper.name]
        for number in unnamed:
            source.faults.append(Fault(place, f"paper {number} has no name", "it was left out", "papers"))
        overlong = [no for no, paper in enumerate(procedure.papers, start=1) if not _is_legible(paper.name)]
        for number in overlong:
            what = f"the name of paper {number} is too long, or a word of it has over {LONGEST_WORD} letters"
            source.faults.append(Fault(place, what, "it was left out", "papers"))
        papers = tuple(paper for paper in procedure.papers if paper.name and _is_legible(paper.name))
        source.procedures.append((place, replace(procedure, code=code, papers=papers)))


def _is_legible(name: str) -> bool:
    """Whether a name has the length of a real one; a damaged list may have anything in its place."""
    return len(name) <= LONGEST_NAME and all(len(word) <= LONGEST_WORD for word in name.split())


def _csv_rows(path: Path, packed: str, kind: str) -> Iterator[tuple[str, list[str]]]:
    csv.field_size_limit(LONGEST_LINE)
    try:
        with _open_text(path, packed) as file:
            beginning = file.read(8192)
        delimiter = "\t" if kind == ".tsv" else _delimiter(beginning)
        with _open_text(path, packed) as file:
            reader = csv.reader(_lines(path, file), delimiter=delimiter)
            for row in reader:
                yield f"{path}:{reader.line_num}", row
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zstandard.ZstdError) as error:
        raise _unreadable(path, error) from error


def _delimiter(text: str) -> str:
    """What separates the columns of the first line."""
    first = text.splitlines()[0] if text.strip() else ""
    return max((",", ";", "\t"), key=first.count)


def _sheet_rows(path: Path, sheet: str | None) -> Iterator[tuple[str, list[str]]]:
    import openpyxl  # noqa: PLC0415 - a second to load, and nothing else needs it
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, OSError, KeyError, ValueError) as error:
        raise _unreadable_book(path, error) from error
    except Exception as error:
        # openpyxl lets through what its parsers of ZIP and XML raise.
        raise _unreadable_book(path, error) from error
    try:
        if sheet is not None and sheet not in book.sheetnames:
            raise UsageError(
                f"{path}: no sheet {sheet!r}; there are {', '.join(book.sheetnames)}",
                f"Tệp {path.name} không có trang tính {sheet!r}.",
            )
        chosen = book[sheet or book.sheetnames[0]]
        for number, row in enumerate(chosen.iter_rows(values_only=True), start=1):
            yield f"{path}:{chosen.title}:{number}", [_cell(value) for value in row]
    finally:
        book.close()


def _unreadable_book(path: Path, error: Exception) -> InputError:
    return InputError(
        f"{path}: not a workbook that can be read: {error}; save it again as .xlsx",
        f"Không đọc được tệp {path.name}. Hãy lưu lại tệp dạng .xlsx rồi nhập lại.",
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        # A code typed as a number loses its last zeros in the cell; a code has six decimals: 1.001190.
        return str(int(value)) if value.is_integer() else f"{value:.6f}"
    return str(value)


def _table(path: Path, rows: Iterator[tuple[str, list[str]]], columns: Mapping[str, str]) -> PublishedList:
    """A list with one paper a row; an empty code means the procedure of the row above."""
    source = PublishedList()
    header, places = _find_header(path, rows, columns)
    papers: list[PublishedPaper] = []
    current: tuple[str, dict[str, list[str]]] | None = None

    def finish() -> None:
        if current is not None:
            _add(source, current[0], _from_cells(current[1], papers))
        papers.clear()

    for place, cells in rows:
        row = {name: cells[at].strip() if at < len(cells) else "" for name, at in header.items()}
        if not any(row.values()):
            continue
        if row["code"] and (current is None or row["code"] not in current[1]["code"]):
            finish()
            current = place, {name: [] for name in header}
        if current is None:
            source.faults.append(Fault(place, "no code", "the first row needs one", places["code"]))
            continue
        for name, value in row.items():
            if value and value not in current[1][name]:
                current[1][name].append(value)
        if row["paper"]:
            papers.append(_paper(source, place, row, places))
    finish()
    return source


def _find_header(
    path: Path, rows: Iterator[tuple[str, list[str]]], columns: Mapping[str, str]
) -> tuple[dict[str, int], dict[str, str]]:
    """Which column each field is in, and that column's heading. Raises InputError, UsageError.

    The headings are the first row that names code and paper: workbooks begin with titles of their own.
    """
    seen: list[str] = []
    for _, cells in rows:
        header = _header(cells, columns)
        if all(name in header for name in ("code", "paper")):
            missing = [name for name in _NEEDED if name not in header]
            if missing:
                break
            return header, {name: cells[at].strip() for name, at in header.items()}
        seen = seen or [cell.strip() for cell in cells if cell.strip()]
        if len(seen) > 200:
            break
    if not seen:
        raise InputError(f"{path}: the list is empty", f"Tệp {path.name} không có nội dung nào.")
    needed = ", ".join(_NEEDED)
    raise UsageError(
        f"{path}: no row with headings for {needed}; it begins with {' | '.join(seen[:12])}: "
        f"say which column is which with --map 'HEADING=FIELD' (fields: {', '.join(COLUMNS)})",
        f"Tệp {path.name} không có dòng tiêu đề với mã, tên thủ tục và tên giấy tờ. "
        "Hãy chỉ rõ từng cột bằng --map 'TIÊU ĐỀ=trường'.",
    )


def _header(cells: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    mapped = {_heading(heading): name for heading, name in columns.items()}
    known = {heading: name for name, headings in COLUMNS.items() for heading in headings}
    header: dict[str, int] = {}
    for table in (mapped, known):
        for at, cell in enumerate(cells):
            name = table.get(_heading(cell))
            if name is not None and name not in header and at not in header.values():
                header[name] = at
    return header


def _heading(cell: str) -> str:
    return " ".join(re.findall(r"[\w,]+", fold(cell)))


def column_map(pairs: Iterable[str]) -> dict[str, str]:
    """The map of columns of `--map 'HEADING=FIELD'`. Raises UsageError."""
    columns: dict[str, str] = {}
    for pair in pairs:
        heading, _, name = (part.strip() for part in pair.rpartition("="))
        if name not in COLUMNS and heading in COLUMNS:
            heading, name = name, heading
        if not heading or name not in COLUMNS:
            raise UsageError(
                f"--map {pair!r}: write HEADING=FIELD, FIELD one of {', '.join(COLUMNS)}",
                f"--map {pair!r}: hãy viết TIÊU ĐỀ=trường, trường là một trong {', '.join(COLUMNS)}.",
            )
        columns[heading] = name
    return columns


def _paper(
    source: PublishedList, place: str, row: Mapping[str, str], places: Mapping[str, str]
) -> PublishedPaper:
    kind = row.get("kind", "")
    return PublishedPaper(
        name=row["paper"],
        form=row.get("form", ""),
        form_no=row.get("form_no", ""),
        original=_count(source, place, row, "original", places),
        copy=_count(source, place, row, "copy", places),
        group=row.get("group", ""),
        kind=kind if kind in {"paper", "conditional", "note"} else "paper",  # type: ignore[arg-type] # one of them
    )


def _count(
    source: PublishedList, place: str, row: Mapping[str, str], name: str, places: Mapping[str, str]
) -> int | None:
    value = row.get(name, "")
    if not value:
        return None
    match = re.match(r"\d{1,3}", value)
    if not match:
        source.faults.append(
            Fault(place, f"{value!r} is no number of papers", "write 0, 1, 2 …; taken as empty", places[name])
        )
        return None
    return int(match[0])


def _from_cells(cells: Mapping[str, Sequence[str]], papers: Sequence[PublishedPaper]) -> PublishedProcedure:
    def first(name: str) -> str:
        return next(iter(cells.get(name, ())), "")

    return PublishedProcedure(
        code=first("code"),
        name=first("name"),
        field=first("field"),
        agency=first("agency"),
        level=tuple(cells.get("level", ())),
        papers=tuple(papers),
        results=tuple(cells.get("result", ())),
        legal=tuple(cells.get("legal", ())),
        decision=first("decision"),
    )
