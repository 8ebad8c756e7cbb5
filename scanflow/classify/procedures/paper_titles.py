"""The titles that a paper may have, taken from the words that name it in a published row.

"hợp đồng ủy quyền cho tổ chức thực hiện thủ tục"
→ "Hợp đồng ủy quyền", "Hợp đồng ủy quyền cho tổ chức thực hiện thủ tục"
"""

import re

from scanflow.classify.procedures.words import compile_words, key_of

# Words with which a title ends: no title contains them.
ENDS_TITLE = compile_words(
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
# Who issues the paper, or for whom: not printed in a title, except in those of requests.
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
# Alone, these name only the kind of a paper.
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
VAGUE = compile_words(
    r"(?:loại )?(?:văn bản|giấy tờ|tài liệu|hồ sơ|bản|các|chứng từ|thông tin)"
    r"(?:(?:,| và| hoặc)? (?:văn bản|giấy tờ|tài liệu|hồ sơ|chứng từ))*"
    r"(?: sau| khác| sau đây| gồm| nêu trên| trên| này| quy định)?"
)
_VERBS = (
    "cấp mới|cấp lại|cấp đổi|cấp|đổi|gia hạn|điều chỉnh|sửa đổi|bổ sung|thay đổi|thu hồi|đăng ký"
    "|đăng ký lại|công nhận|công nhận lại|thành lập|sáp nhập|hợp nhất|chia|tách|giải thể|chấm dứt"
    "|tạm ngừng|hủy|xóa|nhập khẩu|xuất khẩu|mua|thuê|thuê mua"
)
_VERB_CHOICE = compile_words(rf"(?<!\w)({_VERBS})((?:\s*(?:/|,|hoặc|;)\s*(?:hoặc )?(?:{_VERBS})(?!\w))+)")
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


def is_bare(title: str) -> bool:
    """Whether a title is only the name of a kind: "Quyết định", "Giấy phép"."""
    return bool(_BARE.fullmatch(key_of(title)))


def paper_titles(part: str) -> list[str]:
    """The titles that one paper may have, the likeliest first: without parties, whole, shortened."""
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
    """The words before the first that ends a title; "a paper" and the like alone are no title."""
    key = key_of(part)
    for end in ENDS_TITLE.finditer(key, 4):
        title = tidy(part[: end.start()])
        if title and not VAGUE.fullmatch(key_of(title)):
            return title
    return tidy(part)


def _without_party(title: str) -> str:
    key = key_of(title)
    match = _PARTY.search(key, 5)
    if not match:
        return title
    left = tidy(title[: match.start()])
    bare = bool(_BARE.fullmatch(key_of(left)))
    about = (_ABOUT if bare else _SUBJECT_OF).search(key, match.end())
    if about and not _ASKING.search(key[: match.start()]):
        return tidy(f"{left} {title[about.start() :]}")
    return title if bare and _NO_TITLE.match(key) else left


def _short(title: str) -> str:
    """The title up to the first word that only adds to it; empty where too little is left."""
    key = key_of(title)
    match = _SECOND.search(key, 6)
    if not match:
        return ""
    short = tidy(title[: match.start()])
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


def tidy(text: str) -> str:
    """The words without punctuation at their ends, and without a last word that needs a following one."""
    text = " ".join(text.split()).strip(' .,;:-–+*"“”/')
    return _DANGLING.sub("", text).strip(" ,;:-")


def _capital(title: str) -> str:
    return title[:1].upper() + title[1:]
