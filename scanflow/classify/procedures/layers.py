"""The imported lists of several profile folders, merged and made into procedures."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import msgspec

from scanflow.classify.kinds import KindIndex, kind_of_title
from scanflow.classify.procedures.listed import (
    Correction,
    ListedProcedure,
    ListLine,
    RowKey,
    as_procedure,
    as_required,
    corrected_rows,
    decode,
    latest,
    list_files,
    read_corrections,
    read_lines,
)
from scanflow.classify.procedures.rows import KnownTypes, known_types, types_of_titles
from scanflow.classify.profile_yaml import doubled
from scanflow.classify.profiles import ANY_TYPE, DocumentType, Kind, Procedure

Corrections = Mapping[tuple[str, RowKey], Correction]


@dataclass(slots=True)
class ListedLayers:
    """The merged imported lists of the layers so far; lines are decoded later, to save memory.

    `corrections` are those of a code's own layer and of later ones.
    """

    lines: dict[str, dict[date, ListLine]] = field(default_factory=dict)
    corrections: dict[str, list[Correction]] = field(default_factory=lambda: defaultdict(list))
    problems: list[str] = field(default_factory=list)

    def add(self, layer: Path) -> set[str]:
        """Add a folder's lists, which take precedence over earlier ones; returns the codes that it lists."""
        codes: set[str] = set()
        for path in list_files(layer):
            for line in read_lines(path):
                if isinstance(line, str):
                    self.problems.append(line)
                    continue
                versions = self.lines.setdefault(line.code, {})
                before = versions.get(line.effective_from)
                if before is not None and before.path.parent == path.parent:
                    self.problems.append(
                        f"{line.place}: {line.code} from {line.effective_from} on is also in {before.place}"
                    )
                versions[line.effective_from] = line
                codes.add(line.code)
        for correction in read_corrections(layer):
            if isinstance(correction, str):
                self.problems.append(correction)
            elif correction.code in self.lines:
                self.corrections[correction.code].append(correction)
        return codes

    def drop(self, codes: Iterable[str]) -> None:
        """Remove these procedures: YAML files take precedence over lists of their layer and earlier ones."""
        for code in codes:
            self.lines.pop(code, None)
            self.corrections.pop(code, None)

    def procedures(
        self, types: Mapping[str, DocumentType], kinds: Mapping[str, Kind]
    ) -> Iterator[tuple[Procedure, ...]]:
        """Each listed procedure as its versions, the newest first.

        Faults are added to `problems`; a line that cannot be decoded is left out.
        """
        making = _Making(types, kinds)
        for code in sorted(self.lines):
            corrections = latest(self.corrections.get(code, ()))
            versions: list[Procedure] = []
            for _, line in sorted(self.lines[code].items(), reverse=True):
                try:
                    listed = decode(line)
                except msgspec.MsgspecError as error:
                    self.problems.append(f"{line.place}: {error}")
                    continue
                self.problems += [f"{line.place}: {fault}" for fault in faults(listed)]
                versions.append(making.procedure(listed, corrections))
            unknown = sorted({t for c in corrections.values() for t in c.types or ()} - {*types, ANY_TYPE})
            self.problems += [f"corrections of {code}: no document type {each}" for each in unknown]
            if versions:
                yield tuple(versions)


def faults(listed: ListedProcedure) -> Iterator[str]:
    """Faults of a version that its schema doesn't exclude: repeated ids and rows."""
    ids = [row.made.id for row in listed.papers if row.made]
    yield from (f"papers: id {each} stands twice" for each in doubled(ids))
    keys = [row.key for row in listed.papers]
    if len(set(keys)) < len(keys):
        yield "papers: a row stands twice under one heading"


class _Making:
    """Makes required papers of rows, with the known types by title and the kinds."""

    def __init__(self, types: Mapping[str, DocumentType], kinds: Mapping[str, Kind]) -> None:
        self.known: KnownTypes = known_types(types)
        self.kind_index = KindIndex(kinds)
        self.intake = tuple(t.id for t in types.values() if t.role in {"intake", "receipt"})
        self.kind_by_title: dict[str, str] = {}

    def procedure(self, listed: ListedProcedure, corrections: Corrections) -> Procedure:
        rows = (
            as_required(row, types_of_titles(row.made.titles, self.known), self._kinds(row.made.titles))
            for row in corrected_rows(listed, corrections)
            if row.made
        )
        required = tuple(row for row in rows if row is not None)
        return as_procedure(listed, required, types_of_titles(listed.result_titles, self.known), self.intake)

    def _kinds(self, titles: Sequence[str]) -> tuple[str, ...]:
        for title in titles:
            if title not in self.kind_by_title:
                self.kind_by_title[title] = kind_of_title(title, self.kind_index)
        return tuple(dict.fromkeys(filter(None, (self.kind_by_title[title] for title in titles))))
