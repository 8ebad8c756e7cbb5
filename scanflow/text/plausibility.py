"""Whether a word that was read looks like a word of a Vietnamese paper (syllable, number, code, label)."""

import re
from functools import lru_cache

from scanflow.text.syllables import is_syllable

_AROUND = re.compile(r"^[^\w]+|[^\w]+$")
_NUMBER = re.compile(r"[\d.,/:%-]*\d[\d.,/:%-]*")
# 12/QĐ-UBND, 21/2026/TT-BCT, 000.00.19.H47-260105-0001
_CODE = re.compile(r"(?=\D*\d)[A-ZĐƯ\d]+(?:[./-][A-ZĐƯ][A-Za-zĐƯ\d]*|[./-]\d+)+")

# A line of a card's or passport's machine-readable zone (ICAO 9303): IDVNM2030003754093203000375<<4
_MACHINE_READABLE = re.compile(r"(?=.*<<)(?=<*[A-Z\d])[A-Z\d<]{28,46}")
_LIST_MARK = re.compile(r"[a-eg-ik-vxyđ]\)")
# Short forms in lists of recipients: of báo cáo, thực hiện, phối hợp, đồng chí, về việc.
_SHORTENED = re.compile(r"b/c|th?/h|ph?/h|đ/c|v/v", re.IGNORECASE)
# The English beside the Vietnamese on identity cards, passports and certificates. On 16 rendered sheets that
# it was not chosen on (kind `clean 200 dpi`, seed 20261128) there were 24 wrong words with it, 26 without.
_LABEL = re.compile(
    r"""birth | card | citizen | country | date | day | expiry | family | female | finger | freedom | full
      | given | happiness | identification | identity | independence | index | left | male | month | name
      | nationality | number | origin | passport | personal | place | republic | residence | right | sex
      | signature | socialist | surname | type | viet | year""",
    re.VERBOSE | re.IGNORECASE,
)


def is_machine_readable(word: str) -> bool:
    """Whether `word` has the form of a machine-readable line of a card or passport (ICAO 9303)."""
    return bool(_MACHINE_READABLE.fullmatch(word))


def is_shortened(word: str) -> bool:
    """Whether `word` is one of the short forms with a slash in lists of recipients (`b/c`, `ph/h`)."""
    return bool(_SHORTENED.fullmatch(_AROUND.sub("", word)))


@lru_cache(maxsize=4096)  # several steps ask about the same words, and most words occur again
def is_plausible(word: str) -> bool:
    """Whether `word` looks like a word of a Vietnamese paper.

    That is: a legal syllable, a number, the code of a document, a list mark (`a)`), a short form of a list of
    recipients (`b/c`), an English label of an identity card, or a machine-readable line. Punctuation around
    the word does not count.
    """
    if is_machine_readable(word) or _LIST_MARK.fullmatch(word):
        return True
    core = _AROUND.sub("", word)
    if any(form.fullmatch(core) for form in (_NUMBER, _CODE, _SHORTENED, _LABEL)):
        return True
    return len(core) > 1 and is_syllable(core)
