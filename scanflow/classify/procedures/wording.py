"""The name of a published row, which is a sentence, taken apart: titles as printed, and when it is asked for.

"Bản sao hợp đồng ủy quyền cho tổ chức thực hiện thủ tục …, đối với trường hợp …"
→ titles "Hợp đồng ủy quyền", "Hợp đồng ủy quyền cho tổ chức thực hiện thủ tục …"; condition "đối với …"
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

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

# Words after which no title goes on.
_END = compile_words(
    r"(?<!\w)(?:"
    r"(?:lập |làm |được lập |được ghi |viết |khai )?theo (?:các )?(?:mẫu|biểu mẫu|quy định|qui định"
    r"|phụ lục|điều|khoản|điểm|mục|thông tư|nghị định"
    r"|luật|hướng dẫn|yêu cầu|pháp luật|một trong|bản mẫu|form|hình thức|tiêu chuẩn|đúng|danh mục"
    r"|nội dung|định dạng|trình tự|chế độ)"
    r"|(?:được )?ban hành (?:kèm|tại|theo)|(?:có |được )?kèm theo|kèm|đính kèm|(?:được |đã )?(?:quy định"
    r"|qui định|nêu) (?:tại|trong|ở)|tại (?:phụ lục|điểm|khoản|điều|mục)"
    r"|(?:biểu )?mẫu (?:số|[a-zđ]{0,3}\d)|(?:áp dụng )?đối với"
    r"|(?:áp dụng )?(?:trong )?(?:các )?trường hợp|trừ (?:trường|các|khi)|ngoại trừ|nếu|khi (?:có"
    r"|đề nghị|thực hiện|người|nộp|được)"
    r"|trong đó|bao gồm|gồm|với (?:các )?(?:nội dung|thông tin)|(?:phải )?(?:nêu|ghi) (?:rõ|cụ thể)"
    r"|thể hiện|có (?:đầy đủ|đủ |xác nhận|sự xác nhận|chữ ký|chứng thực|công chứng|giá trị"
    r"|ghi |đóng dấu|dấu|thời hạn|nội dung|ý kiến|hiệu lực|dán|mã|kèm|thể hiện|liên quan|các nội dung"
    r"|ký |chữ kí|thuyết minh|bản dịch)"
    r"|còn (?:hiệu lực|thời hạn|giá trị|hạn|trong)|(?:chưa|không) quá|(?<!việc )đã (?:được )?|mà "
    r"|được (?:cấp|lập|ký|cơ quan|phê duyệt|công chứng|chứng thực|xác nhận|hợp pháp|dịch|kiểm toán"
    r"|thực hiện|cấp có"
    r"|thông qua|ban hành|chủ|người|kê khai)|do (?:cơ quan|bộ|ủy ban|ubnd|sở|công an|tổ chức|người"
    r"|doanh nghiệp|nhà|chủ|hội|cá nhân|cấp|bệnh viện|phòng|tòa|chính|ngân hàng|thủ|bên|đơn vị|cục|tổng"
    r"|chi|nước|các|thương"
    r"|công ty|đại|trung|cơ sở|kiểm|thuyền|ban |quốc|văn phòng)|để (?!xác)|nhằm|như sau"
    r"|phù hợp (?:với )?(?:quy|nội)|đáp ứng|(?:bảo đảm|đảm bảo) (?:các|việc|yêu|theo|đúng|đáp|tính|rõ"
    r"|còn|đủ)|phải |chụp (?:trong|không|chính)|(?:có )?(?:kích )?cỡ|khổ \d|kích thước"
    r"|tính (?:đến|từ|tại)|trong (?:vòng|thời hạn|thời gian|\d)|(?:trong )?(?:thời gian "
    r"|thời hạn )?\d{1,2} (?:tháng|năm|ngày)|chứng thực|sau đây gọi|hoặc (?:tương đương|có giá trị"
    r"|cung cấp|kê khai|của|trong|bị|được)|liên quan đến (?=việc|nội|vụ|các)"
    r")(?!\w)?"
)
_CONDITION = compile_words(
    r"(?:áp dụng |dùng |dành )?(?:đối với|(?:trong )?(?:các )?trường hợp|nếu|khi (?:có|đề nghị|thực hiện"
    r"|người|nộp|được)|trừ (?:trường|các|khi)|ngoại trừ|cho trường hợp|dùng cho|dành cho)(?!\w)"
)
# Who gives the paper or for whom it is: not printed in a title, but for requests.
_PARTY = compile_words(
    r"(?<!\w)(?:của|cho)\s+(?:(?:một|các|từng|mỗi|những|chính|toàn bộ)\s+)?(?:cơ quan|cấp có|ủy ban|ubnd"
    r"|bộ |sở |chính phủ|thủ tướng|tổ chức|cá nhân|người|doanh nghiệp|công ty|chủ|nhà |hội|đại hội"
    r"|ngân hàng|tổng"
    r"|đơn vị|bên |cơ sở|thành viên|đại diện|trẻ|con|cha|mẹ|vợ|chồng|bố|thủ trưởng|giám đốc|trường|cục"
    r"|chi |phòng|ban |tòa|viện|quỹ|hợp tác|hộ |thương nhân|lãnh|quốc hội|công an|bệnh viện|hãng|cổ đông"
    r"|nước|lực|văn phòng|mình|trung tâm|dự án|tàu|phương tiện)"
)
_ABOUT = compile_words(
    r"(?<!\w)(?:về(?: việc)?|thông qua|chấp thuận|phê duyệt|công nhận|cho phép|bổ nhiệm|đồng ý"
    r"|đề nghị)(?!\w)"
)
_SUBJECT_OF = compile_words(r"(?<!\w)(?:về|thông qua)(?!\w)")
_ASKING = compile_words(r"(?<!\w)(?:đơn|tờ khai|đề nghị|đăng ký|xin|yêu cầu)(?!\w)")
_NO_TITLE = compile_words(r"(?:các |những )?(?:giấy tờ|văn bản|tài liệu|hồ sơ|bản|danh sách|ảnh|hình)")
_SECOND = compile_words(
    r"(?<!\w)(?:của|cho(?! thuê| phép| vay| tặng)|về|tại|trong(?! nước)|(?<!chứng )từ|(?<!gắn liền )với"
    r"|liên quan|chứng minh|đã|trên|giữa|(?<!văn )bằng|dành|dùng|làm(?! việc)|kèm|phục vụ|theo|đến|nơi|bởi"
    r"|(?<!nhà )(?<!chỗ )ở|(?<!lý )do|được|là|và|hoặc)(?!\w)"
)
# Alone, these say nothing of a paper but its kind.
_BARE = compile_words(
    r"(?:các |những )?(?:văn bản|giấy tờ|tài liệu|hồ sơ|bản|bảng|giấy|quyết định|nghị quyết|báo cáo"
    r"|biên bản|tờ trình|công văn|thông báo|hợp đồng|giấy chứng nhận|giấy phép|giấy xác nhận|đơn"
    r"|đơn đề nghị|văn bản đề nghị"
    r"|giấy đề nghị|tờ khai|bản khai|bản cam kết|cam kết|danh sách|danh mục|phương án|kế hoạch"
    r"|thuyết minh|bản thuyết minh|phiếu|xác nhận|ý kiến|kết quả|chứng từ|chứng chỉ|văn bằng|dự án|đề án"
    r"|quy trình|mẫu|thỏa thuận|văn bản thỏa thuận"
    r"|thông tin|bản đồ|sơ đồ|bản vẽ|bảng kê|bản kê|phụ lục|dự thảo|hình ảnh|ảnh|quy định"
    r"|văn bản xác nhận|văn bản chấp thuận|giải trình|đề xuất|công hàm|bản án|giấy giới thiệu|quy chế"
    r"|chương trình|tóm tắt|biên lai|hóa đơn|thẻ|sổ|giấy đăng ký|đơn đăng ký|bản đăng ký"
    r"|văn bản thông báo)"
)
_VAGUE = compile_words(
    r"(?:loại )?(?:văn bản|giấy tờ|tài liệu|hồ sơ|bản|các|chứng từ|thông tin)"
    r"(?:(?:,| và| hoặc)? (?:văn bản|giấy tờ|tài liệu|hồ sơ|chứng từ))*"
    r"(?: sau| khác| sau đây| gồm| nêu trên| trên| này| quy định)?"
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
_VERBS = (
    "cấp mới|cấp lại|cấp đổi|cấp|đổi|gia hạn|điều chỉnh|sửa đổi|bổ sung|thay đổi|thu hồi|đăng ký"
    "|đăng ký lại|công nhận|công nhận lại|thành lập|sáp nhập|hợp nhất|chia|tách|giải thể|chấm dứt"
    "|tạm ngừng|hủy|xóa|nhập khẩu|xuất khẩu|mua|thuê|thuê mua"
)
_VERB_CHOICE = compile_words(rf"(?<!\w)({_VERBS})((?:\s*(?:/|,|hoặc|;)\s*(?:hoặc )?(?:{_VERBS})(?!\w))+)")
_ANNEX = compile_words(r"phụ lục (?:số )?[ivxlc\d]+[a-z\d.]*(?!\w)")
_ENDS_IN_ANNEX = compile_words(r"(?:theo|tại) phụ lục (?:số )?[ivxlc\d]+[a-z\d.]*\s*$")
_VERB = compile_words(rf"(?:{_VERBS})(?!\w)")
_VERB_BETWEEN = compile_words(r"\s*(?:/|,|;|(?<!\w)hoặc(?!\w))\s*(?:hoặc )?")
_DANGLING = re.compile(
    r"(?:[,\s]+(?:và|hoặc|hay|của|(?<!tặng )cho|về|về việc|(?<!làm )việc|với|các|là|(?<!hiện )có|được"
    r"|(?<!văn )bằng|theo|(?<!chứng )từ|(?<!lý )do|(?<!hiện )(?<!tồn )tại|để|người|mà|cụ thể))+$"
)
_PREFACE = re.compile(
    r"^(?:(?:ít nhất |gồm )?(?:một trong|các|những|01 trong|theo)\s+)+(?:loại\s+)?", re.IGNORECASE
)
_UPPER = "".join(letter for letter in map(chr, range(0x41, 0x1EFA)) if letter.isupper())
_SENTENCE = re.compile(
    rf"(?<=[^\W\d_]{{3}})\.\s+(?=[^\W\d_])|\s[-+*]{{1,2}}\s(?=[{_UPPER}])|\s[+*]{{1,2}}\s"
    rf"|\s\d{{1,2}}[.)]\s|;{{2,}}"
)


@dataclass(frozen=True, slots=True)
class Wording:
    """What the name of a row says. `together`: its papers are all asked for, not one of them; `led_to`: it
    begins with a case or a person, and names the paper after that.
    """

    titles: tuple[str, ...]
    condition: str
    quantity: Quantity
    together: bool = False
    led_to: bool = False


def plain_text(name: str) -> str:
    """A row's name on one line, in NFC, without list numbering and the file names that were glued to it."""
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
    """What `plain_text` of a row says; None where it names no paper, only what is done."""
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
        titles += _titles(rest)
    if condition := _trailing_condition(text):
        conditions.append(condition)
    titles = [each for each in titles if not _VAGUE.fullmatch(key_of(each))] or titles
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
    """The text without what stands in brackets, and the conditions among that."""
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
            and not _END.search(left[match.end() :])
        ):
            return True
    return False


def _listed(parts: list[str]) -> list[str]:
    """The parts, those that end in "…, gồm một trong các giấy tờ sau: A" taken apart into both."""
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
    """Parts that are one bare word take what the next one is about: "nghị quyết hoặc quyết định của …"."""
    shared = list(parts)
    for index in range(len(parts) - 2, -1, -1):
        this, after = shared[index].strip(), shared[index + 1].strip()
        mine, theirs = _SHARES_TAIL.fullmatch(key_of(this)), _SHARES_TAIL.match(key_of(after))
        if mine and theirs and theirs.end() < len(after) and not after[theirs.end()].isalnum():
            shared[index] = this + after[theirs.end() :]
    return shared


def is_bare(title: str) -> bool:
    """Whether a title is only the name of a kind: "Quyết định", "Giấy phép"."""
    return bool(_BARE.fullmatch(key_of(title)))


def _titles(part: str) -> list[str]:
    """The titles that one paper may bear, the likeliest first: without parties, at length, its short"
    " head."""
    part = re.split(r"\s*[;:]", part, maxsplit=1)[0]
    part = _SENTENCE.split(part)[0]
    part = _PREFACE.sub("", part.strip(' .,;:-"“”'))
    long = _until_end(part)
    if len(long) < 3:
        return []
    plain = _without_party(long)
    short = _short(plain)
    found = [*_choices(plain), *_choices(long), short]
    return [title for title in dict.fromkeys(map(_capital, filter(None, found))) if title]


def _until_end(part: str) -> str:
    """The words up to the first that no title goes on with; those that say only "a paper" are no title."""
    key = key_of(part)
    for end in _END.finditer(key, 4):
        title = _tidy(part[: end.start()])
        if title and not _VAGUE.fullmatch(key_of(title)):
            return title
    return _tidy(part)


def _without_party(title: str) -> str:
    key = key_of(title)
    match = _PARTY.search(key, 5)
    if not match:
        return title
    left = _tidy(title[: match.start()])
    bare = bool(_BARE.fullmatch(key_of(left)))
    about = (_ABOUT if bare else _SUBJECT_OF).search(key, match.end())
    if about and not _ASKING.search(key[: match.start()]):
        return _tidy(f"{left} {title[about.start() :]}")
    return title if bare and _NO_TITLE.match(key) else left


def _short(title: str) -> str:
    """The title up to the first word that only adds to it; empty where too little is left."""
    key = key_of(title)
    match = _SECOND.search(key, 6)
    if not match:
        return ""
    short = _tidy(title[: match.start()])
    return "" if len(short.split()) < 2 or _BARE.fullmatch(key_of(short)) else short


def _choices(title: str) -> list[str]:
    """The title, and one for each action where it says "cấp, cấp lại hoặc gia hạn"."""
    match = _VERB_CHOICE.search(key_of(title))
    if not match:
        return [title]
    verbs = [title[match.start(1) : match.end(1)]]
    key, at = key_of(title), match.end(1)
    while between := _VERB_BETWEEN.match(key, at):
        verb = _VERB.match(key, between.end())
        if not verb:
            break
        verbs.append(title[verb.start() : verb.end()])
        at = verb.end()
    return [title, *(title[: match.start()] + verb + title[at:] for verb in verbs)]


def _tidy(text: str) -> str:
    text = " ".join(text.split()).strip(' .,;:-–+*"“”/')
    return _DANGLING.sub("", text).strip(" ,;:-")


def _capital(title: str) -> str:
    return title[:1].upper() + title[1:]
