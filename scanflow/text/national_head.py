"""The national name and motto (quốc hiệu, tiêu ngữ) that head every official paper, in folded text.

    CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
    Độc lập - Tự do - Hạnh phúc

Reading may go wrong, so all comparisons allow errors. Texts are given as `fold` returns them.
"""

from rapidfuzz import fuzz

_NATIONAL_NAME = "cong hoa xa hoi chu nghia viet nam"
_MOTTO = "doc lap - tu do - hanh phuc"
_NAME_PARTS = ("cong", "hoa", "xa hoi", "chu nghia", "viet nam")
_MOTTO_PARTS = ("doc lap", "tu do", "hanh phuc")
_MIN_RATIO = 80.0  # per cent of the letters that are alike; no measurement is recorded
_MIN_LENGTH = 12  # characters; a line must be longer than this to be compared


def is_national_head(folded: str) -> bool:
    """Whether a line is the national name or the motto and nothing else."""
    letters = folded.strip(" .,-–—_")
    return len(letters) > _MIN_LENGTH and any(
        fuzz.ratio(letters, line) >= _MIN_RATIO for line in (_NATIONAL_NAME, _MOTTO)
    )


def contains_national_name(folded: str) -> bool:
    """Whether a line contains the national name; it may have other text, too, such as the agency's name."""
    return sum(part in folded for part in _NAME_PARTS) >= 3


def contains_motto(folded: str) -> bool:
    """Whether a line contains the motto; the line may have other text, too."""
    return sum(part in folded for part in _MOTTO_PARTS) >= 2
