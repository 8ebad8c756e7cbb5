"""Family names (họ) with which Vietnamese names begin: a name without one may have lost its first word."""

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
_SURNAMES = frozenset(_LISTED.split())
_FOLDED = frozenset(map(fold, _SURNAMES))


def begins_with_surname(name: str) -> bool:
    """Whether the first word of a name is a known family name, whatever its marks."""
    return fold(name.split(maxsplit=1)[0].split("'", maxsplit=1)[0]) in _FOLDED


def is_surname(word: str) -> bool:
    """Whether a word is a family name with all its marks; case does not matter."""
    return word.title() in _SURNAMES
