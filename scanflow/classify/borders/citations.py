"""The act that an annex says it is attached to: "(Ban hành kèm theo Quyết định số 12/2026/QĐ-UBND …)"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scanflow.classify import page_patterns as patterns
from scanflow.classify.page_view import Line

# The number follows the name of the act's kind within so many characters.
NUMBER_ZONE = 60


@dataclass(frozen=True, slots=True)
class Citation:
    """`kind` in folded words ("quyet dinh"); `suffix` of the number (`qd-ubnd`) and its `digits` (`12`),
    each empty where it was not read.
    """

    kind: str
    suffix: str
    digits: str


def citation_in(lines: Sequence[Line]) -> Citation | None:
    """The first citation in these lines, also one that extends over several; None without one."""
    found = patterns.CITED_ACT.search(" ".join(line.folded for line in lines))
    if found is None:
        return None
    suffix = patterns.SUFFIX.search(found["rest"][:NUMBER_ZONE])
    digits = patterns.CITED_DIGITS.search(found["rest"])
    return Citation(
        found["kind"],
        suffix["suffix"].replace(" ", "") if suffix else "",
        digits["digits"] if digits else "",
    )


def is_of(citation: Citation, symbol: str, digits: str) -> bool:
    """Whether the act with this symbol (`qd-ubnd`) and these digits in its number is the cited one.

    It is where the symbol is the same, or the kind and the digits. Where no symbol is cited the kind decides:
    digits are often written by hand and not read, and one letter of an agency's symbol may be misread.
    """
    if not citation.suffix:
        return _KINDS.get(kind_of(symbol)) == citation.kind
    alike = kind_of(citation.suffix) == kind_of(symbol) and bool(digits) and citation.digits == digits
    return citation.suffix == symbol or alike


def cited_kind(citation: Citation) -> str:
    """The words of the cited act's kind: by the abbreviation in its number, else as they were read."""
    return _KINDS.get(kind_of(citation.suffix), citation.kind)


def kind_of(suffix: str) -> str:
    """The kind's abbreviation in the suffix of a number (`qd` of `qd-ubnd`)."""
    return suffix.split("-", maxsplit=1)[0]


_KINDS: Mapping[str, str] = {
    "qd": "quyet dinh",
    "tt": "thong tu",
    "ttlt": "thong tu lien tich",
    "nd": "nghi dinh",
    "nq": "nghi quyet",
    "kh": "ke hoach",
    "hd": "huong dan",
    "ct": "chi thi",
    "tb": "thong bao",
    "bc": "bao cao",
    "ttr": "to trinh",
}
