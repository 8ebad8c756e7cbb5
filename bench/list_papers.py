"""Pages of the papers that published lists ask for, each with a title phrased as an office would print it.

The phrasing is the bench's own: it takes the published row, not what scanflow made of it. Titles are
shortened, set in capitals or not, over one to four lines, with the form's number or without, with or without
the subject in small letters; bodies quote other titles; stamps and copy marks stand where they do on real
pages.
"""

import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from fixtures.people import person
from fixtures.sheet import BLUE, Mark, Rule, Seal, Sheet, Text
from fixtures.writer import Writer, wrap
from scanflow.text.folding import fold

# A printed paper is called something that begins with one of these.
NOUNS = [
    "đơn",
    "tờ_khai",
    "giấy",
    "văn_bản",
    "bản",
    "quyết_định",
    "nghị_quyết",
    "hợp_đồng",
    "báo_cáo",
    "biên_bản",
    "tờ_trình",
    "công_văn",
    "thông_báo",
    "danh_sách",
    "danh_mục",
    "phương_án",
    "kế_hoạch",
    "đề_án",
    "dự_án",
    "thuyết_minh",
    "phiếu",
    "bảng",
    "sơ_đồ",
    "hồ_sơ",
    "điều_lệ",
    "quy_chế",
    "quy_trình",
    "chứng_chỉ",
    "văn_bằng",
    "bằng",
    "thẻ",
    "sổ",
    "hộ_chiếu",
    "căn_cước",
    "biên_lai",
    "hóa_đơn",
    "chứng_từ",
    "lý_lịch",
    "sơ_yếu",
    "cam_kết",
    "thỏa_thuận",
    "bản_đồ",
    "trích_lục",
    "mảnh",
    "phụ_lục",
    "chứng_thư",
    "di_chúc",
    "đề_cương",
    "giải_trình",
    "xác_nhận",
    "tóm_tắt",
    "vận_đơn",
    "ảnh",
]
_NOUN = re.compile(rf"(?:{'|'.join(noun.replace('_', ' ') for noun in NOUNS)})(?!\w)", re.IGNORECASE)
_LEAD = re.compile(r"^(?:[\s\-–—+*•.,;:/)“\"]+|\(?(?:[a-zđ]|[ivx]{1,4}|\d{1,2})[.)]+\s*)+", re.IGNORECASE)
_COPY = re.compile(
    r"^(?:\d{1,2}\s*(?:\([^)]*\)\s*)?)?(?:bản\s+)?(?:sao|chính|gốc|chụp)\b(?:\s*\([^)]*\))?"
    r"(?:\s*,?\s*(?:có|được|hoặc|bản|chứng thực|công chứng|sao|chính|điện tử|hợp lệ|y|từ|của|các|kèm|để"
    r"|đối chiếu))*\s*",
    re.IGNORECASE,
)
_CUT = re.compile(
    r"\s*(?:[;:(/]|[.,](?=\s|$)|\s(?:theo|lập theo|ban hành|được|đối với|trong trường hợp|trường hợp"
    r"|nếu|kèm|có|còn|do|quy định"
    r"|trong đó|gồm|bao gồm|nêu|trừ|khi|phải|đã|để|mà|như|tại phụ lục|mẫu số|mẫu)(?=\s|$))",
    re.IGNORECASE,
)
# What a list calls papers that it does not name, or the copy of one; no paper bears that as its title.
_GENERIC = re.compile(
    r"(?:cac|nhung|mot|bo)\b|giay to\b|tai lieu\b|ho so(?! (?:thiet ke|ky thuat|nang luc|du thau|moi thau))"
    r"|ban (?:sao|chinh|goc|dien tu|chup|dich)\b"
    r"|(?:van ban|quyet dinh|bao cao|don|don de nghi|van ban de nghi|giay de nghi|to khai|ban|ban khai"
    r"|thong bao|giay xac nhan|giay phep|giay chung nhan|hop dong|danh sach|chung chi|phieu|the|so|bang"
    r"|chung tu|ban ve)$"
)
# No title ends in these: what they stand before was cut off ("Quyết định của cấp [có thẩm quyền]").
_OPEN_END = re.compile(
    r"(?:\s+(?:của(?:\s+(?:cơ quan|tổ chức|cấp))?|về|cho|tại|trong|với|thuộc|từ|trên|nhằm|các|những|và|hoặc"
    r"|cấp|xin|việc|người|liên quan|nội dung))+$",
    re.IGNORECASE,
)
_TAILS = re.compile(r"\s(?:của|về|cho|tại|trong|với|thuộc|từ|trên|nhằm)\s", re.IGNORECASE)
_OFFICIAL = (
    "quyết định",
    "nghị quyết",
    "thông báo",
    "báo cáo",
    "kế hoạch",
    "tờ trình",
    "biên bản",
    "phương án",
    "đề án",
)
_SYMBOLS = {
    "quyết định": "QĐ",
    "nghị quyết": "NQ",
    "thông báo": "TB",
    "báo cáo": "BC",
    "kế hoạch": "KH",
    "tờ trình": "TTr",
}
_ABBREVIATIONS = (
    ("ủy ban nhân dân", "UBND"),
    ("giấy chứng nhận", "GCN"),
    ("quyền sử dụng đất", "QSDĐ"),
    ("bảo hiểm xã hội", "BHXH"),
    ("trách nhiệm hữu hạn", "TNHH"),
)
_BODY = (
    "Căn cứ quy định của pháp luật và sau khi xem xét hồ sơ, bên lập văn bản này trình bày các nội dung"
    " dưới đây để cơ quan có thẩm quyền xem xét, giải quyết theo thẩm quyền và trả kết quả đúng thời hạn.",
    "Những thông tin nêu trong văn bản này là đúng sự thật; nếu có gì sai trái, người ký tên dưới đây xin"
    " chịu hoàn toàn trách nhiệm trước pháp luật.",
    "Thời gian thực hiện từ ngày 01 tháng 3 năm 2026; địa điểm thực hiện tại phường Vị Tân, thành phố Cần"
    " Thơ.",
    "Các bên đã đọc lại toàn bộ nội dung, hiểu rõ quyền và nghĩa vụ của mình và cùng ký tên dưới đây.",
)


# How many official papers bear a seal, and how many of citizens' ones one that confirms them.
SEALED, CONFIRMED = 0.7, 0.1
AROUND = "ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN * CẦN THƠ *"
_LEADS = ("Nội dung chính:", "Việc này nhằm", "Nay lập văn bản này để trình bày việc", "Đề nghị xem xét việc")


@dataclass(frozen=True, slots=True)
class Phrase:
    """How a paper's title is printed: `title` and the `subject` below it."""

    title: str
    subject: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(re.findall(r"\w+", fold(f"{self.title} {self.subject}")))


def own_title(row: str, rng: random.Random) -> str:
    """The title of the paper that a published row asks for, in the bench's own way; empty: it names none."""
    text = unicodedata.normalize("NFC", row).strip()
    for _ in range(3):
        text = _COPY.sub("", _LEAD.sub("", text))
    named = [part for part in re.split(r"\s+hoặc\s+", text) if _NOUN.match(part)]
    text = rng.choice(named) if len(named) > 1 and len(text.split()) > 3 else text
    text = _CUT.split(text)[0].strip(" .,;:-–")
    words = _OPEN_END.sub("", text).split()
    is_named = _NOUN.match(text) and len(words) >= 2 and not _GENERIC.match(fold(" ".join(words)))
    return " ".join(words[:28]) if is_named else ""


def phrase(title: str, rng: random.Random) -> Phrase:
    """The title as one office would print it."""
    shown = _shortened(title, rng)
    if rng.random() < 0.06:
        for long, short in _ABBREVIATIONS:
            shown = re.sub(long, short, shown, flags=re.IGNORECASE)
    if rng.random() < 0.05:
        shown = re.sub(
            r"^(?:văn bản|giấy|đơn) đề nghị",
            rng.choice(("Đơn đề nghị", "Giấy đề nghị", "Đơn xin")),
            shown,
            flags=re.IGNORECASE,
        )
    lower = shown.lower()
    official = next((kind for kind in _OFFICIAL if lower.startswith(kind) and len(lower) > len(kind) + 8), "")
    if official and rng.random() < 0.6:
        rest = shown[len(official) :].strip()
        lead = (
            ""
            if re.match(r"về|kết quả|tình hình", rest, re.IGNORECASE)
            else rng.choice(("Về việc ", "V/v ", ""))
        )
        return Phrase(shown[: len(official)].upper(), lead + rest)
    if rng.random() < 0.08:
        shown += rng.choice((" năm 2026", " (dùng cho tổ chức)", " lần thứ hai"))
    capitals = rng.random() < 0.87
    return Phrase(shown.upper() if capitals else shown[:1].upper() + shown[1:])


def _shortened(title: str, rng: random.Random) -> str:
    """As an office shortens it: without person, place or last clause; never only the kind."""
    chance = rng.random()
    if chance > 0.55:
        return title
    least = max(4, len(title.split()) // 3)
    cuts = [cut.start() for cut in _TAILS.finditer(title) if len(title[: cut.start()].split()) >= least]
    if chance > 0.4 and "," in title:
        cuts = [cut.start() for cut in re.finditer(",", title) if len(title[: cut.start()].split()) >= least]
    return title[: rng.choice(cuts)].strip(" ,") if cuts else title


def page(shown: Phrase, form: str, quoted: Sequence[str], about: str, rng: random.Random) -> Sheet:
    """The first page of the paper. `form` is its form number, `quoted` are titles that its body names.

    Half of all bodies say what the paper is about (`about`, its whole title) in a sentence of their own.
    """
    writer = Writer(size=rng.choice((13, 13, 13.5, 12)))
    head = (
        form
        if not form or not form[0].isdigit()
        else rng.choice((f"Mẫu số {form}", f"Mẫu {form}", f"Mẫu số: {form}"))
    )
    kind = next((kind for kind in _SYMBOLS if fold(shown.title).startswith(fold(kind))), "")
    official = bool(kind) or (not form and rng.random() < 0.2)
    if official:
        symbol = _SYMBOLS.get(kind, "")
        number = f"Số: {rng.randrange(1, 900)}/{symbol}-UBND" if symbol else f"Số: {rng.randrange(1, 900)}/CT"
        writer.official_head(
            "ỦY BAN NHÂN DÂN THÀNH PHỐ CẦN THƠ",
            "ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN",
            number,
            "Vị Tân, ngày 05 tháng 8 năm 2026",
        )
    else:
        writer.form_head(head)
    writer.skip(rng.uniform(2, 8))
    _title(writer, shown, rng)
    if not official:
        writer.line("Kính gửi: Ủy ban nhân dân phường Vị Tân", align="centre")
        who = person(rng)
        writer.fields(("Họ và tên:", who.name), ("Năm sinh:", str(who.born.year)))
    for text in rng.sample(_BODY, 2):
        writer.paragraph(text)
    own = random.Random(f"{shown.title} {about}")
    if own.random() < 0.5:
        subject = " ".join(about.split()[2:])
        writer.paragraph(f"{own.choice(_LEADS)} {subject[:1].lower()}{subject[1:]}.")
    if quoted:
        writer.paragraph("Hồ sơ kèm theo gồm có:", indent=10)
        for place, text in enumerate(quoted, start=1):
            writer.paragraph(f"{place}. {text};", indent=10)
    for text in rng.sample(_BODY, 2):
        writer.paragraph(text)
    who = person(rng)
    writer.sign(
        *(("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH") if official else ("NGƯỜI LÀM ĐƠN",)),
        name=who.name,
        seal=AROUND if own.random() < (SEALED if official else CONFIRMED) else "",
    )
    sheet = writer.sheets[0]
    _marks(sheet, rng)
    return sheet


def _title(writer: Writer, shown: Phrase, rng: random.Random) -> None:
    lines = _lines(shown.title, rng)
    size = rng.choice((14.0, 15.0, 16.0)) if len(shown.title) < 90 else 14.0
    for line in lines:
        for part in _fitting(line, writer, size):
            writer.line(part, "serif-bold", size, "centre")
    for line in _lines(shown.subject, rng) if shown.subject else ():
        for part in _fitting(line, writer, 13.5):
            writer.line(part, "serif-bold", 13.5, "centre")
    writer.skip(4)


def _fitting(line: str, writer: Writer, size: float) -> list[str]:
    return wrap(line, "serif-bold", size, writer.right - writer.left - 8)


def _lines(text: str, rng: random.Random) -> list[str]:
    words = text.split()
    count = min(rng.choice((1, 1, 2, 2, 3, 4)), max(1, len(words) // 2))
    cuts = sorted(rng.sample(range(1, len(words)), count - 1)) if count > 1 else []
    return [" ".join(words[a:b]) for a, b in zip([0, *cuts], [*cuts, len(words)], strict=True)]


def _marks(sheet: Sheet, rng: random.Random) -> None:
    """Marks that others put on the page: a registry's stamp, the mark of a copy."""
    marks: list[Mark] = []
    if rng.random() < 0.1:
        x, y = rng.uniform(20, 130), rng.uniform(8, 40)
        edges = [
            (x, y, x + 46, y),
            (x, y + 24, x + 46, y + 24),
            (x, y, x, y + 24),
            (x + 46, y, x + 46, y + 24),
        ]
        marks += [Rule(*edge, width=0.5, colour=BLUE) for edge in edges]
        for no, line in enumerate(
            ("VĂN PHÒNG ỦY BAN", "CÔNG VĂN ĐẾN", "Số: ....... Ngày ......", "Kính chuyển: ........")
        ):
            marks.append(Text(x + 2, y + 6 + 5.5 * no, line, "sans", 11 if no == 1 else 8.5, BLUE))
    if rng.random() < 0.1:
        marks.append(Text(20, 10, "BẢN SAO", "sans-bold", 14, BLUE))
    if rng.random() < 0.08:
        marks.append(Text(40, 285, "CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH", "sans-bold", 11, BLUE))
        marks.append(Seal(70, 272, 17.5, AROUND))
    sheet.add(*marks)
