"""Labelled scans (a folder for each type): reads them without an archive, and tries the profiles on them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from scanflow.classify.profiles import Profiles
from scanflow.errors import InputError, UsageError
from scanflow.model import UNKNOWN_TYPE, Evidence, Paper
from scanflow.names import printable_name
from scanflow.pipeline.named_files import load_file
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.pipeline.standalone.papers_of_files import separate_file
from scanflow.pipeline.standalone.read_files import Progress, read_file


@dataclass(frozen=True, slots=True)
class LabelledScan:
    """A file that is one paper of a type."""

    file: Path
    type: str


@dataclass(frozen=True, slots=True)
class ClassifiedScan:
    """The type that was found for a paper; `type` is the true one. `title` and `evidence` say why."""

    file: Path
    type: str
    found: str
    confidence: float
    title: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class TypeScore:
    """The papers of a type: found right, taken for another, of no type.

    `precision` is how often a paper that was taken for the type is of it, `coverage` how many of its papers
    were given any type; None where there are none to count.
    """

    type: str
    papers: int
    right: int
    wrong: int
    unknown: int
    precision: float | None
    coverage: float | None


@dataclass(frozen=True)
class Trial:
    """All outcomes, and the files that could not be read."""

    outcomes: tuple[ClassifiedScan, ...]
    unread: tuple[tuple[Path, InputError], ...]

    @cached_property
    def _counts(self) -> Counter[tuple[str, str]]:
        return Counter((each.type, each.found) for each in self.outcomes)

    def count(self, true: str, found: str) -> int:
        return self._counts[true, found]

    @property
    def true_types(self) -> list[str]:
        return sorted({each.type for each in self.outcomes}, key=_unknown_last)

    @property
    def found_types(self) -> list[str]:
        """Every type that papers were or should have been taken for, `unknown` last."""
        types = {each.found for each in self.outcomes} | {each.type for each in self.outcomes}
        return sorted(types | {UNKNOWN_TYPE}, key=_unknown_last)

    @property
    def missed(self) -> list[ClassifiedScan]:
        """Papers that were taken for something else or for nothing."""
        return [each for each in self.outcomes if each.found != each.type]

    @property
    def scores(self) -> list[TypeScore]:
        return [self._score(type) for type in self.true_types]

    @property
    def total(self) -> TypeScore:
        given = [each for each in self.outcomes if each.found != UNKNOWN_TYPE]
        right = sum(each.found == each.type for each in given)
        return TypeScore(
            "all",
            len(self.outcomes),
            sum(each.found == each.type for each in self.outcomes),
            sum(each.found != each.type for each in given),
            sum(each.found == UNKNOWN_TYPE != each.type for each in self.outcomes),
            _share(right, len(given)),
            _share(len(given), len(self.outcomes)),
        )

    def _score(self, type: str) -> TypeScore:
        own = [each for each in self.outcomes if each.type == type]
        right = self.count(type, type)
        taken_for = sum(each.found == type for each in self.outcomes)
        unknown = self.count(type, UNKNOWN_TYPE) if type != UNKNOWN_TYPE else 0
        given = len(own) - self.count(type, UNKNOWN_TYPE)
        return TypeScore(
            type,
            len(own),
            right,
            len(own) - right - unknown,
            unknown,
            _share(right, taken_for),
            _share(given, len(own)),
        )


def find(folder: Path, profiles: Profiles) -> list[LabelledScan]:
    """The labelled scans of a folder, in order; hidden files are left out.

    A folder `unknown` holds papers of no type. Raises UsageError where the folder isn't there, has no scan,
    or has a folder whose name is no type's id.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder", f"Không có thư mục {printable_name(folder.name)}.")
    labels = sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))
    strange = [each.name for each in labels if each.name not in profiles.types and each.name != UNKNOWN_TYPE]
    if strange:
        names = ", ".join(map(printable_name, strange))
        raise UsageError(
            f"{folder}: no document type {names}; each folder in it is named by a type's id "
            f"(types.yaml) or `{UNKNOWN_TYPE}`",
            f"Không có loại giấy tờ {names}. Tên mỗi thư mục con phải là mã loại giấy tờ.",
        )
    scans = [
        LabelledScan(file, label.name)
        for label in labels
        for file in sorted(label.rglob("*"))
        if file.is_file() and not file.name.startswith(".")
    ]
    if not scans:
        raise UsageError(
            f"{folder}: no labelled scan; put files into folders named by a type's id, such as "
            f"{folder}/{next(iter(profiles.types))}/scan.pdf",
            f"Thư mục {printable_name(folder.name)} không có tệp quét nào trong thư mục loại giấy tờ.",
        )
    return scans


def try_on(
    children: ChildProcesses,
    scans: Sequence[LabelledScan],
    profiles: Profiles,
    *,
    procedure: str | None = None,
    progress: Progress | None = None,
) -> Trial:
    """Read each scan and find its type, each file being one paper."""
    outcomes: list[ClassifiedScan] = []
    unread: list[tuple[Path, InputError]] = []
    for done, scan in enumerate(scans, start=1):
        try:
            paper = _paper(children, scan.file, profiles, procedure)
        except InputError as error:
            unread.append((scan.file, error))
        else:
            outcomes.append(
                ClassifiedScan(
                    scan.file, scan.type, paper.type, paper.confidence, paper.title, paper.evidence
                )
            )
        if progress:
            progress(done, len(scans))
    return Trial(tuple(outcomes), tuple(unread))


def _paper(children: ChildProcesses, file: Path, profiles: Profiles, procedure: str | None) -> Paper:
    """The one paper that a file is. Raises InputError where a page of it can't be read."""
    read = read_file(children, load_file(file, children.settings.limits), printable_name(file.name))
    if read.problems:
        raise read.problems[0][1]
    papers = separate_file(read, profiles, children.settings.classify, procedure=procedure, whole=True)
    return papers[0] if papers else Paper((), UNKNOWN_TYPE, 0.0)  # all pages are blank


def as_values(trial: Trial) -> Mapping[str, Any]:
    """The trial as values for JSON."""
    return {
        "papers": len(trial.outcomes),
        "confusion": {
            true: {found: count for found in trial.found_types if (count := trial.count(true, found))}
            for true in trial.true_types
        },
        "types": trial.scores,
        "all": trial.total,
        "missed": trial.missed,
        "unread": [
            {"file": file, "error": error.code, "message": error.message} for file, error in trial.unread
        ],
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _unknown_last(type: str) -> tuple[bool, str]:
    return type == UNKNOWN_TYPE, type
