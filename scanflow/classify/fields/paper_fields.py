"""All fields of a paper: by the rules of its type, and those that any paper may have."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from scanflow.classify.fields.agreement import checked, is_one_print
from scanflow.classify.fields.by_rule import read_by_rules, read_copy_kind
from scanflow.classify.fields.confidence import calibrated
from scanflow.classify.fields.esignature import read_esignatures
from scanflow.classify.fields.identity_sources import from_codes, from_zone, settle
from scanflow.classify.fields.official_head import DATE, NUMBER, read_head
from scanflow.classify.fields.people import PEOPLE, read_people
from scanflow.classify.fields.searchable import text_of
from scanflow.classify.fields.signature import read_signature
from scanflow.classify.fields.spelling import SpellingVotes
from scanflow.classify.fields.subject import read_subject
from scanflow.classify.page_view import view
from scanflow.classify.profiles import DocumentType
from scanflow.classify.stack_memory import StackMemory
from scanflow.clock import date_in_vietnam, now
from scanflow.model import FieldValue, PageReading, Paper

SURE = 0.9
"""A value of at least this confidence is sure, where no setting gives another limit."""

_IDENTITY, _ENTERPRISE = "identity", "enterprise"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The values of a receipt (giấy tiếp nhận hồ sơ và hẹn trả kết quả); None for missing ones."""

    dossier_number: str | None
    procedure_code: str | None
    procedure_name: str | None


def read_details(
    paper: Sequence[PageReading], document_type: DocumentType | None, today: date | None = None
) -> tuple[FieldValue, ...]:
    """All values of a paper, sure and doubtful: by the rules of its type, if that is known, and in general.

    No date of issue or birth may be after `today`; None means the current day in Vietnam.
    """
    pages = [view(reading) for reading in paper]
    if not pages:
        return ()
    today = today or date_in_vietnam(now())
    identity = document_type is not None and document_type.group == _IDENTITY
    votes = SpellingVotes(pages)
    head = read_head(pages[0], votes)
    subject = read_subject(pages[0], head, votes)
    by_rule = list(read_by_rules(pages, document_type)) if document_type else []
    values = _with_head(by_rule, head.values)
    if identity or (document_type is None and any(from_codes(paper))):
        values = settle([*from_codes(paper), *from_zone(pages, today), *values])
    else:
        values += [subject] if subject else []
        values += read_signature(pages, votes)
        values += read_people(text_of(pages, "paper"))
        values += read_esignatures(paper)
    if copy := read_copy_kind(pages):
        values.append(copy)
    tax_numbers = document_type is not None and document_type.group == _ENTERPRISE
    values = checked(values, today, of_one_person=identity, tax_numbers=tax_numbers)
    return tuple(replace(value, confidence=calibrated(value)) for value in values)


def fields_of(details: Iterable[FieldValue], least: float = SURE) -> dict[str, str]:
    """The values with at least the confidence `least` by name, in normal form; the first of each name."""
    found: dict[str, str] = {}
    for value in details:
        if value.value and value.confidence >= least and value.name not in PEOPLE:
            found.setdefault(value.name, value.value)
    return found


def read_fields(paper: Sequence[PageReading], document_type: DocumentType | None) -> dict[str, str]:
    """The sure fields of a paper of this type, by name.

    Days are given as dd/mm/yyyy, numbers without spaces, names as printed. `copy_kind` is `certified`
    (chứng thực bản sao) or `copy` (bản sao) where the paper says so.
    """
    return fields_of(read_details(paper, document_type))


def with_fields(
    paper: Paper,
    readings: Sequence[PageReading],
    types: Mapping[str, DocumentType],
    least: float = SURE,
    memory: StackMemory | None = None,
) -> Paper:
    """The paper with its fields, read from the pages among `readings` (the batch's) that it has.

    `memory` caches fields of pages that were read before.
    """
    pages, document_type, today = (
        [readings[index] for index in paper.pages],
        types.get(paper.type),
        date_in_vietnam(now()),
    )
    details = (memory or StackMemory()).recall(
        "fields", (*pages, document_type), lambda: read_details(pages, document_type, today), today
    )
    return replace(paper, fields=fields_of(details, least), field_details=details)


def read_receipt(reading: PageReading, document_type: DocumentType) -> Receipt:
    """What the receipt on this page says, as read; `document_type` is the receipt's type.

    The dossier number is not yet checked by a grammar: the caller must do that.
    """
    fields = read_fields([reading], document_type)
    return Receipt(*(fields.get(name) for name in ("dossier_number", "procedure_code", "procedure_name")))


def _with_head(by_rule: Sequence[FieldValue], head: Sequence[FieldValue]) -> list[FieldValue]:
    """Both; of one print the head's value, which tells a pen's digits from printed ones.

    Where a rule read another place, its value is kept and the head's is dropped.
    """
    found = list(by_rule)
    places = {value.name: index for index, value in enumerate(found)}
    for value in head:
        if value.name not in (NUMBER, DATE) or value.name not in places:
            found.append(value)
        elif value.value and is_one_print(found[places[value.name]], value):
            found[places[value.name]] = value
    return found
