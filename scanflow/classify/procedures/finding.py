"""Procedures found by name, form number, title of a form and type of paper, with an index or without."""

import re
from collections.abc import Iterable
from dataclasses import replace

from rapidfuzz import fuzz

from scanflow.classify.procedures.forms import FormOf, form_key, form_titles
from scanflow.classify.profiles import ProcedureName, Profiles, root_code
from scanflow.text.folding import aligned_fold, fold, folded_key
from scanflow.text.normalization import search_key

# Names that are this alike (per cent) are taken for one name, misread. No measurement is recorded for these
# limits.
NAME_SIMILARITY = 92.0
# So are titles of forms.
TITLE_SIMILARITY = 90.0
_CODE = re.compile(r"\d\.\d{1,6}")
_CANDIDATES = 200


def procedure_names(profiles: Profiles) -> list[ProcedureName]:
    """All procedures by name, without loading each."""
    if profiles.index is not None:
        return profiles.index.names()
    names = (ProcedureName(p.code, p.name, p.field, p.agency) for p in profiles.procedures.values())
    return sorted(names, key=lambda each: (each.name, each.code))


def search_procedures(profiles: Profiles, text: str, limit: int = 20) -> list[ProcedureName]:
    """Procedures by words of name, code, field and agency, with accents or without, the likeliest first.

    Each word may be the beginning of one. Where no procedure has all words, those with most of them are
    given.
    """
    words = re.findall(r"\w+", fold(text))
    if not words:
        return procedure_names(profiles)[:limit]
    if _CODE.match(text.strip()):
        prefix = root_code(text)
        found = [each for each in procedure_names(profiles) if each.code.startswith(prefix)]
        return sorted(found, key=lambda each: each.code)[:limit]
    if profiles.index is not None:
        found = profiles.index.search(words, max(limit, _CANDIDATES))
        found = found or profiles.index.search(words, max(limit, _CANDIDATES), every=False)
    else:
        found = _scan(procedure_names(profiles), words)
    return _by_likeness(found, text, words)[:limit]


def _scan(names: Iterable[ProcedureName], words: list[str]) -> list[ProcedureName]:
    hits: list[tuple[int, ProcedureName]] = []
    for each in names:
        there = re.findall(r"\w+", fold(f"{each.name} {each.code} {each.field} {each.agency}"))
        hits.append((sum(any(word.startswith(w) for word in there) for w in words), each))
    most = max((count for count, _ in hits), default=0)
    return [each for count, each in hits if count == most > 0]


def _by_likeness(found: list[ProcedureName], text: str, words: list[str]) -> list[ProcedureName]:
    """The found ones: first those with the words in a row in their name, spelled as written, early in it."""
    phrase, written = " ".join(words), search_key(text)

    def rank(each: ProcedureName) -> tuple[bool, bool, int]:
        folded = " ".join(re.findall(r"\w+", fold(each.name)))
        return phrase not in folded, written not in search_key(each.name), folded.find(phrase)

    return sorted(found, key=rank)


def procedures_named(profiles: Profiles, name: str) -> list[str]:
    """The codes of the procedures that have or had this name; a few letters may be misread."""
    wanted = _plain_name(name)
    codes: list[str] = []
    if profiles.index is None:
        candidates = list(profiles.procedures)
    else:
        words = list(dict.fromkeys(re.findall(r"\w+", fold(wanted))))[:24]
        candidates = [each.code for each in profiles.index.search(words, _CANDIDATES, every=False)]
    for code in candidates:
        procedure = profiles.procedures[code]
        known = (procedure.name, *procedure.aliases)
        if any(fuzz.ratio(wanted, _plain_name(each)) >= NAME_SIMILARITY for each in known):
            codes.append(code)
    return codes


def _plain_name(name: str) -> str:
    return aligned_fold(name).removeprefix("thu tuc ").strip(" .")


def procedures_asking_for(profiles: Profiles, type_id: str) -> list[str]:
    """The codes of the procedures that ask for a paper of this type."""
    if profiles.index is not None:
        return profiles.index.asking_for_type(type_id)
    return [
        code
        for code, procedure in profiles.procedures.items()
        if any(type_id in row.types for row in procedure.required)
    ]


def procedures_of_form(profiles: Profiles, form_number: str) -> list[FormOf]:
    """The rows that ask for the form with this number, of any procedure: `CT01`, `Mẫu số 09/ĐK`.

    A bare number ("01") belongs to many forms.
    """
    if profiles.index is not None:
        return profiles.index.forms_numbered(form_number)
    wanted = form_key(form_number)
    return [
        FormOf(code, row.id, row.titles[0] if row.titles else row.name)
        for code, procedure in profiles.procedures.items()
        for row in procedure.required
        if wanted in map(form_key, row.form_numbers)
    ]


def procedures_of_title(profiles: Profiles, title: str, least: float = TITLE_SIMILARITY) -> list[FormOf]:
    """The rows that ask for a form with this title, else with a similar one, the most similar first.

    `least` is the likeness in per cent from which on a title may be this one misread.
    """
    wanted = folded_key(title)
    if profiles.index is not None:
        candidates: Iterable[FormOf] = profiles.index.forms_titled(title)
    else:
        candidates = (
            FormOf(code, row.id, each, 0.0)
            for code, procedure in profiles.procedures.items()
            for row in procedure.required
            for each in form_titles(row)
        )
    best: dict[tuple[str, str], FormOf] = {}
    for each in candidates:
        likeness = fuzz.ratio(wanted, folded_key(each.title))
        key = (each.code, each.row)
        if likeness >= least and (key not in best or likeness > 100 * best[key].likeness):
            best[key] = replace(each, likeness=likeness / 100)
    exact = [each for each in best.values() if each.likeness == 1.0]
    return sorted(exact or best.values(), key=lambda each: (-each.likeness, each.code, each.row))
