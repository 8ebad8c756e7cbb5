"""The name of a published row, a sentence, taken apart: titles as printed, and the condition.

"Bản sao hợp đồng ủy quyền cho tổ chức thực hiện thủ tục …, đối với trường hợp …"
→ titles "Hợp đồng ủy quyền", "Hợp đồng ủy quyền cho tổ chức thực hiện thủ tục …"; condition "đối với …"
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanflow.classify.procedures.paper_titles import ENDS_TITLE, VAGUE, paper_titles
from scanflow.classify.procedures.quantities import Quantity, cut_quantity, starts_with_quantity
from scanflow.classify.procedures.words import (
    CLEAR_HEAD,
    HEAD,
    HEAD_AFTER_OR,
    LEAD_CONDITION,
    REQUEST,
    compile_words,
    key_of,
)
from scanflow.text.normalization import normalize

MAX_TITLES = 16

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_FILE = re.compile(r"\s*(?:M[aẫ]u|[\w-]*)[\w\-. ()]{0,60}\.(?:docx?|pdf|xlsx?|rtf)\b.*$")
_NUMBERING = re.compile(
    r"^(?:[\s\-–—+*•·●○▪!.,:;_>“\"]+|\(\s*\*+\s*\)|\(?\s*(?:\d{1,2}(?:\.\d{1,2}){0,3}|[ivxIVX]{1,5}"
    r"|[a-zđA-ZĐ]\d?|[a-zđ]\.\d)\s*(?:[.)/]+|-\s)(?!\d)(?=\s*\D)"
    r"|\d{1,2}(?:\.\d{1,2}){1,3}\s+|\d{1,2}\s+(?=-))"
)
_LABEL = compile_words(r"(?:thành phần hồ sơ|giấy tờ phải (?:nộp|xuất trình)|hồ sơ gồm|gồm)\s*(?::|-)\s*")

_CONDITION = compile_words(
    r"(?:áp dụng |dùng |dành )?(?:đối với|(?:trong )?(?:các )?trường hợp|nếu|khi (?:có|đề nghị|thực hiện"
    r"|người|nộp|được)|trừ (?:trường|các|khi)|ngoại trừ|cho trường hợp|dùng cho|dành cho)(?!\w)"
)
_SHARES_TAIL = compile_words(
    r"(?:văn bản|giấy tờ|tài liệu|quyết định|nghị quyết|biên bản|công văn|tờ trình|hợp đồng"
    r"|giấy chứng nhận|giấy phép|giấy xác nhận|thỏa thuận|văn bản thỏa thuận|đơn|đơn đề nghị"
    r"|văn bản đề nghị|giấy đề nghị|tờ khai|bản án|chứng chỉ|văn bằng|thông báo|phiếu|báo cáo"
    r"|nghị quyết bằng văn bản)"
)
_SPLIT = compile_words(
    r"\s*(?:;\s*(?:hoặc |và )?|\.\s+|[,/]?\s*(?<!\w)(?:hoặc|hay)(?!\w)(?: là| của)?"
    r"|[,]?\s*(?<!\w)và(?!\w)|/|,|\s[+-]{1,2}\s|\s(?=\d{1,2}[.)]\s))\s*(?:[-+*]+\s*"
    r"|(?:\(?[a-z0-9ivx]{1,4}[.)])\s*)?"
)
_LISTED = compile_words(
    r"(?:như sau|sau đây|sau|gồm|bao gồm|dưới đây|như|là|trong|gồm có)\s*:?\s*[+-]?\s*$|:\s*$"
)
_NO_SPLIT = compile_words(
    r"(?<!\w)(?:đối với|trường hợp|trong đó|nêu rõ|ghi rõ|thể hiện|nội dung|thông tin|nếu|trừ|để"
    r"|chứng minh về|do bị|theo quy định của)(?!\w)"
)
_OBJECT = compile_words(
    r"(?<!\w)(?:cấp|cấp lại|cấp đổi|cấp mới|đổi|thu hồi|gia hạn|mất|xin|ghi trong|trên|hủy|nộp|trả lại"
    r"|sửa đổi|bổ sung|điều chỉnh|nội dung|phê duyệt|thông qua|thực hiện|dự thảo|lập|trong|ban hành"
    r"|đề nghị|công nhận|ký|có|là|bằng|bị|theo|với|kèm|như|từ|qua)\s+(?:các |những )?$"
)
_ASKS = compile_words(
    r"(?<!\w)(?:thì |phải |cần |còn |có thể |được |sẽ |và |khi )*(?:nộp|gửi|xuất trình|cung cấp|bổ sung"
    r"|có|đính kèm|lập|khai|kèm|sử dụng|thực hiện trên|yêu cầu cung cấp|là|thêm|thì)\s+(?:(?:thêm"
    r"|bổ sung|kèm|kèm theo|theo|cả|và nộp|nộp|có|phải có|thêm các|một trong các|01 trong)\s+)*"
)
_HANDING_IN = compile_words(r"hồ sơ(?! thiết kế| kỹ thuật| hoàn| địa| năng| bệnh| dự| pháp)")
_ANNEX = compile_words(r"phụ lục (?:số )?[ivxlc\d]+[a-z\d.]*(?!\w)")
_ENDS_IN_ANNEX = compile_words(r"(?:theo|tại) phụ lục (?:số )?[ivxlc\d]+[a-z\d.]*\s*$")


@dataclass(frozen=True, slots=True)
class Wording:
    """The parts of a row's name.

    `together`: all of its papers are asked for, not one of them; `led_to`: it begins with a case or a person,
    and names the paper after that.
    """

    titles: tuple[str, ...]
    condition: str
    quantity: Quantity
    together: bool = False
    led_to: bool = False


def plain_text(name: str) -> str:
    """A row's name on one line, in NFC, without list numbering and appended file names."""
    text = " ".join(_INVISIBLE.sub("", normalize(name)).split())
    text = _FILE.sub("", text) if _FILE.search(text) and _FILE.search(text).start() > 8 else text  # type: ignore[union-attr]
    while True:
        shorter = _NUMBERING.sub("", text, count=1)
        if match := _LABEL.match(key_of(shorter)):
            shorter = shorter[match.end() :]
        if shorter == text or not shorter:
            return text.strip(" ;,")
        text = shorter


def read_wording(text: str) -> Wording | None:
    """The parts of a row's `plain_text`; None where it names no paper."""
    text, quantity = cut_quantity(text)
    rest, conditions = _cut_leading_condition(text)
    if rest is None:
        return None
    led_to = rest != text
    text, more = cut_quantity(rest)
    quantity = _either(quantity, more)
    text, bracketed = _cut_brackets(text)
    conditions += bracketed
    titles: list[str] = []
    parts, together = _papers(text)
    for part in parts:
        rest, more = cut_quantity(part)
        quantity = _either(quantity, more)
        titles += paper_titles(rest)
    if condition := _trailing_condition(text):
        conditions.append(condition)
    titles = [each for each in titles if not VAGUE.fullmatch(key_of(each))] or titles
    unique = {key_of(title): title for title in reversed(titles)}
    ordered = [title for title in dict.fromkeys(titles) if unique.get(key_of(title)) == title]
    if not ordered:
        return None
    return Wording(
        tuple(ordered[:MAX_TITLES]),
        "; ".join(dict.fromkeys(conditions)),
        quantity,
        together and len(parts) > 1,
        led_to,
    )


def _either(first: Quantity, second: Quantity) -> Quantity:
    return first if first != Quantity() else second


def _cut_leading_condition(text: str) -> tuple[str | None, list[str]]:
    """The text from its first paper on where it begins with a case ("Trường hợp …: …") or a person."""
    key = key_of(text)
    leading = LEAD_CONDITION.match(key)
    if not leading and HEAD.match(key):
        return text, []
    for start in _paper_starts(key, 0):
        before = text[:start].rstrip(" ,:;")
        rest = text[start:]
        return rest, [before] if leading else []
    return (None, []) if leading else (text, [])


def _paper_starts(key: str, start: int) -> Iterator[int]:
    """Where a paper may begin after a case or a person: after a colon, or after "must hand in"."""
    places = [m.end() for m in re.finditer(r":\s*(?:[-+*]+\s*|\(?[a-z0-9]{1,3}[.)]\s*)*", key[start:])]
    places += [m.end() for m in _ASKS.finditer(key, start)]
    places += [m.end() for m in re.finditer(r",\s+|\s[a-z0-9][.)]\s+", key[start:])]
    for place in sorted(places):
        rest = key[place:]
        cut, _ = cut_quantity(rest)
        at = place + len(rest) - len(rest.lstrip())
        if _HANDING_IN.match(rest):
            continue
        if CLEAR_HEAD.match(rest) or (cut != rest.strip() and HEAD.match(cut)):
            yield at


def _cut_brackets(text: str) -> tuple[str, list[str]]:
    """The text without brackets and their contents, and the conditions in them."""
    conditions: list[str] = []

    def take(match: re.Match[str]) -> str:
        inner = match[1].strip(" .;,:-")
        if _CONDITION.match(key_of(inner)):
            conditions.append(inner)
        return " "

    previous = None
    while previous != text:
        previous, text = text, re.sub(r"\s*\(([^()]*)\)\s*", take, text)
    text = re.sub(r"\s*\(([^)]*)$", take, text)
    text = " ".join(text.replace("(", " ").replace(")", " ").split())
    return re.sub(r"\s+([,;.:])", r"\1", text), conditions


def _trailing_condition(text: str) -> str:
    key = key_of(text)
    for match in _CONDITION.finditer(key):
        if match.start() > 0:
            end = re.search(r"[;.](?:\s|$)", text[match.start() :])
            return text[match.start() : match.start() + end.start() if end else len(text)].strip(" ,;.")
    return ""


def _papers(text: str) -> tuple[list[str], bool]:
    """The papers that a row names, and whether they are asked for together.

    A paper begins after "hoặc", "và", "/", ";" or "," where the words are ones that begin a paper, and are
    not the thing that the paper before asks for ("Đơn đề nghị cấp giấy phép hoặc giấy chứng nhận").
    """
    key = key_of(text)
    parts: list[str] = []
    joins: list[str] = []
    begin = 0
    for match in _SPLIT.finditer(key):
        if match.start() <= begin or not _splits(key, begin, match):
            continue
        parts.append(text[begin : match.start()])
        joins.append(match[0])
        begin = match.end()
    parts.append(text[begin:])
    parts = _listed(parts)
    together = bool(joins) and not any(word in "".join(joins) for word in ("hoặc", "hay", "/"))
    return _share_tails(parts), together and "một trong" not in key


def _splits(key: str, begin: int, match: re.Match[str]) -> bool:
    left, right = key[begin : match.start()], key[match.end() : match.end() + 100]
    join = match[0].strip()
    counted = starts_with_quantity(right) and bool(HEAD.match(cut_quantity(right)[0]))
    head = HEAD_AFTER_OR if "hoặc" in join or "/" in join else CLEAR_HEAD
    if not counted and not head.match(right):
        return False
    if _ANNEX.match(right) or _ENDS_IN_ANNEX.search(left):
        return False
    if join[:1] in (";", "-", "+") or join[:1].isdigit():
        return True
    if join.startswith("."):
        return not _NO_SPLIT.search(right[:60])
    return counted or _another_paper(left.rpartition(":")[2], right)


def _another_paper(left: str, right: str) -> bool:
    """Whether the paper after "và" or "hoặc" is one of its own, and not part of what the words before say."""
    if _NO_SPLIT.search(left) or _OBJECT.search(left + " "):
        return False
    if REQUEST.match(left) and not REQUEST.match(right):
        return len(left.split()) <= 2
    return not _object_of(left)


def _object_of(left: str) -> bool:
    """Whether the words before name a paper as the object of a verb, as in "đề nghị cấp giấy phép"."""
    for match in CLEAR_HEAD.finditer(left, 1):
        if (
            _OBJECT.search(left[: match.start()])
            and left[match.start() - 1] == " "
            and not ENDS_TITLE.search(left[match.end() :])
        ):
            return True
    return False


def _listed(parts: list[str]) -> list[str]:
    """The parts; one with an enumeration ("…, gồm một trong các giấy tờ sau: A") is divided at its colon."""
    found: list[str] = []
    for part in parts:
        head, colon, tail = part.partition(":")
        if (
            colon
            and tail.strip()
            and (_LISTED.search(key_of(head)) or CLEAR_HEAD.match(key_of(tail.strip(" +-*"))))
        ):
            found.append(head)
            tail = tail.strip(" +-*")
            if CLEAR_HEAD.match(key_of(tail)) or HEAD.match(key_of(cut_quantity(tail)[0])):
                found.append(tail)
        else:
            found.append(part)
    return found


def _share_tails(parts: list[str]) -> list[str]:
    """The parts; a bare kind takes the rest of the next part: "nghị quyết hoặc quyết định của …"."""
    shared = list(parts)
    for index in range(len(parts) - 2, -1, -1):
        this, after = shared[index].strip(), shared[index + 1].strip()
        mine, theirs = _SHARES_TAIL.fullmatch(key_of(this)), _SHARES_TAIL.match(key_of(after))
        if mine and theirs and theirs.end() < len(after) and not after[theirs.end()].isalnum():
            shared[index] = this + after[theirs.end() :]
    return shared
