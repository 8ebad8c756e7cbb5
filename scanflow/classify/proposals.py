"""Procedures to which a batch's forms belong, where none is known: proposals that a person chooses from.

Nothing is filed by a proposal. What may decide without a person is
`scanflow.classify.checklist.infer_procedure`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scanflow.classify.kinds import KindIndex
from scanflow.classify.page_view import PageView
from scanflow.classify.printed_forms import is_telling, printed_form_numbers
from scanflow.classify.procedures.finding import procedures_of_form, procedures_of_title
from scanflow.classify.procedures.forms import FormOf, is_form
from scanflow.classify.profiles import Profiles
from scanflow.classify.rows.printed_titles import printed_titles
from scanflow.model import Evidence

# A number alone identifies its form less surely than a whole title: numbers are reused. No measurement is
# recorded.
NUMBER_ALONE = 0.8
MAX_PROPOSALS = 5


@dataclass(frozen=True, slots=True)
class Proposal:
    """A procedure that asks for a form; `chance` (0 to 1) is divided among all that ask for that form."""

    code: str
    chance: float
    evidence: tuple[Evidence, ...]


def propose_procedures(pages: Sequence[tuple[int, PageView]], profiles: Profiles) -> tuple[Proposal, ...]:
    """The procedures that ask for the forms among these first pages, each with its index; likeliest first."""
    kinds = KindIndex(profiles.kinds)
    chances: dict[str, float] = defaultdict(float)
    evidence: dict[str, list[Evidence]] = defaultdict(list)
    for page, seen in pages:
        for code, said in _of_page(page, seen, profiles, kinds).items():
            chances[code] = 1 - (1 - chances[code]) * (1 - said.score)
            evidence[code].append(said)
    ranked = sorted(chances, key=lambda code: (-chances[code], code))
    return tuple(
        Proposal(code, round(chances[code], 3), tuple(evidence[code])) for code in ranked[:MAX_PROPOSALS]
    )


def _of_page(page: int, seen: PageView, profiles: Profiles, kinds: KindIndex) -> dict[str, Evidence]:
    """The procedures that the form on a page belongs to, each with its share."""
    title = next((each.text for each in printed_titles(seen, kinds) if is_form(each.text)), "")
    titled = _likeness(procedures_of_title(profiles, title)) if title else {}
    numbered: dict[str, str] = {}
    for key in filter(is_telling, sorted(printed_form_numbers(seen))):
        numbered |= {each.code: key for each in procedures_of_form(profiles, key)}
    both = titled.keys() & numbered.keys()
    if both:
        share = 1 / len(both)
        return {
            code: Evidence("form: number and title", f"{numbered[code]} {title}", round(share, 3), page)
            for code in both
        }
    if titled:
        share = 1 / len(titled)
        return {
            code: Evidence("form: title", title, round(alike * share, 3), page)
            for code, alike in titled.items()
        }
    return {
        code: Evidence("form: number", key, round(NUMBER_ALONE / len(numbered), 3), page)
        for code, key in numbered.items()
    }


def _likeness(forms: Iterable[FormOf]) -> dict[str, float]:
    best: dict[str, float] = {}
    for each in forms:
        best[each.code] = max(each.likeness, best.get(each.code, 0.0))
    return best
