"""Names of agencies in capitals: where one begins, in the lines of a head."""

from collections.abc import Sequence

from scanflow.text.folding import fold

NOUNS = (
    "ủy ban nhân dân",
    "hội đồng nhân dân",
    "ủy ban mặt trận tổ quốc",
    "ủy ban",
    "ubnd",
    "hđnd",
    "hội đồng",
    "quốc hội",
    "chính phủ",
    "thủ tướng chính phủ",
    "thủ tướng",
    "chủ tịch nước",
    "văn phòng chính phủ",
    "văn phòng đăng ký đất đai",
    "văn phòng",
    "bộ chỉ huy quân sự",
    "bộ",
    "sở",
    "tổng cục",
    "chi cục",
    "cục",
    "vụ",
    "tổng công ty",
    "tập đoàn",
    "công ty",
    "doanh nghiệp",
    "hợp tác xã",
    "xí nghiệp",
    "trường đại học",
    "trường cao đẳng",
    "trường",
    "đại học",
    "học viện",
    "viện kiểm sát nhân dân",
    "viện",
    "bệnh viện",
    "trung tâm phục vụ hành chính công",
    "trung tâm",
    "trạm y tế",
    "trạm",
    "phòng",
    "ban quản lý",
    "ban chỉ đạo",
    "ban",
    "công an",
    "tòa án nhân dân",
    "tòa án",
    "đài phát thanh và truyền hình",
    "đài",
    "báo",
    "ngân hàng",
    "kho bạc nhà nước",
    "kho bạc",
    "bảo hiểm xã hội",
    "bảo hiểm",
    "thanh tra",
    "kiểm toán nhà nước",
    "kiểm toán",
    "hạt kiểm lâm",
    "hải quan",
    "thuế",
    "thi hành án dân sự",
    "đảng ủy",
    "đảng bộ",
    "đảng cộng sản việt nam",
    "tỉnh ủy",
    "thành ủy",
    "huyện ủy",
    "liên đoàn lao động",
    "liên đoàn",
    "hội",
    "đoàn",
    "đội",
    "mặt trận tổ quốc",
    "chi nhánh",
    "khoa",
    "tổ",
    "nhà",
    "quỹ",
)
"""What names of agencies begin with. Heads print them in capitals, whose marks are misread most."""

PLACES = ("thành phố", "tỉnh", "huyện", "quận", "thị xã", "thị trấn", "phường", "xã", "khu vực")

_BEGINNINGS = tuple(map(fold, NOUNS))
# A name that is only this continues in the next line, whatever that begins with.
_INCOMPLETE = {
    fold(name)
    for name in (
        "văn phòng",
        "trung tâm",
        "chi nhánh",
        "công an",
        "ban",
        "phòng",
        "ban chỉ đạo",
        "ban quản lý",
        "ban chấp hành",
        "hội đồng",
        "thanh tra",
        "bảo hiểm xã hội",
        "đảng bộ",
        "trường",
        "viện",
        "tổ",
        "ủy ban",
        "sở",
        "bộ",
    )
}
_LOOSE_ENDS = (*(f" {fold(end)}" for end in ("và", "của", "thuộc", *PLACES)), "-", "–", ",")


def agencies_in(lines: Sequence[str]) -> list[tuple[str, list[int]]]:
    """The agencies that these lines name, the superior one first, each with the indices of its lines.

    Text before the first known name ("THÀNH PHỐ CẦN THƠ") is a superior agency of its own.
    """
    found: list[tuple[str, list[int]]] = []
    for place, line in enumerate(lines):
        if not found or (_begins(line) and not _goes_on(found[-1][0])):
            found.append((line, [place]))
        else:
            found[-1] = (f"{found[-1][0]} {line}", [*found[-1][1], place])
    return found


def _begins(line: str) -> bool:
    folded = fold(line).strip(" .,-_")
    return any(folded == start or folded.startswith(f"{start} ") for start in _BEGINNINGS)


def _goes_on(name: str) -> bool:
    folded = fold(name).strip(" ._")
    return folded in _INCOMPLETE or folded.endswith(_LOOSE_ENDS)
