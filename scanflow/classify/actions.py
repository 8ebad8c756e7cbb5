"""What a paper asks for, or of whom it is: words that tell near titles apart, though all lists have them.

"Đơn đề nghị cấp lại giấy phép" and "Đơn đề nghị cấp giấy phép" differ in a word that says next to nothing
by how seldom it is, and everything by what it means.
"""

import re
from collections.abc import Iterable

# Folded. What "lại" stands behind is done once more; "đổi" alone may be "đối".
_ACTION = re.compile(
    r"\b(?:cap (?:lai|doi|moi)|gia han|dieu chinh|sua doi|thay doi|thu hoi|cham dut|tam (?:ngung|dung)"
    r"|huy bo|giai the|chuyen (?:nhuong|doi)|sap nhap|hop nhat|lan dau|bo sung|mo rong|cong bo|tra lai"
    r"|xuat khau|nhap khau|chi nhanh|van phong dai dien|ca nhan|tap the"
    r"|(?:cong nhan|dang ky|chi dinh|phe duyet|thanh lap) lai)\b"
)


def actions_in(words: Iterable[str]) -> frozenset[str]:
    """The actions that folded words name."""
    return frozenset(match[0] for match in _ACTION.finditer(" ".join(words)))
