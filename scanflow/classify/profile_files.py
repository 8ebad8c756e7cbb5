"""Profiles as files: YAML in layers, checked against a schema and each other, and made into values.

    kinds.yaml                kinds: families of papers
    types.yaml                document types (loại giấy tờ), and the rules that read fields from them
    procedures/*.yaml         one version of one administrative procedure (thủ tục hành chính) each
    procedures/*.jsonl        imported lists of procedures, and what operators corrected in them

`profiles/schema.json` defines their form, docs/profiles.md explains how to write them. A layer is a folder
with any of them. A kind, type, rule or version of a procedure (its code and first day of force) in a later
layer replaces that of an earlier one; everything else stays.
"""

import hashlib
import re
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanflow.classify.file_states import file_states
from scanflow.classify.profile_checks import check_kinds, check_procedure, check_types
from scanflow.classify.profile_yaml import (
    KINDS,
    SHIPPED,
    TYPES,
    imported_lists,
    load_checked,
    procedure_files,
)
from scanflow.classify.profiles import (
    Cue,
    DocumentType,
    FieldRule,
    Kind,
    Procedure,
    Profiles,
    RequiredPaper,
)
from scanflow.errors import SettingsError
from scanflow.settings import ClassifySettings

if TYPE_CHECKING:
    from scanflow.classify.procedures.index import OpenIndex
    from scanflow.classify.procedures.layers import ListedLayers


def layers_of(settings: ClassifySettings, home: Path | None = None) -> tuple[Path, ...]:
    """The folders of profiles that the settings name, then the home's own; later ones take precedence."""
    own = (folder,) if home is not None and (folder := own_profiles(home)).is_dir() else ()
    return (*((SHIPPED,) if settings.built_in_profiles else ()), *settings.profiles, *own)


def own_profiles(home: Path) -> Path:
    """The folder into which lists are imported where no other is named."""
    return home / "profiles"


def load_profiles(layers: Sequence[Path] = (SHIPPED,), open_index: "OpenIndex | None" = None) -> Profiles:
    """Read all profiles of these folders. Raises SettingsError naming the first problem's file and place.

    With `open_index`, imported lists are compiled into an index once for each state of the files, and
    procedures are loaded from there one at a time. Without it, all procedures are held in memory.
    """
    indexed = open_index is not None and any(imported_lists(layer) for layer in layers)
    merged = _merge(layers, procedures=not indexed)
    _refuse([*merged.problems, *_check_merged(merged)])
    types = {id: _document_type(raw, merged.rules) for id, (_, raw) in merged.types.items()}
    kinds = {id: _kind(raw) for id, (_, raw) in merged.kinds.items()}
    if open_index is not None and indexed:
        # Imported here, because a site without lists does not need it.
        from scanflow.classify.procedures.index import IndexedEarlier, IndexedProcedures  # noqa: PLC0415

        index = open_index(_state_of(layers), lambda: _compiled(_merge(layers), types, kinds))
        return Profiles(IndexedProcedures(index), types, IndexedEarlier(index), kinds, index)
    versions = {of_one[0].code: of_one for of_one in _compiled(merged, types, kinds)}
    return Profiles(
        procedures={code: of_one[0] for code, of_one in versions.items()},
        types=types,
        earlier={code: of_one[1:] for code, of_one in versions.items() if len(of_one) > 1},
        kinds=kinds,
    )


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        more = f" (and {len(problems) - 1} more: scanflow profiles check)" if len(problems) > 1 else ""
        raise SettingsError(
            problems[0] + more,
            "Cấu hình thủ tục và loại giấy tờ có lỗi. Hãy báo cho người quản trị hệ thống chạy lệnh: "
            "scanflow profiles check",
        )


def _compiled(
    merged: "_Merged", types: Mapping[str, DocumentType], kinds: Mapping[str, Kind]
) -> list[tuple[Procedure, ...]]:
    """All procedures, each as its versions with the newest first. Raises SettingsError."""
    made = list(_hand_made(merged, types))
    if merged.listed is not None:
        made += map(tuple, merged.listed.procedures(types, kinds))
        _refuse([*merged.problems, *_check_merged(merged), *merged.listed.problems])
    return made


def _hand_made(merged: "_Merged", types: Mapping[str, DocumentType]) -> Iterator[tuple[Procedure, ...]]:
    """The procedures described by hand, sorted by code, each as its versions with the newest first."""
    intake = tuple(t.id for t in types.values() if t.role in {"intake", "receipt"})
    versions: dict[str, list[Procedure]] = defaultdict(list)
    for _, raw in merged.procedures.values():
        versions[raw["code"]].append(_procedure(raw, intake))
    for _, of_one in sorted(versions.items()):
        yield tuple(sorted(of_one, key=lambda procedure: procedure.effective_from, reverse=True))


def _state_of(layers: Sequence[Path]) -> str:
    """A name for the state of these folders' files, by their names, sizes and times of change."""
    state = hashlib.blake2b("\n".join(map(str, layers)).encode(), digest_size=12)
    for path, *numbers in file_states(sorted(files_of_layers(layers))):
        state.update("\0".join((path, *map(str, numbers), "\n")).encode())
    return state.hexdigest()


def files_of_layers(layers: Sequence[Path]) -> list[Path]:
    """All files that these folders' profiles are read from."""
    return [path for layer in layers for path in _files(layer)]


def _files(layer: Path) -> Iterator[Path]:
    yield from (path for name in (KINDS, TYPES) if (path := layer / name).is_file())
    yield from procedure_files(layer)
    yield from imported_lists(layer)


def check_profiles(layers: Sequence[Path] = (SHIPPED,)) -> list[str]:
    """All problems of the profiles in these folders, each as `file: place: fault`; empty means fine."""
    merged = _merge(layers)
    problems = [*merged.problems, *_check_merged(merged)]
    if merged.listed is not None:
        types, kinds = {}, {}
        if not problems:
            types = {id: _document_type(raw, merged.rules) for id, (_, raw) in merged.types.items()}
            kinds = {id: _kind(raw) for id, (_, raw) in merged.kinds.items()}
        deque(merged.listed.procedures(types, kinds), maxlen=0)
        problems += merged.listed.problems
    return problems


@dataclass(slots=True)
class _Merged:
    """The merged contents of all layers, each with its file; what could not be read is in `problems`."""

    types: dict[str, tuple[Path, Mapping[str, Any]]] = field(default_factory=dict)
    kinds: dict[str, tuple[Path, Mapping[str, Any]]] = field(default_factory=dict)
    rules: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    procedures: dict[tuple[str, str], tuple[Path, Mapping[str, Any]]] = field(default_factory=dict)
    listed: "ListedLayers | None" = None
    problems: list[str] = field(default_factory=list)
    broken_types: bool = False
    broken_kinds: bool = False


def _merge(layers: Sequence[Path], *, procedures: bool = True) -> _Merged:
    """Merge the layers; without `procedures`, only their kinds and types."""
    merged = _Merged()
    for layer in layers:
        _add_layer(merged, layer, procedures)
    if not merged.types and not merged.problems:
        places = ", ".join(map(str, layers)) or "no folder at all"
        merged.problems.append(f"{places}: no types.yaml; at least one folder of profiles holds one")
    return merged


def _add_layer(merged: _Merged, layer: Path, procedures: bool) -> None:
    kinds_file, types_file = layer / KINDS, layer / TYPES
    if not any(_files(layer)):
        merged.problems.append(
            f"{layer}: no profiles here; a folder holds kinds.yaml, types.yaml or procedures/, or several"
        )
        return
    if kinds_file.is_file():
        problems, raw = load_checked(kinds_file, "kinds")
        merged.broken_kinds |= raw is None
        if raw is not None:
            problems += [f"{kinds_file}: {problem}" for problem in check_kinds(raw)]
            merged.kinds |= {each["id"]: (kinds_file, each) for each in raw["kinds"]}
        merged.problems += problems
    if types_file.is_file():
        problems, raw = load_checked(types_file, "types")
        merged.broken_types |= raw is None
        if raw is not None:
            problems += [f"{types_file}: {problem}" for problem in check_types(raw, merged.rules)]
            merged.rules |= raw["rules"]
            merged.types |= {each["id"]: (types_file, each) for each in raw["types"]}
        merged.problems += problems
    if procedures:
        _add_procedures(merged, layer)


def _add_procedures(merged: _Merged, layer: Path) -> None:
    """Add a folder's procedures to those of earlier folders.

    Its imported list replaces earlier procedures of the same codes, and its own YAML files those of its list.
    """
    if imported_lists(layer):
        from scanflow.classify.procedures.layers import ListedLayers  # noqa: PLC0415 - as above

        merged.listed = merged.listed or ListedLayers()
        listed = merged.listed.add(layer)
        merged.procedures = {key: each for key, each in merged.procedures.items() if key[0] not in listed}
    here: dict[tuple[str, str], Path] = {}
    for path in procedure_files(layer):
        problems, raw = load_checked(path, "procedure")
        merged.problems += problems
        if raw is None:
            continue
        version = (raw["code"], raw["effective_from"])
        if version in here:
            merged.problems.append(
                f"{path}: code: {version[0]} from {version[1]} on is also in {here[version].name}"
            )
        here[version] = path
        merged.procedures[version] = (path, raw)
    if merged.listed is not None:
        merged.listed.drop(code for code, _ in here)


def _check_merged(merged: _Merged) -> Iterator[str]:
    """Faults that are found only when all layers are merged."""
    owners: dict[str, str] = {}
    for id, (path, raw) in merged.types.items():
        for title in raw.get("titles", ()):
            owner = owners.setdefault(title.casefold(), id)
            if owner != id:
                yield f"{path}: types.{id}.titles: '{title}' is a title of {owner} too"
    if not merged.broken_kinds:
        yield from _check_merged_kinds(merged)
    known = set(merged.types)
    for path, raw in merged.procedures.values():
        for problem in check_procedure(raw, known, not merged.broken_types and bool(known)):
            yield f"{path}: {problem}"


def _check_merged_kinds(merged: _Merged) -> Iterator[str]:
    """Titles and symbols that two kinds have, and references to kinds that do not exist."""
    for part in ("titles", "symbols"):
        owners: dict[str, str] = {}
        for id, (path, raw) in merged.kinds.items():
            for text in raw.get(part, ()):
                owner = owners.setdefault(text.casefold() if part == "titles" else text, id)
                if owner != id:
                    yield f"{path}: kinds.{id}.{part}: '{text}' is of {owner} too"
    for id, (path, raw) in merged.kinds.items():
        parent = raw.get("parent", "")
        if parent and (parent not in merged.kinds or merged.kinds[parent][1].get("parent")):
            yield f"{path}: kinds.{id}.parent: no kind {parent} without a parent of its own"
    for id, (path, raw) in merged.types.items():
        if raw.get("kind", "") not in {"", *merged.kinds}:
            yield f"{path}: types.{id}.kind: no kind {raw['kind']} in kinds.yaml"


def _kind(raw: Mapping[str, Any]) -> Kind:
    return Kind(
        id=raw["id"],
        name=raw["name"],
        group=raw["group"],
        titles=tuple(raw["titles"]),
        symbols=tuple(raw.get("symbols", ())),
        heads=tuple(map(_cue, raw.get("heads", ()))),
        parent=raw.get("parent", ""),
    )


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
        kind=raw.get("kind", ""),
        forms=tuple(raw.get("forms", ())),
    )


def _cue(raw: Mapping[str, Any]) -> Cue:
    pattern = re.compile(raw["pattern"], re.MULTILINE) if "pattern" in raw else None
    return Cue(float(raw["weight"]), raw.get("text", ""), pattern, raw.get("side"), raw.get("column"))


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
