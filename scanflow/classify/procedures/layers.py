"""The imported lists of several profile folders, laid over each other, and made into procedures."""

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
from scanflow.classify.profiles import ANY_TYPE, DocumentType, Kind, Procedure

Corrections = Mapping[tuple[str, RowKey], Correction]


@dataclass(slots=True)
class ListedLayers:
    """What the imported lists of the layers say so far: lines not yet decoded, so that thousands are light.

    `corrections` are those of the code's own layer and of later ones.
    """

    lines: dict[str, dict[date, ListLine]] = field(default_factory=dict)
    corrections: dict[str, list[Correction]] = field(default_factory=lambda: defaultdict(list))
    problems: list[str] = field(default_factory=list)

    def add(self, layer: Path) -> set[str]:
        """Lay a folder's lists over the earlier ones; the codes that it lists."""
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
        """Forget these procedures: what is described by hand goes before a list of its layer or a lower."""
        for code in codes:
            self.lines.pop(code, None)
            self.corrections.pop(code, None)

    def procedures(
        self, types: Mapping[str, DocumentType], kinds: Mapping[str, Kind]
    ) -> Iterator[tuple[Procedure, ...]]:
        """Each listed procedure as its versions, the newest first. What is wrong with a line is added to
        `problems`, and the line left out."""
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
    """What is wrong with a version beside its form: ids and rows that stand twice."""
    ids = [row.made.id for row in listed.papers if row.made]
    yield from (f"papers: id {each} stands twice" for each in sorted({i for i in ids if ids.count(i) > 1}))
    keys = [row.key for row in listed.papers]
    if len(set(keys)) < len(keys):
        yield "papers: a row stands twice under one heading"


class _Making:
    """What rows are made with: the known types by title, and the kinds."""

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
