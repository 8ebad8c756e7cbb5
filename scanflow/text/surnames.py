"""Family names (họ), with which Vietnamese names begin: a name without one may have lost its first word."""

from scanflow.text.folding import fold

_LISTED = """
Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý An Bạch Bành Bế Biện Ca
Cà Cái Cam Cao Cát Chế Châu Chử Chu Chung Cổ Cù Cung Cự Danh Diệp Doãn Diêu Dư Đái Đàm Đào Đậu
Đèo Điêu Điền Đinh Đoàn Đồ Đồng Đổng Đới Đường Giáp Giang Hà Hạ Hàn Hán Hầu Hình Hoa Hồng Hứa
Kha Khâu Khổng Khúc Khưu Kiên Kiều Kim Kông La Lã Lại Lâm Lăng Lò Lô Lộc Lợi Lục Lư Lữ Lương
Lưu Ma Mã Mạc Mạch Mai Man Mạnh Mẫn Mâu Mẫu Mông Mùa Nghiêm Ngọ Ngụy Nhan Nhâm Nhữ Ninh Nông
Phí Phó Phú Phùng Phương Quách Quan Quản Quảng Sầm Sơn Sử Sùng Tạ Tăng Tào Tất Thạch Thái Thẩm
Thân Thào Thi Thiều Thôi Tiêu Tiết Tô Tôn Tống Trà Trang Tri Triệu Trình Trịnh Trương Từ Tường
Ung Uông Văn Vàng Vi Viên Vòng Vương Vừ Xa Y Yên Niê Ksor Siu Rơ Rmah Kpă
"""
_RARE = """
Bạc Ban Bàn Cầm Chang Cháng Chảo Cứ Dao Dường Điểu Giàng Hạng Hảng Hố Hờ Khà Lầu Lèo Lộ Lù Ly Lỳ Lường
Phàn Phu Phượng Quàng Sằm Sìn Sung Tằng Tao Tẩn Thàng Thị Tòng Tráng Vì
"""
"""Family names that are rare, or ordinary words of other text. `is_surname` doesn't know them; they only make
`surname_of_letters` more careful with a frequent name that has the same letters.
"""
_SURNAMES = frozenset(_LISTED.split())
_FOLDED = frozenset(map(fold, _SURNAMES))
# A line through the first letter of a name, such as a seal's ring, leaves single strokes of it. The engine
# reads them as these characters: at most so many, before at least so many letters that were read as they are.
_STROKES = frozenset("lIiLfrtjJ1!|/([")
_MOST_STROKES, _LEAST_TAIL = 3, 3


def begins_with_surname(name: str) -> bool:
    """Whether the first word of a name (not empty) is a known family name, whatever its marks."""
    return fold(name.split(maxsplit=1)[0].split("'", maxsplit=1)[0]) in _FOLDED


def is_surname(word: str) -> bool:
    """Whether a word is a family name with all its marks; case does not matter."""
    return word.title() in _SURNAMES


def restored_surname(word: str) -> str | None:
    """The family name of a word whose first letter was read as one to three strokes (`Ihuỳnh`: Huỳnh).

    None if there is no such name, or if several fit (Trịnh, Trình).
    """
    alike = {name for name in _SURNAMES if len(name) > _LEAST_TAIL and _is_rest(word, name)}
    name = next(iter(alike), "")
    return name if len(alike) == 1 and word.endswith(name[1:]) else None


def surname_of_letters(word: str) -> str | None:
    """The one family name with the letters of a word, whatever the marks of both (`Lè`: Lê).

    None if there is none, or several (Hà, Hạ). Where a rare name has the same letters too, the word must be
    spelled as the frequent one.
    """
    alike = [name for name in _SURNAMES if fold(name) == fold(word)]
    rare = any(fold(name) == fold(word) for name in _RARE.split())
    if len(alike) != 1 or (rare and alike[0] != word.title()):
        return None
    return alike[0]


def _is_rest(word: str, name: str) -> bool:
    """Whether a word is strokes, then all letters of a name but the first, whatever their marks."""
    before, tail = word[: 1 - len(name)], word[1 - len(name) :]
    strokes = _STROKES | set(name[0] + name[0].lower())
    return 0 < len(before) <= _MOST_STROKES and set(before) <= strokes and fold(tail) == fold(name[1:])
