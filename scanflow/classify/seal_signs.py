"""What a seal tells about a paper: it makes a kind or type a little more likely that a title or symbol gives.

The issuer of a paper presses a round seal beside the signature. Other seals tell nothing about the paper: a
rectangular stamp ("ĐẾN") is a registry's, a seal below "CHỨNG THỰC BẢN SAO" belongs to whoever certified the
copy, and a seal on a form that a citizen signed to whoever confirmed it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from typing import Literal

from scanflow.classify.page_marks import is_copy_mark, is_signer
from scanflow.classify.page_view import Line, PageView
from scanflow.model import Evidence, Seal
from scanflow.units import MM_PER_INCH, POINTS_PER_INCH

ISSUED, ASKED = frozenset({"official", "law", "certificate"}), "request"
"""Groups of kinds (`Kind.group`): of papers that somebody issues, and of those that ask for one."""
ISSUER, COPY = "seal beside the signature", "seal of a certified copy, not of who issued it"
"""The cues of the evidence."""

# An issuer's seal multiplies the odds of an issued kind by this. Set by hand (decision 19): most other likely
# kinds are issued as well, so a guess of 0.5 (a number whose symbol may be a firm's) must stay below
# MIN_KIND. It does not count against requests, because firms seal theirs.
FOR_ISSUED = 1.3
# Points: the greatest distance from the middle of a seal to the signer's capacity; and from the mark of a
# certified copy down to its signature.
BESIDE, COPY_BLOCK = 130.0, 170.0
_CITIZEN = re.compile(r"^\W*nguoi\b(?! dai dien| ky)")
_LISTED = re.compile(r"^\W*noi nhan\b")
_COLOURS = {"red": "đỏ", "blue": "xanh", "grey": "xám"}


@dataclass(frozen=True, slots=True)
class SealSign:
    """A round seal and the line beside it: of the issuer of the paper, or of whoever certified a copy.

    `page` counts the paper's pages from 0.
    """

    of: Literal["issuer", "copy"]
    seal: Seal
    line: str
    page: int

    def evidence(self, first: int = 0) -> Evidence:
        """The evidence that a person is shown; `first`: the index of the paper's first page."""
        cue, score = (ISSUER, 1 - 1 / FOR_ISSUED) if self.of == "issuer" else (COPY, 0.0)
        size = self.seal.box.width * MM_PER_INCH / POINTS_PER_INCH
        said = f"dấu tròn {_COLOURS[self.seal.colour]}, {size:.0f} mm, cạnh «{self.line}»"
        return Evidence(cue, said, round(score, 3), first + self.page)


def seal_sign(pages: Sequence[PageView]) -> SealSign | None:
    """The most telling seal of a paper, given its pages in order: an issuer's, else a copy's;

    None without.
    """
    signs = [sign for no, page in enumerate(pages) for seal in page.seals if (sign := _sign(seal, page, no))]
    return next((sign for sign in signs if sign.of == "issuer"), signs[0] if signs else None)


def with_seal(chance: float, group: str, sign: SealSign | None) -> float:
    """The chance (0 to 1) of a type or kind of this group on a paper with such a seal."""
    if sign is None or sign.of != "issuer" or group not in ISSUED or not 0.0 < chance < 1.0:
        return chance
    odds = FOR_ISSUED * chance / (1 - chance)
    return odds / (1 + odds)


def _sign(seal: Seal, page: PageView, no: int) -> SealSign | None:
    if seal.shape != "round":
        return None
    marks = [line for line in page.lines if is_copy_mark(line.folded)]
    signers = [line for line in page.lines if is_signer(line.folded) and not _LISTED.match(line.folded)]
    near = [line for line in (*marks, *signers) if _distance(seal, line) <= BESIDE]
    if not near:
        return None
    line = min(near, key=lambda each: _distance(seal, each))
    if any(line is mark or _is_below(line, mark) for mark in marks):
        return SealSign("copy", seal, line.text, no)
    if any(_CITIZEN.match(signer.folded) for signer in signers):
        return None
    return SealSign("issuer", seal, line.text, no)


def _distance(seal: Seal, line: Line) -> float:
    """Points from the middle of a seal to a line."""
    x, y = seal.box.centre_x, seal.box.centre_y
    return hypot(
        max(line.box.left - x, 0.0, x - line.box.right), max(line.box.top - y, 0.0, y - line.box.bottom)
    )


def _is_below(line: Line, mark: Line) -> bool:
    """Whether a line stands in the block that a copy's mark heads."""
    return 0 < line.box.top - mark.box.top <= COPY_BLOCK and line.box.shared_width(mark.box) > 0
