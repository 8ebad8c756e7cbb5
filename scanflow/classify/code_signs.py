"""What a page's QR code says about its type: only citizen cards have theirs printed on them."""

from collections.abc import Sequence
from dataclasses import replace

from scanflow.classify.fields.card_code import read_card_code
from scanflow.classify.profiles import Profiles
from scanflow.classify.titles import MAX_CONFIDENCE, Candidate
from scanflow.model import Code, Evidence

CARD = "can-cuoc"
# A code is read without error or not at all, but another paper may show a copy of the card. No measurement is
# recorded.
CARD_CODE = 0.85


def with_codes(
    ranked: Sequence[Candidate], codes: Sequence[Code], profiles: Profiles, *, page: int = 0
) -> list[Candidate]:
    """The types that a page may have, the surest first, with what its codes say.

    The evidence does not hold the number and name of the code.
    """
    if CARD not in profiles.types or not any(read_card_code(code.text) for code in codes):
        return list(ranked)
    said = Evidence("code of a citizen card", "QR", CARD_CODE, page)
    card = next((each for each in ranked if each.type == CARD), Candidate(CARD, 0.0, ()))
    confidence = min(MAX_CONFIDENCE, 1 - (1 - card.confidence) * (1 - CARD_CODE))
    card = replace(card, confidence=confidence, evidence=(*card.evidence, said))
    others = [each for each in ranked if each.type != CARD]
    return sorted([card, *others], key=lambda each: -each.confidence)
