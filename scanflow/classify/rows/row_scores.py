"""Which rows of its procedure's list a paper meets.

Thousands of papers have a name in a published list, but no document type. What a page prints (its whole
title, its form number, its kind) is compared with what each row of the dossier's own procedure asks for.
Words that only some rows have weigh more than words that all have; printed words that the row lacks lower its
score. All rows and "none of them" share one chance, so that a paper that fits two rows is left to a person.
See decision 19.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scanflow.classify.page_view import PageView
from scanflow.classify.printed_forms import printed_form_numbers
from scanflow.classify.rows.body_words import body_pairs
from scanflow.classify.rows.listed_rows import RUN, Row, RowIndex, RowTitle, runs_of
from scanflow.classify.rows.prepared_titles import Printed, prepare_titles
from scanflow.classify.rows.printed_titles import printed_titles
from scanflow.classify.rows.row_features import (
    FEATURES,
    action_features,
    body_features,
    outside_features,
    seal_feature,
    title_features,
)
from scanflow.classify.seal_signs import ISSUER, seal_sign
from scanflow.model import Evidence, RowMatch

# A row is met from this chance on: with it the numbers of docs/benchmarks.md (Rows) hold.
MIN_CHANCE = 0.6
# So many of the page's titles are compared: those with most of the rows' words.
MAX_TITLES = 3


@dataclass(frozen=True, slots=True)
class Scored:
    """A row (its index) with the title and features of its highest score: log-odds against "none of them"."""

    row: int
    title: str
    features: tuple[float, ...]
    score: float
    evidence: tuple[Evidence, ...] = ()


def match_rows(
    pages: Sequence[PageView], index: RowIndex, *, type: str = "", kind: str = "", page: int = 0
) -> tuple[RowMatch, ...]:
    """The rows that a paper meets, the likeliest first; none where that would be a guess.

    `pages` are the paper's, in order; `type` and `kind` are what is known of it. `page` is the index that the
    evidence names. Rows that ask for the same paper (in several cases of a procedure) are all met.
    """
    scored = score_rows(pages, index, type=type, kind=kind, page=page)
    chances = row_chances(scored)
    met = [
        RowMatch(index.rows[each.row].paper.id, round(chance, 3), each.evidence)
        for each, chance in zip(scored, chances, strict=True)
        if chance >= MIN_CHANCE
    ]
    return tuple(sorted(met, key=lambda match: -match.chance))


def row_chances(scored: Sequence[Scored]) -> list[float]:
    """The chance (0 to 1) of each row. Rows with the same best title count as one."""
    if not scored:
        return []
    groups: dict[str, float] = {}
    for each in scored:
        groups[each.title] = max(groups.get(each.title, -math.inf), each.score)
    highest = max(0.0, *groups.values())
    total = math.exp(-highest) + sum(math.exp(score - highest) for score in groups.values())
    return [math.exp(each.score - highest) / total for each in scored]


def score_rows(
    pages: Sequence[PageView], index: RowIndex, *, type: str = "", kind: str = "", page: int = 0
) -> list[Scored]:
    """Each row with its highest score among the page's titles; arguments as of `match_rows`."""
    seen = pages[0]
    forms = printed_form_numbers(seen)
    every = prepare_titles(printed_titles(seen, index.kinds), index)
    main = next((printed.title for printed in every if printed.main), None)
    sign = seal_sign(pages)
    sealed = sign is not None and sign.of == "issuer"
    body = body_pairs(pages, below=main.bottom if main else 0.0)
    every.sort(key=lambda printed: sum(printed.lost.values()) - printed.weight)
    scored = []
    for number, row in enumerate(index.rows):
        outside = outside_features(row, forms, type)
        found: tuple[float, tuple[float, ...], Printed, RowTitle] | None = None
        for printed in every[:MAX_TITLES]:
            runs = runs_of(printed.spelled, min(RUN, len(printed.spelled)))
            worded = {word for run in runs if run in row.wording for word in run}
            for wanted in row.titles:
                features = (
                    *title_features(printed, wanted, worded, index, kind),
                    *outside,
                    float(not printed.main),
                    *action_features(printed, wanted, row),
                    *body_features(printed, wanted, row, body, len(pages)),
                    seal_feature(wanted, index, sealed=sealed),
                )
                score = sum(weight * value for weight, value in zip(index.worth, features, strict=True))
                if found is None or score > found[0]:
                    found = score, features, printed, wanted
        if found is not None:
            score, features, printed, wanted = found
            evidence = _evidence(printed, wanted, row, features, page)
            if sign is not None and features[-1] > 0:
                evidence = (*evidence, replace(sign.evidence(page), cue=f"against: {ISSUER}"))
            scored.append(Scored(number, wanted.letters, features, score, evidence))
    return scored


def _evidence(
    printed: Printed, wanted: RowTitle, row: Row, features: Sequence[float], page: int
) -> tuple[Evidence, ...]:
    said = dict(zip(FEATURES, features, strict=True))
    found = []
    if said["both shares multiplied"] > 0:
        alike = round(said["both shares multiplied"], 3)
        found.append(Evidence(f"title of the row: {wanted.text}", printed.title.text, alike, page))
    if said["the same telling form number"] or said["the same bare form number"]:
        found.append(Evidence("form number of the row", ", ".join(row.paper.form_numbers), 1.0, page))
    if said["another form number"]:
        found.append(Evidence("against: another form number", ", ".join(row.paper.form_numbers), 1.0, page))
    if said["the same kind"]:
        found.append(Evidence("kind of the row", wanted.kind, 1.0, page))
    if said["share of the row's unprinted words that the body has"] > 0:
        share = round(said["share of the row's unprinted words that the body has"], 3)
        found.append(Evidence("words of the row in the body", wanted.text, share, page))
    if said["more pages than a paper of the row's types has"]:
        found.append(Evidence("against: more pages than such a paper has", str(row.most_pages), 1.0, page))
    if said["a type that the row takes"]:
        found.append(Evidence("type of the row", ", ".join(row.paper.types), 1.0, page))
    return tuple(found)
