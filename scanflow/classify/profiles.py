"""Procedures and document types as data: the YAML files of `profiles/`, checked and made into values.

`types.yaml` holds the document types (loại giấy tờ) and the rules that read fields from them;
`procedures/<code>.yaml` holds one administrative procedure (thủ tục hành chính) each. `schema.json`
says what both may hold. What an agency decides stays in these files, with its dates of force.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml
from jsonschema import Draft202012Validator

from scanflow.errors import SettingsError
from scanflow.settings import RetentionCode

# The repository's `profiles/`, reached through a link inside the package: setuptools follows it, so a
# wheel carries the same files at the same place.
SHIPPED = Path(__file__).resolve().parent.parent / "profiles"

ANY_TYPE = "*"

Side = Literal["front", "back"]
FieldKind = Literal["text", "person", "date", "citizen-number", "old-identity-number", "procedure-code"]
FieldPlace = Literal["head", "page", "paper"]
Layout = Literal["paper", "card"]


@dataclass(frozen=True, slots=True)
class Cue:
    """A sign of a type besides its title: `text` on a line of its own, or a `pattern` in a folded line.

    `weight` (0 to 1) is how sure the cue alone makes us; `side` is the side of a card that bears it.
    """

    weight: float
    text: str = ""
    pattern: re.Pattern[str] | None = None
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one field is read: the group `value` of `pattern`, searched in folded text.

    `where` limits the search: upper half of the first page, the first page, or the whole paper.
    """

    name: str
    pattern: re.Pattern[str]
    kind: FieldKind
    where: FieldPlace = "paper"


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A document type (loại giấy tờ) and how to know it.

    `layout` `card` means that the title may stand anywhere on the sheet (a card on a copier's glass);
    `max_pages` is how many pages such a paper has at most, None where that is open.
    """

    id: str
    name: str
    group: str
    role: str
    titles: tuple[str, ...] = ()
    heads: tuple[Cue, ...] = ()
    negative: tuple[Cue, ...] = ()
    layout: Layout = "paper"
    max_pages: int | None = None
    fields: tuple[FieldRule, ...] = ()


@dataclass(frozen=True, slots=True)
class RequiredPaper:
    """A required paper (thành phần hồ sơ): any of `types` meets it, `count` of them are needed."""

    id: str
    name: str
    types: tuple[str, ...]
    required: bool = True
    count: int = 1
    effective_from: date | None = None
    effective_to: date | None = None


@dataclass(frozen=True, slots=True)
class Procedure:
    """An administrative procedure (thủ tục hành chính), as in force from `effective_from`.

    `code` is the root code (`1.001193`); `aliases` are names and older codes of the same procedure;
    `intake` are the types that the centre itself adds to any dossier (receipt, request for more papers).
    """

    code: str
    name: str
    agency: str
    field: str
    legal_basis: tuple[str, ...]
    required: tuple[RequiredPaper, ...]
    results: tuple[str, ...]
    retention: RetentionCode
    effective_from: date
    effective_to: date | None = None
    version: int = 1
    aliases: tuple[str, ...] = ()
    intake: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profiles:
    """All procedures by root code and all document types by id."""

    procedures: Mapping[str, Procedure]
    types: Mapping[str, DocumentType]


def root_code(code: str) -> str:
    """The root of a procedure code (mã TTHC): `1.012783.000.00.00.H61`, `1.012783.02` → `1.012783`."""
    return ".".join(code.strip().split(".")[:2])


def in_force(procedure: Procedure, day: date) -> Procedure:
    """The procedure with only those required papers that are in force on `day` (its intake)."""
    rows = tuple(r for r in procedure.required if _covers(r.effective_from, r.effective_to, day))
    return replace(procedure, required=rows)


def load_profiles(folder: Path | None = None) -> Profiles:
    """Read all profiles of `folder` (default: those that scanflow ships).

    Raises SettingsError naming file, place and fault of the first problem.
    """
    folder = folder or SHIPPED
    problems = check_profiles(folder)
    if problems:
        more = f" (and {len(problems) - 1} more: scanflow profiles check)" if len(problems) > 1 else ""
        raise SettingsError(
            problems[0] + more,
            "Cấu hình thủ tục và loại giấy tờ có lỗi. Hãy báo cho người quản trị hệ thống chạy lệnh: "
            "scanflow profiles check",
        )
    raw_types = _read_yaml(folder / "types.yaml")
    types = {raw["id"]: _document_type(raw, raw_types["rules"]) for raw in raw_types["types"]}
    intake = tuple(t.id for t in types.values() if t.role in {"intake", "receipt"})
    procedures = [_procedure(_read_yaml(path), intake) for path in _procedure_files(folder)]
    return Profiles({p.code: p for p in procedures}, types)


def check_profiles(folder: Path | None = None) -> list[str]:
    """All problems of the profiles in `folder`, each as `file: place: fault`; empty means fine."""
    folder = folder or SHIPPED
    types_file = folder / "types.yaml"
    if not types_file.is_file():
        return [f"{types_file}: no such file; a folder of profiles holds types.yaml and procedures/"]
    problems, raw_types = _load_checked(types_file, "types")
    known: set[str] = set()
    if raw_types is not None:
        problems += [f"{types_file}: {problem}" for problem in _check_types(raw_types)]
        known = {raw["id"] for raw in raw_types["types"]}
    codes: dict[str, Path] = {}
    for path in _procedure_files(folder):
        found, raw = _load_checked(path, "procedure")
        problems += found
        if raw is None:
            continue
        if raw["code"] in codes:
            problems.append(f"{path}: code: {raw['code']} is also in {codes[raw['code']].name}")
        codes[raw["code"]] = path
        problems += [f"{path}: {problem}" for problem in _check_procedure(raw, known, raw_types is not None)]
    return problems


def _check_types(raw: Mapping[str, Any]) -> Iterator[str]:
    ids = [t["id"] for t in raw["types"]]
    for doubled in _doubled(ids):
        yield f"types: id {doubled} stands twice"
    for name, rule in raw["rules"].items():
        yield from _check_pattern(rule["pattern"], f"rules.{name}.pattern")
    owners: dict[str, str] = {}
    for t in raw["types"]:
        for title in t.get("titles", ()):
            owner = owners.setdefault(title.casefold(), t["id"])
            if owner != t["id"]:
                yield f"types.{t['id']}.titles: '{title}' is a title of {owner} too"
        for part in ("heads", "negative"):
            for index, cue in enumerate(t.get(part, ())):
                if "pattern" in cue:
                    yield from _check_pattern(cue["pattern"], f"types.{t['id']}.{part}[{index}].pattern")
        for rule in t.get("fields", ()):
            if rule not in raw["rules"]:
                yield f"types.{t['id']}.fields: no rule named {rule}"


def _check_procedure(raw: Mapping[str, Any], known: Iterable[str], types_known: bool) -> Iterator[str]:
    yield from _check_dates(raw, "")
    for doubled in _doubled([row["id"] for row in raw["required"]]):
        yield f"required: id {doubled} stands twice"
    for index, row in enumerate(raw["required"]):
        yield from _check_dates(row, f"required[{index}].")
        if types_known:
            for unknown in sorted(set(row["types"]) - {*known, ANY_TYPE}):
                yield f"required[{index}].types: no document type {unknown} in types.yaml"
    if types_known:
        for unknown in sorted(set(raw["results"]) - set(known)):
            yield f"results: no document type {unknown} in types.yaml"


def _check_dates(raw: Mapping[str, Any], place: str) -> Iterator[str]:
    days: dict[str, date] = {}
    for key in ("effective_from", "effective_to"):
        if key in raw:
            try:
                days[key] = date.fromisoformat(raw[key])
            except ValueError:
                yield f"{place}{key}: {raw[key]} is no day of the calendar"
    if len(days) == 2 and days["effective_to"] < days["effective_from"]:
        yield f"{place}effective_to: {raw['effective_to']} is before effective_from {raw['effective_from']}"


def _check_pattern(pattern: str, place: str) -> Iterator[str]:
    try:
        re.compile(pattern)
    except re.error as error:
        yield f"{place}: not a regular expression: {error}"


def _doubled(ids: list[str]) -> list[str]:
    return sorted({i for i in ids if ids.count(i) > 1})


def _procedure_files(folder: Path) -> list[Path]:
    return sorted((folder / "procedures").glob("*.yaml"))


def _load_checked(path: Path, kind: str) -> tuple[list[str], Any]:
    """Problems of syntax and schema in one file, and its content where there are none."""
    try:
        raw = _read_yaml(path)
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        return [f"{path}: {' '.join(str(error).split())}"], None
    schema = json.loads((SHIPPED / "schema.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]})
    errors = sorted(validator.iter_errors(raw), key=lambda e: list(map(str, e.absolute_path)))
    problems = [f"{path}: {e.json_path.removeprefix('$').lstrip('.') or 'top'}: {e.message}" for e in errors]
    return problems, None if problems else raw


class _Loader(yaml.SafeLoader):
    """YAML where days stay strings, as the schema wants them, and a key that stands twice is an error."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the name and form are PyYAML's
        first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for doubled in _doubled(keys):
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {doubled} stands twice", node.start_mark
            )
        return super().construct_mapping(node, deep)


def _read_yaml(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - _Loader is a SafeLoader


def _document_type(raw: Mapping[str, Any], rules: Mapping[str, Any]) -> DocumentType:
    return DocumentType(
        id=raw["id"],
        name=raw["name"],
        group=raw["group"],
        role=raw["role"],
        titles=tuple(raw.get("titles", ())),
        heads=tuple(map(_cue, raw.get("heads", ()))),
        negative=tuple(map(_cue, raw.get("negative", ()))),
        layout=raw.get("layout", "paper"),
        max_pages=raw.get("max_pages"),
        fields=tuple(_field_rule(rules[name]) for name in raw.get("fields", ())),
    )


def _cue(raw: Mapping[str, Any]) -> Cue:
    pattern = re.compile(raw["pattern"], re.MULTILINE) if "pattern" in raw else None
    return Cue(float(raw["weight"]), raw.get("text", ""), pattern, raw.get("side"))


def _field_rule(raw: Mapping[str, Any]) -> FieldRule:
    return FieldRule(
        raw["name"], re.compile(raw["pattern"], re.MULTILINE), raw["kind"], raw.get("where", "paper")
    )


def _procedure(raw: Mapping[str, Any], intake: tuple[str, ...]) -> Procedure:
    return Procedure(
        code=raw["code"],
        name=raw["name"],
        agency=raw["agency"],
        field=raw["field"],
        legal_basis=tuple(raw["legal_basis"]),
        required=tuple(map(_required_paper, raw["required"])),
        results=tuple(raw["results"]),
        retention=raw["retention"],
        effective_from=date.fromisoformat(raw["effective_from"]),
        effective_to=_day(raw.get("effective_to")),
        version=raw["version"],
        aliases=tuple(raw.get("aliases", ())),
        intake=intake,
    )


def _required_paper(raw: Mapping[str, Any]) -> RequiredPaper:
    return RequiredPaper(
        id=raw["id"],
        name=raw["name"],
        types=tuple(raw["types"]),
        required=raw.get("required", True),
        count=raw.get("count", 1),
        effective_from=_day(raw.get("effective_from")),
        effective_to=_day(raw.get("effective_to")),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _covers(start: date | None, end: date | None, day: date) -> bool:
    return (start is None or start <= day) and (end is None or day <= end)
