"""Rows of a published list that ask for no paper: notes, headings, and sentences on what to do."""

import re

from scanflow.classify.procedures.published import PublishedPaper
from scanflow.classify.procedures.words import CLEAR_HEAD, HEAD, LEAD_CONDITION, compile_words, key_of

_SENTENCE = "a sentence on how papers are handed in"
_NOTE = compile_words(
    r"(?:\W*)(?:lưu ý|ghi chú|chú ý|chú thích|số lượng (?:hồ sơ|bộ)|số bộ|bước \d|người tiếp nhận"
    r"|trừ trường hợp"
    r"|thành phần hồ sơ(?:[:.]|$| trong thủ tục| bao gồm| là)|không quy định|không yêu cầu|không phải"
    r"|không cần"
    r"|khuyến khích|các bản sao là|bản sao là|khi làm thủ tục|khi đến|nộp hồ sơ|hồ sơ (?:được|phải|nộp|gửi)"
    r"|ngoài (?:các )?(?:giấy tờ|tài liệu|thành phần|hồ sơ|ra)|giá trị sử dụng|thực hiện (?:theo|như"
    r"|tương tự))"
)
_NOTE_WITHOUT_FORM = compile_words(
    r"(?:thời hạn|thời gian|cách thức|phương thức|hình thức|trình tự|cán bộ|công chức|viên chức|việc "
    r"|mức |nơi "
    r"|địa điểm|cơ quan |tổ chức, cá nhân |cá nhân, tổ chức |số tiền|lệ phí|phí )"
)
_HEADING_END = compile_words(
    r"(?:gồm|gồm có|bao gồm|sau|sau đây|dưới đây|như sau|trên|kèm theo|gồm các|hồ sơ)\s*:?\s*$"
)
_SUBJECT = compile_words(
    r"(?:người|cá nhân|tổ chức|doanh nghiệp|cơ quan|công dân|đơn vị|chủ |nhà đầu tư|đương sự|cán bộ"
    r"|cơ sở|hộ(?! chiếu| khẩu) |bên |các bên"
    r"|ngân hàng|thương nhân|công ty|thuyền trưởng|học sinh|thí sinh|ủy ban)"
)
_PREDICATE = compile_words(
    r"(?<!\w)(?:(?:phải|cần) (?:được|bảo đảm|đảm bảo|có|là|chịu|xuất trình|nộp|thực hiện|ghi|đáp ứng)"
    r"|không (?:phải|bao gồm|cần|bắt buộc|yêu cầu)|có trách nhiệm"
    r"|không được|chịu trách nhiệm|có thể (?:nộp|gửi|sử dụng|được|lựa chọn)|được (?:thay thế|sử dụng"
    r"|chấp nhận|hiểu|hợp pháp|trả|tính|lựa chọn)|là (?:bản|biểu mẫu|văn bản|giấy tờ)|thì)(?!\w)"
)
_GENERIC = compile_words(
    r"(?:các |những )?(?:giấy tờ|tài liệu|hồ sơ|bản chụp|bản sao|bản chính|bản điện tử|thông tin"
    r"|thành phần|bản quét|bản|phiếu này)(?!\w)"
)
_REFUSAL = compile_words(
    r"(?<!\w)(?:không (?:phải|bao gồm|cần|bắt buộc|yêu cầu|được)|có trách nhiệm|chịu trách nhiệm"
    r"|được miễn nộp|thì được|thành phần hồ sơ là)(?!\w)"
)
_WORDS = re.compile(r"[^\W\d_]{3}")
_FORM = compile_words(r"theo (?:mẫu|phụ lục|biểu mẫu)")
_THIS = compile_words(
    r"(?:phiếu|đơn|tờ khai|giấy|văn bản|hồ sơ|báo cáo|biểu mẫu|mẫu)\s+(?:này|nêu trên|trên)(?!\w)"
)


def note_reason(published: PublishedPaper, text: str) -> str:
    """Why a row asks for no paper; empty where it asks for one. `text`: its name without list numbering."""
    if published.kind == "note":
        return "the list calls it a note"
    return "no words" if not _WORDS.search(text) else _note_of_words(text)


def _note_of_words(text: str) -> str:
    key = key_of(text)
    if _NOTE.match(key) or (_NOTE_WITHOUT_FORM.match(key) and not _FORM.search(key)):
        return "a note: it says how something is done"
    named = HEAD.match(key) and not _GENERIC.match(key)
    if _HEADING_END.search(key) and not named and _is_heading(key):
        return "a heading of the rows below it"
    if _THIS.match(key):
        return "a note on another row"
    if LEAD_CONDITION.match(key):
        return _SENTENCE if _REFUSAL.search(key[:300]) else ""
    first = _first_sentence(key)
    if not HEAD.match(key):
        return _SENTENCE if _REFUSAL.search(first) else ""
    lists_papers = any(CLEAR_HEAD.match(key, colon.end()) for colon in re.finditer(r":\s*", key))
    tells = bool(_GENERIC.match(key)) and not lists_papers and bool(_PREDICATE.search(first))
    return _SENTENCE if tells else ""


def says_what_is_done(text: str) -> bool:
    """Whether a text is a sentence about what somebody does, and does not begin with a paper."""
    key = key_of(text)
    return not HEAD.match(key) and bool(_PREDICATE.search(_first_sentence(key)))


def _first_sentence(key: str) -> str:
    return re.sub(r"\([^()]*\)", " ", key).split(". ")[0][:160]


def _is_heading(key: str) -> bool:
    words = len(key.split())
    return (words >= 3 and key.rstrip().endswith(":")) or words <= 2


def is_subject(text: str) -> bool:
    """Whether a row begins with a person or body that does something, not with a paper."""
    key = key_of(text)
    return bool(_SUBJECT.match(key)) and not HEAD.match(key)
