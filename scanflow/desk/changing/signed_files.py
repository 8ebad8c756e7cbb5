"""What a clerk's changes must leave alone: the pages of a digitally signed file (tệp ký số).

Such a file is filed byte for byte or not at all, so that its pages stay together, in their order, and nothing
else comes between them. Each function works in the caller's transaction and raises SignedFileError.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from scanflow.errors import SignedFileError
from scanflow.ledger.decisions import NOTHING, decided, place_of
from scanflow.ledger.pages import page_numbers, pages_of_signed_files


def pages_beside(connection: Connection, batch_id: str, no: int) -> list[int]:
    """The numbers of all pages of page `no`'s signed file, in their order; none if it is in no such file."""
    return next((numbers for numbers in pages_of_signed_files(connection, batch_id) if no in numbers), [])


def require_unsigned(connection: Connection, batch_id: str, no: int) -> None:
    """Page `no` may be changed by itself."""
    if pages_beside(connection, batch_id, no):
        raise SignedFileError


def require_border(connection: Connection, batch_id: str, no: int, *, begins: bool) -> None:
    """A paper may be made to begin at page `no`, or to continue there."""
    own = pages_beside(connection, batch_id, no)
    if begins:
        if own and no != own[0]:
            raise SignedFileError
        return
    decisions = decided(connection, batch_id)
    shown = sorted(
        (each for each in page_numbers(connection, batch_id) if not decisions.get(each, NOTHING).removed),
        key=lambda each: place_of(each, decisions),
    )
    at = shown.index(no) if no in shown else 0
    before = shown[at - 1] if at else no
    if own or pages_beside(connection, batch_id, before):
        raise SignedFileError


def require_together(connection: Connection, batch_id: str, order: Sequence[int]) -> None:
    """The stack may be put in this order: each signed file's pages follow each other as they came."""
    decisions = decided(connection, batch_id)
    places = {no: (place, no) for place, no in enumerate(order)}
    staying = [no for no in page_numbers(connection, batch_id) if not decisions.get(no, NOTHING).removed]
    after = sorted(staying, key=lambda no: places.get(no) or place_of(no, decisions))
    for numbers in pages_of_signed_files(connection, batch_id):
        if numbers[0] in after:
            at = after.index(numbers[0])
            if after[at : at + len(numbers)] != numbers:
                raise SignedFileError


def require_own_papers(connection: Connection, batch_id: str, papers: Sequence[Sequence[int]]) -> None:
    """The stack may be laid out as these papers: each signed file is one with no other pages."""
    for numbers in pages_of_signed_files(connection, batch_id):
        for paper in papers:
            if set(paper) & set(numbers) and list(paper) != numbers:
                raise SignedFileError
