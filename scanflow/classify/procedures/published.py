"""A procedure as the national portal publishes it: its words, before anything is derived from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

PublishedKind = Literal["paper", "conditional", "note"]


@dataclass(frozen=True, slots=True)
class PublishedPaper:
    """One row of a published list. `original` and `copy` are None where the list does not say.

    `form` is the file name of the blank form, `form_no` its number, `group` the heading over the row.
    """

    name: str
    form: str = ""
    form_no: str = ""
    original: int | None = None
    copy: int | None = None
    group: str = ""
    kind: PublishedKind = "paper"


@dataclass(frozen=True, slots=True)
class PublishedProcedure:
    """A procedure of a published list, with the fields that scanflow keeps of it. `code` is a root code."""

    code: str
    name: str
    field: str = ""
    agency: str = ""
    level: tuple[str, ...] = ()
    papers: tuple[PublishedPaper, ...] = ()
    results: tuple[str, ...] = ()
    legal: tuple[str, ...] = ()
    decision: str = ""


def published_procedure(raw: Mapping[str, Any]) -> PublishedProcedure:
    """A procedure from one object of a JSON-lines list. Raises KeyError, TypeError, ValueError, each naming
    what is wrong."""
    return PublishedProcedure(
        code=_text(raw, "code"),
        name=_text(raw, "name"),
        field=_text(raw, "field"),
        agency=_text(raw, "agency") or _text(raw, "issuer"),
        level=_texts(raw, "level"),
        papers=tuple(published_paper(paper) for paper in _objects(raw, "papers")),
        results=_texts(raw, "results"),
        legal=_texts(raw, "legal"),
        decision=_text(raw, "decision"),
    )


def published_paper(raw: Mapping[str, Any]) -> PublishedPaper:
    """A row from its object. Raises as `published_procedure` does."""
    kind = _text(raw, "kind") or "paper"
    if kind not in {"paper", "conditional", "note"}:
        raise ValueError(f"kind: {kind!r} is none of paper, conditional, note")
    return PublishedPaper(
        name=_text(raw, "name"),
        form=_text(raw, "form"),
        form_no=_text(raw, "form_no"),
        original=_number(raw, "original"),
        copy=_number(raw, "copy"),
        group=_text(raw, "group"),
        kind=cast("PublishedKind", kind),
    )


def _objects(raw: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    values = raw.get(key) or ()
    if not isinstance(values, list | tuple) or not all(isinstance(value, Mapping) for value in values):
        raise TypeError(f"{key}: a list of objects expected")
    return values


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"{key}: text expected, not {value!r}")
    return value.strip()


def _texts(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = raw.get(key) or ()
    if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
        raise TypeError(f"{key}: a list of texts expected")
    return tuple(value.strip() for value in values if value.strip())


def _number(raw: Mapping[str, Any], key: str) -> int | None:
    value = raw.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError(f"{key}: a whole number of papers expected, not {value!r}")
    return value
