"""Typed, immutable tables of settings, checked when they are made.

Each setting is a field with a type and, where it needs one, a limit and a meaning:
`Annotated[int, Meta(ge=1, description="pages at once")]`. msgspec checks them: every command has to load
it, and pydantic takes ten times as long to load.
"""

import json
from collections.abc import Iterator, Mapping
from copy import copy
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Self, Union, get_args, get_origin

from msgspec import Meta, Struct, ValidationError, convert, structs, to_builtins

_YES, _NO = {"true", "1", "yes", "y", "on", "t"}, {"false", "0", "no", "n", "off", "f"}


AuthorityFile = Annotated[
    Path | None, Meta(description="PEM file of the site's own CA; default the public ones")
]


class InvalidSettingsError(ValueError):
    """Values that no settings can have. `faults`: each with its place, `store.timeout: Expected …`."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class SecretStr:
    """A text that no log and no traceback shows."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def get_secret_value(self) -> str:
        return self._secret

    def __repr__(self) -> str:
        return f"SecretStr('{self}')"

    def __str__(self) -> str:
        return "**********" if self._secret else ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretStr) and self._secret == other._secret

    def __hash__(self) -> int:
        return hash(self._secret)


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of settings. A misspelt key is an error.

    The constructor takes values of the fields' own types, as dataclasses do; `model_validate` checks and
    converts. `hidden` names fields that `repr` leaves out.
    """

    hidden: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def model_validate(cls, values: Mapping[str, Any]) -> Self:
        """Make a section of plain values. Raises InvalidSettingsError with all that is wrong."""
        try:
            made: Self = _converted(values, cls)
        except ValidationError as error:
            raise InvalidSettingsError(list(_faults(values, cls, "")) or [str(error)]) from None
        return made

    def model_copy(self, *, update: Mapping[str, Any]) -> Self:
        """The same with other values, which are not checked. Raises AttributeError for no field's name."""
        changed = copy(self)
        for name, value in update.items():
            structs.force_setattr(changed, name, value)
        return changed

    def model_dump(self) -> dict[str, Any]:
        """The values as JSON can hold them, without secrets."""
        values: dict[str, Any] = to_builtins(self, enc_hook=str)
        return values

    def __repr__(self) -> str:
        names = [name for name in self.__struct_fields__ if name not in self.hidden]
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"


def from_variables(kind: type[Section], prefix: str, variables: Mapping[str, str]) -> dict[str, Any]:
    """The plain values that environment variables state: `PREFIX_TABLE__NAME` is the field of a table.

    Tables, lists and mappings may also be given as JSON. Names are taken in any case. Raises
    InvalidSettingsError where JSON is needed and there is something else, and for a variable with the prefix
    that names no field: it is misspelt.
    """
    prefix = prefix.lower()
    stated = {name.lower(): text for name, text in variables.items() if name.lower().startswith(prefix)}
    fields = {field.name.lower(): field.type for field in structs.fields(kind)}
    unknown = [name for name in stated if name.removeprefix(prefix).partition("__")[0] not in fields]
    if unknown:
        raise InvalidSettingsError([f"{name.upper()}: {_no_setting(kind, prefix, name)}" for name in unknown])
    return _stated(kind, prefix, stated)


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Two trees of values, the second one over the first."""
    result = dict(below)
    for name, value in above.items():
        old = result.get(name)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        result[name] = merged(old, value) if both else value  # type: ignore[arg-type]  # both are mappings
    return result


def plain_type(annotated: Any) -> Any:
    """A field's type without its limits, and without None where it may be that."""
    if get_origin(annotated) is Annotated:
        return plain_type(get_args(annotated)[0])
    if get_origin(annotated) in (Union, UnionType):
        others = [each for each in get_args(annotated) if each is not NoneType]
        return plain_type(others[0])
    return annotated


def meaning(annotated: Any) -> str:
    """The description in a field's annotation; empty where there is none."""
    found = [each for each in getattr(annotated, "__metadata__", ()) if isinstance(each, Meta)]
    return (found[0].description if found else None) or ""


def is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Section)


def _converted(values: Any, kind: Any) -> Any:
    return convert(values, kind, strict=False, from_attributes=True, dec_hook=_of_text)


def _of_text(kind: type, value: Any) -> Any:
    """Values of the types that msgspec doesn't know."""
    if isinstance(value, kind):
        return value
    if kind in (Path, SecretStr) and isinstance(value, str):
        return kind(value)
    raise ValidationError(f"Expected `str`, got `{type(value).__name__}`")


def _faults(values: Any, kind: type[Section], place: str) -> Iterator[str]:
    """What is wrong with each value of a table, with its place."""
    if not isinstance(values, Mapping):
        yield f"{place.rstrip('.')}: a table is expected"
        return
    types = {each.name: each.type for each in structs.fields(kind)}
    for name, value in values.items():
        if name not in types:
            yield f"{place}{name}: there is no such setting"
        elif is_section(plain_type(types[name])) and not isinstance(value, Section):
            yield from _faults(value, plain_type(types[name]), f"{place}{name}.")
        else:
            try:
                _converted({name: value}, kind)
            except ValidationError as error:
                message, _, path = str(error).partition(" - at `$")
                if get_origin(plain_type(types[name])) is Literal:
                    message = f"Expected one of {', '.join(map(str, get_args(plain_type(types[name]))))}"
                inner = path.rstrip("`").removeprefix(f".{name}")
                yield f"{place}{name}{inner}: {message}"


def _no_setting(kind: type[Section], prefix: str, name: str) -> str:
    """The error message for a variable that names no setting, with the most similar name."""
    from difflib import get_close_matches  # noqa: PLC0415 - only where something is wrong

    names = list(_names(kind, prefix))
    near = get_close_matches(name, names, n=1, cutoff=0.8)
    return f"there is no such setting{f'; is {near[0].upper()} meant?' if near else ''}"


def _names(kind: type[Section], prefix: str) -> Iterator[str]:
    """The names of all variables, in small letters."""
    for field in structs.fields(kind):
        of_field = plain_type(field.type)
        if is_section(of_field):
            yield from _names(of_field, f"{prefix}{field.name.lower()}__")
        else:
            yield f"{prefix}{field.name.lower()}"


def _stated(kind: type[Section], prefix: str, stated: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in structs.fields(kind):
        name, of_field = prefix + field.name.lower(), plain_type(field.type)
        value = _value(of_field, name, stated)
        if value is not None:
            found[field.name] = value
    return found


def _value(kind: Any, name: str, stated: Mapping[str, str]) -> Any:
    """The value of the variable of this name, and of those for its parts; None if there is none."""
    whole = _parsed(kind, name, stated[name]) if name in stated else None
    inner = f"{name}__"
    if not any(each.startswith(inner) for each in stated):
        return whole
    parts: dict[str, Any] = {}
    if is_section(kind):
        parts = _stated(kind, inner, stated)
    of_parts = _kind_of_parts(kind)
    for each in stated:
        if each.startswith(inner) and (part := each.removeprefix(inner).partition("__")[0]) not in parts:
            # In a table: a name that it doesn't have, which is an error later.
            parts[part] = _value(of_parts, inner + part, stated)
    return merged(whole, parts) if isinstance(whole, Mapping) else parts


def _kind_of_parts(kind: Any) -> Any:
    """The type of a mapping's values; Any where it isn't one."""
    arguments = get_args(kind)
    return plain_type(arguments[1]) if get_origin(kind) is not tuple and len(arguments) == 2 else Any


def _parsed(kind: Any, name: str, text: str) -> Any:
    """A variable's text as a plain value of its field."""
    if kind is bool:
        return True if text.lower() in _YES else False if text.lower() in _NO else text
    if not is_section(kind) and get_origin(kind) not in (tuple, Mapping):
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise InvalidSettingsError([f"{name.upper()}: JSON is expected"]) from None
