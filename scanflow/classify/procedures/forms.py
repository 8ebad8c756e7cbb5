"""Forms that people fill in and submit (đơn, tờ khai …): they tell the procedure where none is known."""

import re
from dataclasses import dataclass
from functools import cache

from scanflow.classify.profiles import RequiredPaper
from scanflow.text.folding import fold
from scanflow.text.normalization import search_key

_FORMS = (
    "đơn|tờ khai|giấy đề nghị|giấy đăng ký|phiếu|bản khai|bản đăng ký|giấy khai(?! sinh)|văn bản đề nghị"
    "|công văn đề nghị|tờ trình|bản đề nghị|đề nghị|giấy báo|thông báo|bản kê khai|mẫu"
)


@dataclass(frozen=True, slots=True)
class FormOf:
    """A form that a procedure asks for: the procedure's code, the row's id and the form's title.

    `likeness` (0 to 1) is how similar the title is to the one that was searched for.
    """

    code: str
    row: str
    title: str
    likeness: float = 1.0


def form_titles(row: RequiredPaper) -> list[str]:
    """The titles of a row that are those of a form to be filled in."""
    return [title for title in row.titles if is_form(title)]


def is_form(title: str) -> bool:
    """Whether a paper with this title is a form that somebody submits (đơn, tờ khai, giấy đề nghị …)."""
    return bool(_form().match(search_key(title)))


@cache
def _form() -> re.Pattern[str]:
    return re.compile(rf"(?:{search_key(_FORMS)})(?!\w)")


def form_key(number: str) -> str:
    """A form number for comparison: without leading zeros, case and blanks, with one kind of dash.

    `Mẫu số 1/ĐK`, `01/đk`, `01 / ĐK` → `1/dk`.
    """
    key = re.sub(
        r"[\s._]+",
        ".",
        re.sub(r"\s*[-–/]\s*", lambda m: m[0].strip().replace("–", "-"), fold(number).strip()),
    )
    key = re.sub(r"^(?:mau|bieu)(?:\.so)?\.", "", key)
    return re.sub(r"(?<!\d)0+(?=\d)", "", key)
