"""How many originals and copies a row asks for, and its text without those words."""

import re
from dataclasses import dataclass

from scanflow.classify.procedures.words import CLEAR_HEAD, LEAD_CONDITION, compile_words, key_of

_NUMERALS = ("một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười")
_VALUES = {key_of(word): value for value, word in enumerate(_NUMERALS, start=1)}
_NUMBER = rf"(?:\d{{1,2}}|{'|'.join(_NUMERALS)})(?:\s*\(\s*(?:\d{{1,2}}|{'|'.join(_NUMERALS)})\s*\))?"
_ORIGINAL = "bản chính|bản gốc"
_COPY = (
    r"(?:các )?(?:bản sao chụp|bản sao|bản chụp|bản phô tô|bản phô-tô|bản photo(?:copy)?|bản scan"
    r"|bản quét|bản điện tử|biểu mẫu điện tử|tệp tin)"
)
_QUALITY = (
    r"(?:(?:có|được|đã|đã được|phải được)\s+)?(?:công chứng|chứng th[ựứ]c|sao y)(?: từ bản chính)?"
    r"(?:\s*(?:,|hoặc|/)\s*(?:công chứng|chứng th[ựứ]c))?"
    r"|(?:có|được|đã|đã được|phải được) xác nhận|hoặc được chứng thực"
    r"|do chính cơ quan, tổ chức hoặc cá nhân đã lập bản chính xác thực"
    r"|hợp lệ|điện t[ửừ](?: chụp)?|được cấp từ sổ gốc|từ bản chính|từ sổ gốc|trích lục"
    r"|(?:có |và |kèm |kèm theo |để )*(?:việc )?(?:xuất trình )?(?:kèm )?(?:theo )?(?:bản chính|bản gốc)"
    r"(?: để)?(?: kiểm tra)?,?(?: đối chiếu)?|để đối chiếu|có đóng dấu"
)
_SORT = (
    rf"(?:{_NUMBER}\s+(?:bộ\s+)?(?:{_ORIGINAL}|{_COPY}|bản|bộ|tờ(?! khai| trình)|tấm|quyển|cái)"
    rf"|{_ORIGINAL}|{_COPY})"
)
_ONE = rf"(?:{_SORT})(?:\s*[(,]?\s*(?:{_QUALITY})\)?)*"
_MARK = rf"{_ONE}(?:\s*(?:hoặc|hay|và|,|;|/|kèm theo|kèm)\s*{_ONE})*"

_LEADING = compile_words(rf"\(?\s*(?:nộp |gồm )?{_MARK}(?:\s*\))?(?!\w)\s*(?::|của(?! )|-)?\s*")
_ABOUT = compile_words(r"(?:đối với|của)\s+")
_JOIN = re.compile(r"^(?:hoặc|hay|và)\s+", re.IGNORECASE)
_BRACKETED = compile_words(rf"\(\s*(?:nếu có\s*-\s*)?{_MARK}(?!\w)[^()]*\)")
_TRAILING = compile_words(rf"[:–;,-]\s*(?:số lượng:?\s*)?{_MARK}(?!\w)(?P<rest>[^:]*)$")
_COUNTED = compile_words(
    rf"({_NUMBER})\s+(?=ảnh|tấm ảnh|phiếu|phong bì|hợp đồng|đơn|tờ khai|giấy|báo cáo|bản\s)"
)
_ORIGINALS = compile_words(rf"(?:({_NUMBER})\s+(?:bộ\s+)?)?(?:{_ORIGINAL})")
_COPIES = compile_words(rf"(?:({_NUMBER})\s+(?:bộ\s+)?)?(?:{_COPY})")
_SHEETS = compile_words(rf"({_NUMBER})\s+(?:bản|bộ|tờ)")
_TO_COMPARE = compile_words(
    r"(?:xuất trình|kèm|đối chiếu|chứng thực từ|sao từ)[^,;/]{0,20}bản (?:chính|gốc)[^,;/]*"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """How many originals and copies the words ask for, None where they do not say;

    `either`: one or the other.
    """

    originals: int | None = None
    copies: int | None = None
    either: bool = False


def starts_with_quantity(key: str) -> bool:
    """Whether the words (of `key_of`) begin with a quantity: "02 bản sao …"."""
    return bool(_LEADING.match(key))


def cut_quantity(text: str) -> tuple[str, Quantity]:
    """The text without its words on copies ("02 bản sao có chứng thực", "(bản chính)"), and their meaning."""
    said: list[str] = []
    rest = _cut_leading(text, said)
    while (match := _BRACKETED.search(key_of(rest))) and match.start() > 0:
        said.append(rest[match.start() : match.end()])
        rest = rest[: match.start()] + rest[match.end() :]
    match = None if LEAD_CONDITION.match(key_of(rest)) else _TRAILING.search(key_of(rest))
    if match and match.start() > 0 and not CLEAR_HEAD.match(match["rest"].lstrip(" :")):
        said.append(rest[match.start() :])
        rest = rest[: match.start()]
    return rest.strip(), _quantity(" ; ".join(said))


def _cut_leading(text: str, said: list[str]) -> str:
    rest = text.strip()
    while (match := _LEADING.match(key_of(rest))) and match.end() < len(rest):
        said.append(rest[: match.end()])
        rest = _JOIN.sub("", rest[match.end() :].lstrip(" .,:;-)"))
        about = _ABOUT.match(key_of(rest))
        rest = rest[about.end() :] if about and CLEAR_HEAD.match(key_of(rest), about.end()) else rest
    if match := _COUNTED.match(key_of(rest)):
        said.append(f"{match[1]} bản chính")
        rest = rest[match.end() :]
    return rest


def _quantity(said: str) -> Quantity:
    key = _TO_COMPARE.sub(" ", key_of(said))
    originals = [_value(match[1]) for match in _ORIGINALS.finditer(key)]
    copies = [_value(match[1]) for match in _COPIES.finditer(key)]
    if not originals and not copies and (match := _SHEETS.search(key)):
        originals = [_value(match[1])]
    return Quantity(
        max(originals) if originals else None,
        max(copies) if copies else None,
        bool(originals and copies) and "hoặc" in key,
    )


def _value(numeral: str | None) -> int:
    if not numeral:
        return 1
    word = re.split(r"[\s(]", numeral)[0]
    return int(word) if word.isdigit() else _VALUES.get(word, 1)
