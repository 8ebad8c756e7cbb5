"""The protocol of an index of all procedures, and mappings of profiles that load from one.

With imported lists there are thousands of procedures. An index finds some of them and loads one at a time;
`scanflow.archive.procedure_index` keeps one in a file.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeAlias

from scanflow.classify.procedures.forms import FormOf
from scanflow.classify.profiles import Procedure, ProcedureName


class ProcedureIndex(Protocol):
    """All procedures of a state of the profiles' files. Any number of threads may ask; it may be pickled."""

    def codes(self) -> tuple[str, ...]:
        """The codes of all procedures, sorted."""
        ...

    def versions(self, code: str) -> tuple[Procedure, ...]:
        """The versions of a procedure, the newest first; none for an unknown code."""
        ...

    def has(self, code: str) -> bool:
        """Whether there is a procedure with this code."""
        ...

    def names(self) -> list[ProcedureName]:
        """All procedures by name, without loading any."""
        ...

    def search(self, words: Sequence[str], limit: int, *, every: bool = True) -> list[ProcedureName]:
        """Procedures with a word in name, code, field or agency that begins with each of these folded words.

        Without `every` one of the words is enough. The likeliest first.
        """
        ...

    def asking_for_type(self, type_id: str) -> list[str]:
        """The codes of the procedures that ask for a paper of a type."""
        ...

    def forms_numbered(self, number: str) -> list[FormOf]:
        """The rows that ask for the form with this number."""
        ...

    def forms_titled(self, title: str, candidates: int = 200) -> Iterable[FormOf]:
        """Rows that ask for a form whose title shares words with this one; only equal ones if there are any.

        The caller computes `likeness`.
        """
        ...


OpenIndex: TypeAlias = Callable[[str, Callable[[], Iterable[Sequence[Procedure]]]], ProcedureIndex]
"""Opens the index of a named state of the files. Where there is none, it is made from the procedures that the
function gives: each as its versions, the newest first."""


class IndexedProcedures(Mapping[str, Procedure]):
    """The newest version of each procedure by its code, loaded when asked for."""

    def __init__(self, index: ProcedureIndex) -> None:
        self.index = index

    def __getitem__(self, code: str) -> Procedure:
        versions = self.index.versions(code)
        if not versions:
            raise KeyError(code)
        return versions[0]

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and self.index.has(code)

    def __iter__(self) -> Iterator[str]:
        return iter(self.index.codes())

    def __len__(self) -> int:
        return len(self.index.codes())


class IndexedEarlier(Mapping[str, tuple[Procedure, ...]]):
    """The older versions of each procedure by its code, the newest first."""

    def __init__(self, index: ProcedureIndex) -> None:
        self.index = index

    def __getitem__(self, code: str) -> tuple[Procedure, ...]:
        versions = self.index.versions(code)
        if len(versions) < 2:
            raise KeyError(code)
        return versions[1:]

    def __iter__(self) -> Iterator[str]:
        return (code for code in self.index.codes() if len(self.index.versions(code)) > 1)

    def __len__(self) -> int:
        return sum(1 for _ in self)
