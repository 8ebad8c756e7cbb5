"""Finds the dictionaries of a PDF's digital signatures (chữ ký số; ISO 32000-1, 12.8)."""

from collections.abc import Iterator
from typing import TypeGuard

from pikepdf import Dictionary, Name, Object, Pdf


def signature_dictionaries(pdf: Pdf) -> Iterator[Dictionary]:
    """The signature dictionaries in the order of the file's objects.

    Most are objects of their own; some programs write them directly into the signature's field, as its value.
    """
    for each in pdf.objects:
        if _is_signature(each):
            yield each
        elif isinstance(each, Dictionary):
            value = each.get(Name.V)
            if _is_signature(value) and not value.is_indirect:
                yield value


def _is_signature(value: Object | None) -> TypeGuard[Dictionary]:
    return isinstance(value, Dictionary) and Name.ByteRange in value and Name.Contents in value
