"""The words of published lists, and patterns over them that accept each usual spelling of a word."""

import re
from functools import lru_cache

from scanflow.text.normalization import search_key

_LETTERS = re.compile(r"\(\?P<\w+>|\\[A-Za-z]|[^\W\d_]+")


@lru_cache(maxsize=4096)
def key_of(text: str) -> str:
    """`search_key` of a text in NFC, letter by letter: an index into the result is the same index
    into `text`.
    """
    key = search_key(text)
    if len(key) == len(text):
        return key
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def compile_words(source: str) -> re.Pattern[str]:
    """A pattern to search in `key_of(text)`, its words written in any usual spelling."""
    return re.compile(_LETTERS.sub(lambda m: m[0] if m[0][0] in "\\(" else search_key(m[0]), source))


# The words with which names of papers begin. Those of the first list begin one anywhere; those of the second
# only at the beginning of a row or after "or": inside a title they mean something else.
_CLEAR_HEADS = (
    "văn bản|văn kiện|văn bằng|đơn(?! vị| giá| hàng| lẻ| thuần)|tờ khai|tờ trình|tờ cam kết|giấy|báo cáo"
    "|tài liệu|quyết định|nghị quyết|danh sách|danh mục|hợp đồng|hồ sơ"
    "|bản (?:khai|kê|vẽ|đồ|án|sao|chính|gốc|chụp|cam kết|thuyết minh|thông tin|đăng ký|trích|cáo bạch|mô tả"
    "|dịch|thỏa thuận|tóm tắt|công bố|tự|lý lịch|đánh giá|xác nhận|nhận xét|giải trình|ghi nhớ|đề nghị"
    "|thiết kế|tường trình|kế hoạch|tổng hợp|phô tô|photo|scan|quét|điện tử|in|tiếng|hướng dẫn|kiểm điểm"
    "|tính toán|quy hoạch|phương án|danh sách|nội quy|điều lệ|phân tích|số liệu|công chứng|cung cấp"
    "|quyết toán)"
    "|biên bản|biên lai|thông báo|bảng (?:kê|tổng hợp|tính|điểm|giải|phân|theo dõi|xác định|đối chiếu"
    "|danh sách"
    "|thống kê|quyết toán|cân đối|kiểm|lương|chấm|khai|thuyết minh|liệt kê|so sánh|mô tả)"
    "|công văn|dự thảo|dự toán|điều lệ|chứng từ|chứng chỉ|chứng thư|chứng cứ|chứng minh nhân dân|phụ lục"
    "|ảnh|hình ảnh|cam kết|đề án|đề cương|thuyết minh|phiếu|sơ đồ|sơ họa|sơ yếu lý lịch|lý lịch|hóa đơn"
    "|hộ chiếu|thẻ|mảnh trích|trích lục|trích đo|trích sao|vận đơn|vận tải đơn|ủy nhiệm chi|sổ(?! sách)"
    "|học bạ"
    "|công hàm|bằng (?:tốt nghiệp|cấp|đại học|chứng|sáng|khen|lái|cử|thạc|tiến|có|bà|anh)|di chúc|bình đồ"
    "|nhật ký|sao kê|căn cước|hộ khẩu|bảo lãnh|thỏa thuận|catalogue|nội quy|bộ hồ sơ|bệnh án|báo giá"
    "|tuyên bố"
)
_OTHER_HEADS = (
    "bản|bảng|bộ|bằng|biểu|tờ|thư|lệnh|phương án|kế hoạch|dự án|quy trình|quy chế|quy định|chương trình"
    "|giáo trình"
    "|tiêu chuẩn|kết quả|kết luận|ý kiến|xác nhận|giải trình|tóm tắt|đề xuất|đề nghị|chứng nhận|mô tả"
    "|huân chương"
    "|huy chương|kỷ niệm chương|tem|nhãn|cuống vé|vé|chính sách|thiết kế|tổng hợp|kháng nghị|luận văn"
    "|luận án"
    "|kê khai|khai báo|hướng dẫn|danh bạ|lịch|thông tin|nội dung|chi tiết|đăng ký|yêu cầu|nghiên cứu"
    "|đánh giá"
    "|minh chứng|mẫu|tệp|đĩa|phim|hiện vật|các|một trong|những|séc|trích|nghiệm thu|bill|invoice|packing"
)
# Papers that ask for something: what follows names the thing asked for, often another paper.
REQUESTS = (
    "đơn|tờ khai|giấy đề nghị|giấy đăng ký|văn bản|công văn|tờ trình|phiếu|bản đề nghị|bản khai"
    "|giấy khai(?! sinh| tử)|đề nghị"
    "|bản đăng ký|thông báo|báo cáo|đăng ký|yêu cầu|bản kê|mẫu"
)

_AFTER_OR = (
    "bản|phương án|kế hoạch|dự án|quy trình|quy chế|chương trình|tiêu chuẩn|kết quả|kết luận|ý kiến"
    "|xác nhận|giải trình"
    "|đề nghị|chứng nhận|huân chương|huy chương|chính sách|luận văn|luận án|hướng dẫn|hình ảnh|tờ|thư"
    "|lệnh|bảng|minh chứng|bằng"
)
CLEAR_HEAD = compile_words(rf"(?:các |những )?(?:{_CLEAR_HEADS})(?!\w)")
HEAD_AFTER_OR = compile_words(rf"(?:các |những )?(?:{_CLEAR_HEADS}|{_AFTER_OR})(?!\w)")
HEAD = compile_words(rf"(?:{_CLEAR_HEADS}|{_OTHER_HEADS})(?!\w)")
REQUEST = compile_words(rf"(?:{REQUESTS})(?!\w)")
# What begins a case that a row is about, before its paper.
LEAD_CONDITION = compile_words(
    r"(?:[(*]\s*)?(?:(?:riêng |nhưng |và )?(?:đối với|(?:trong )?(?:các )?(?:trường|trưởng) hợp)|nếu|khi"
    r"|tùy|tùy theo|ngoài"
    r"|trong thời hạn|chậm nhất|định kỳ|sau khi|trước khi)(?!\w)"
)
