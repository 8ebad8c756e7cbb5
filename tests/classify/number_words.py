"""Numbers in Vietnamese words, as amounts are written out: for tests only."""

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_SCALES = ("", "nghìn", "triệu")
_BILLION = "tỷ"


def words_from_number(number: int) -> str:
    """A number from 0 in words, as amounts are written out."""
    if number == 0:
        return _DIGITS[0]
    billions, rest = divmod(number, 10**9)
    parts = [f"{words_from_number(billions)} {_BILLION}"] if billions else []
    groups = [rest // 10**6, rest // 10**3 % 10**3, rest % 10**3]
    for scale, group in zip(reversed(_SCALES), groups, strict=True):
        if group:
            parts.append(f"{_group(group, full=bool(parts))} {scale}".strip())
    return " ".join(parts)


def _group(number: int, *, full: bool) -> str:
    """Three digits in words; `full`: something stands before them, so that their zeros are said."""
    hundreds, tens, units = number // 100, number // 10 % 10, number % 10
    parts = [f"{_DIGITS[hundreds]} trăm"] if hundreds or full else []
    if tens == 0:
        if units and parts:
            parts.append("linh")
        if units:
            parts.append(_DIGITS[units])
        return " ".join(parts)
    parts.append("mười" if tens == 1 else f"{_DIGITS[tens]} mươi")
    if units:
        parts.append({1: "một" if tens == 1 else "mốt", 5: "lăm"}.get(units, _DIGITS[units]))
    return " ".join(parts)
