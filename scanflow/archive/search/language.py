"""The query language of the search box: parses typed text into terms.

Words, `"phrases"`, `starts*`, `-without`, `~misread`, `field:value`. Typed text never reaches the index's own
query language: words consist of letters and digits only.
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from scanflow.archive.search.words import Keys, words_of
from scanflow.errors import QuestionError
from scanflow.text.folding import fold
from scanflow.text.normalization import nfc

LONGEST = 1000
"""Characters of a question."""
MOST_TERMS = 32

_TERM = re.compile(
    # Behind a name with `_`, which is in no paper's text, there may be spaces, or nothing (which is told).
    r"(?P<excluded>-(?=[^\s-]))?"
    r"(?:(?P<field>[^\W\d]\w*):(?=[^\s/])|(?P<spaced>[^\W\d_]+(?:_[^\W\d_]+)+):\s*)?(?P<tolerant>~)?"
    r'(?:"(?P<quoted>[^"]*)"?(?P<star>\*?)|(?P<bare>\S+|(?<=:)\s*$))'
)

FIELDS: Mapping[str, str] = {
    "ho_ten": "ho_ten", "hoten": "ho_ten", "ten": "ho_ten", "name": "ho_ten",
    "so": "so", "number": "so", "no": "so",
    "dia_chi": "dia_chi", "address": "dia_chi",
    "ngay_sinh": "ngay_sinh", "birth": "ngay_sinh",
    "loai": "loai", "type": "loai",
    "thu_tuc": "thu_tuc", "procedure": "thu_tuc",
    "co_quan": "co_quan", "agency": "co_quan",
    "ngay": "ngay", "date": "ngay",
    "nop": "nop", "filed": "nop",
    "ma_ho_so": "ma_ho_so", "dossier": "ma_ho_so",
    "tieu_de": "tieu_de", "title": "tieu_de",
}  # fmt: skip
"""The names of fields, folded, and what each is in the index."""

DATES = ("ngay", "nop")

_DAY = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?"
    r"|(?:(?:(?P<day2>\d{1,2})[/.])?(?P<month2>\d{1,2})[/.])?(?P<year2>\d{4})"
)


@dataclass(frozen=True, slots=True)
class Term:
    """One word, code or quoted phrase; `start` and `end` are where it was typed.

    `phrase`: its words stand side by side, the last may be the start of one (`prefix`). `field` is one of
    `FIELDS`' values, empty for words anywhere; `days` the first and the last that one of `DATES` is to be.
    """

    words: tuple[Keys, ...]
    start: int
    end: int
    raw: str
    phrase: bool = False
    prefix: bool = False
    tolerant: bool = False
    excluded: bool = False
    field: str = ""
    days: tuple[date, date] | None = None


def parse(text: str, *, tolerant: bool = False) -> list[Term]:
    """The terms of a typed text; none where it has no letters and digits.

    Raises QuestionError with the place of the error.
    """
    # Keyboards of some systems send letters and marks apart: names of fields are whole letters.
    text = nfc(text)
    if len(text) > LONGEST:
        raise QuestionError(
            LONGEST, f"a question has at most {LONGEST} characters", f"Câu tìm dài quá {LONGEST} ký tự."
        )
    terms = [term for match in _TERM.finditer(text) if (term := _term(match, tolerant=tolerant))]
    if len(terms) > MOST_TERMS:
        raise QuestionError(
            terms[MOST_TERMS].start,
            f"a question has at most {MOST_TERMS} words; put words that stand together into quotes",
            f"Câu tìm có nhiều hơn {MOST_TERMS} từ. Hãy bớt từ, hoặc đặt cụm từ trong dấu ngoặc kép.",
        )
    return terms


def parse_whole(text: str, *, tolerant: bool = False) -> list[Term]:
    """As `parse`, for a search without facets: at least one word must be a word to find.

    Raises QuestionError.
    """
    terms = parse(text, tolerant=tolerant)
    if not terms:
        raise QuestionError(0, "nothing to search for", "Chưa có từ nào để tìm. Hãy nhập từ cần tìm.")
    if all(term.excluded for term in terms):
        raise QuestionError(
            terms[0].start,
            "only words that are not to be there: add one that is",
            "Chỉ có từ loại trừ. Hãy thêm ít nhất một từ cần tìm.",
        )
    return terms


def _term(match: re.Match[str], *, tolerant: bool) -> Term | None:
    quoted, bare = match["quoted"], match["bare"]
    field = _field(match)
    raw = quoted if quoted is not None else bare
    prefix = bool(match["star"]) or (bare is not None and bare.endswith("*"))
    words = tuple(words_of(raw))
    days = _days(match, raw) if field in DATES else None
    if not words:
        if field:
            raise QuestionError(
                match.start(),
                f"{_typed_field(match)}: needs a value",
                f"Sau «{_typed_field(match)}:» còn thiếu giá trị.",
            )
        return None
    return Term(
        words=words,
        start=match.start(),
        end=match.end(),
        raw=raw.rstrip("*"),
        phrase=quoted is not None or len(words) > 1,
        prefix=prefix,
        tolerant=bool(match["tolerant"]) or (tolerant and not field and quoted is None),
        excluded=bool(match["excluded"]),
        field=field,
        days=days,
    )


def _typed_field(match: re.Match[str]) -> str:
    return match["field"] or match["spaced"] or ""


def _field(match: re.Match[str]) -> str:
    typed = _typed_field(match)
    if not typed:
        return ""
    name = fold(typed)
    if name not in FIELDS:
        known = ", ".join(dict.fromkeys(FIELDS.values()))
        raise QuestionError(
            max(match.start("field"), match.start("spaced")),
            f"no field {typed}; fields are {known}. Put it into quotes to find it as text",
            f"Không có trường «{typed}». Các trường: {known}. Muốn tìm đúng chữ này thì đặt "
            "trong dấu ngoặc kép.",
        )
    return FIELDS[name]


def _days(match: re.Match[str], raw: str) -> tuple[date, date]:
    """`2021`, `2021-04`, `2021-04-15`, `15/04/2021`; or two with `..` between, one may be missing."""
    first, dots, last = raw.partition("..")
    try:
        if not first and not last:
            raise ValueError(raw)
        begin = _span(first)[0] if first else date.min
        end = _span(last)[1] if last else (date.max if dots else _span(first)[1])
    except ValueError:
        begin, end = date.max, date.min
    if begin > end:
        raise QuestionError(
            match.start(),
            f"{raw}: not a day, month or year, or the last before the first; such as 2021-04..2021-06, "
            "15/04/2021 or 2021",
            f"«{raw}» không phải là ngày, tháng hay năm, hoặc ngày cuối trước ngày đầu. Ví dụ: "
            "2021-04..2021-06, 15/04/2021, 2021.",
        ) from None
    return begin, end


def _span(text: str) -> tuple[date, date]:
    found = _DAY.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    year, month, day = (int(found[name] or found[f"{name}2"] or 0) for name in ("year", "month", "day"))
    first_month, last_month = (month, month) if month else (1, 12)
    last_day = day or monthrange(year, last_month)[1]
    return date(year, first_month, day or 1), date(year, last_month, last_day)
