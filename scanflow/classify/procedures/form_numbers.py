"""Form numbers (số hiệu biểu mẫu): `CT01`, `09/ĐK`, `BK05-ĐK-TCT`, as printed on the form."""

import re
from collections.abc import Iterable

from scanflow.text.normalization import normalize

# A number: digits with letters, full stops, slashes and dashes; or letters with digits.
_NUMBER = r"[0-9A-ZĐ][0-9A-Za-zđĐƯưÔô.]*(?:\s?[-–/]\s?[0-9A-ZĐƯÔa-zđ.]+)*"
_FORM = re.compile(
    r"(?:[Bb]iểu [Mm]ẫu|[Mm]ẫu(?:\s+(?:[Tt]ờ khai|[Bb]iểu|[Đđ]ơn))?|MẪU|[Mm]au|[Mm]us"
    r"|(?<!\w)[Tt]ờ khai(?= [A-ZĐ]{1,4}\d))"
    rf"[\s_:]*(?:[Ss]ố|SỐ|so)?[\s_:.]*(?P<number>{_NUMBER})"
)
_MORE = re.compile(rf"\s*(?:,|và|hoặc|/|;)\s*(?:[Mm]ẫu\s*(?:số)?\s*)?(?P<number>{_NUMBER})(?=[\s,;.)]|$)")
_ANNEX = re.compile(
    r"(?:theo|[Mm]ẫu|tại)\s+(?:mẫu\s+)?(?:tại\s+)?[Pp]hụ"
    r" lục(?:\s+số)?\s+(?P<number>[0-9IVX]+[0-9A-Za-z.]*(?:[-–/][0-9A-Z]+)*)(?!\w)"
)
_OWN_ANNEX = re.compile(
    r"^[Pp]h(?:ụ|u) l(?:ụ|u)c(?:\s+(?:số"
    r"|so))?\s+(?P<number>[0-9IVX]+[0-9A-Za-z.]*(?:[-–/][0-9A-Z]+)*)(?!\w)"
)
# A number without a label: letters and one or two digits (CT01, NA5, DC02), or a symbol with an agency's
# code.
_ALONE = re.compile(
    r"(?<![\w/.-])(?P<number>[A-ZĐ]{2,4}\d{1,2}[a-zđ]?(?:-[A-ZĐ]{2,}(?:-[A-ZĐ]{2,})*)?"
    r"|\d{1,2}(?:[.-]\d)?[A-Za-z]?-[ĐA-Z]{2,}-[ĐA-Z]{2,}"
    r"|[A-Z]{2}\d-[A-Z]{2}|\d{2}[a-z]?/[A-ZĐ]{2,}(?:-[A-ZĐ]+)*)(?![\w/-])"
)
_LAW = re.compile(r"/(?:NĐ|TT|QĐ|NQ|QH|TTLT|UBND|BTC|CP|TTg)\b|^(?:19|20)\d\d$|/(?:19|20)\d\d/")
_FILE_TAIL = re.compile(r"\.(?:docx?|pdf|xlsx?|rtf|odt)\b", re.IGNORECASE)
_TAKEN_LETTERS = re.compile(r"[-_./](?:[A-ZĐ]?[a-zđàáâãèéêìíòóôõùúăđĩũơưạ-ỹ]{2,}).*$")


def form_numbers(name: str, form_no: str = "", form: str = "") -> tuple[str, ...]:
    """The form numbers of a row, from its words, its own column and the file name of the blank form.

    `01/ĐK` for "Mẫu số 01/ĐK"; "Phụ lục II-1" for a form that is an annex, because the number alone would not
    identify it. Each once, the surest first.
    """
    found = [*_of_column(form_no), *_of_text(normalize(name))]
    if not found:
        found = list(_of_file(normalize(form)))
    return tuple(dict.fromkeys(found))


def _of_column(form_no: str) -> Iterable[str]:
    number = _tidy(normalize(form_no))
    if number:
        yield number


def _of_text(text: str) -> Iterable[str]:
    plain = _FILE_TAIL.split(text)[0] if text.count(".doc") == 1 and len(text) < 60 else text
    for match in _FORM.finditer(plain):
        yield from filter(None, [_tidy(match["number"])])
        at = match.end()
        while (more := _MORE.match(plain, at)) and any(c.isdigit() for c in more["number"]):
            yield from filter(None, [_tidy(more["number"])])
            at = more.end()
    for match in _ALONE.finditer(plain):
        yield from filter(None, [_tidy(match["number"])])
    if not _FORM.search(plain):
        for match in [*_ANNEX.finditer(plain), *_OWN_ANNEX.finditer(plain)]:
            yield f"Phụ lục {match['number'].rstrip('.')}"


def _of_file(form: str) -> Iterable[str]:
    for part in filter(None, (each.strip() for each in _FILE_TAIL.split(form))):
        yield from _of_text(part.replace("_", " "))


def _tidy(number: str) -> str:
    """A number as printed; empty where the words after "Mẫu" are no number."""
    number = re.sub(r"\s*([-–/])\s*", r"\1", number).strip(" .,;:-–/").replace("–", "-")
    number = _TAKEN_LETTERS.sub("", number)
    number = re.sub(r"(?<=[a-zA-ZĐ\d])ban$", "", number).strip(" .-/")
    if not any(c.isdigit() for c in number) or len(number) > 24 or _LAW.search(number):
        return ""
    return number
