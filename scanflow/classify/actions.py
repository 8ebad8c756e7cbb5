"""What a paper asks for, or for whom: words that tell similar titles apart, although all lists have them.

"Đơn đề nghị cấp lại giấy phép" and "Đơn đề nghị cấp giấy phép" differ in one frequent word. By its frequency
it weighs nearly nothing, but it makes another paper.
"""

import re
from collections.abc import Iterable

# Folded. "Lại" means that something is done once more. "Đổi" alone could also be "đối", so it counts in
# pairs.
_ACTION = re.compile(
    r"\b(?:cap (?:lai|doi|moi)|gia han|dieu chinh|sua doi|thay doi|thu hoi|cham dut|tam (?:ngung|dung)"
    r"|huy bo|giai the|chuyen (?:nhuong|doi)|sap nhap|hop nhat|lan dau|bo sung|mo rong|cong bo|tra lai"
    r"|xuat khau|nhap khau|chi nhanh|van phong dai dien|ca nhan|tap the"
    r"|(?:cong nhan|dang ky|chi dinh|phe duyet|thanh lap) lai)\b"
)


def actions_in(words: Iterable[str]) -> frozenset[str]:
    """The actions that folded words name."""
    return frozenset(match[0] for match in _ACTION.finditer(" ".join(words)))
