"""The fields of a paper: numbers, dates, names, by the rules of its type and as in any paper.

`read_details` gives each value with its place, source and confidence, `read_fields` the sure ones by name.
"""

from scanflow.classify.fields.paper_fields import (
    SURE,
    Receipt,
    fields_of,
    read_details,
    read_fields,
    read_receipt,
    with_fields,
)
from scanflow.classify.fields.parsers import citizen_number, find_procedure_code, parse_date, person

__all__ = [
    "SURE",
    "Receipt",
    "citizen_number",
    "fields_of",
    "find_procedure_code",
    "parse_date",
    "person",
    "read_details",
    "read_fields",
    "read_receipt",
    "with_fields",
]
