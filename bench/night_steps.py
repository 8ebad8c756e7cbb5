"""Where the CPU time of a night goes, step by step: of the children by task, of the parent by function.

The night runs in this process, so that its functions can be timed.
"""

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from scanflow.archive.identity import open_archive
from scanflow.archive.site_profiles import profiles_of
from scanflow.ledger.nightly.night_runs import begin_run
from scanflow.model.night_states import REOCR
from scanflow.night.reocr import reocr_job
from scanflow.night.runs.choosing import Query
from scanflow.night.runs.extending import QUERY
from scanflow.night.runs.pace import Pace
from scanflow.night.runs.running import carry_out
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.pipeline.services import Services
from scanflow.recognition.reader import Reader, reader_of
from scanflow.settings import Settings

_TICKS = 100.0
_FUNCTIONS = {
    "scanflow.night.runs.running": ("_next",),
    "scanflow.night.runs.document_item": (
        "placed_document",
        "require_dossier_current",
        "write_manifest",
        "done",
    ),
    "scanflow.night.rereading": ("decode_words", "compare", "moved"),
    "scanflow.night.reocr": ("entry_after", "store_version", "enter_change"),
    "scanflow.night.runs.pace": ("is_live_work_waiting",),
}
"""The parent's functions, by the modules that call them."""


class _TimedChildren(ChildProcesses):
    """Children of which each task's CPU time is added to `spent`."""

    def __init__(self, settings: Settings, spent: defaultdict[str, float]) -> None:
        super().__init__(settings)
        self._spent = spent

    def _run(self, task: str, args: tuple[Any, ...], seconds: float) -> Any:
        before = self._cpu()
        try:
            return super()._run(task, args, seconds)
        finally:
            self._spent[f"child: {task}"] += self._cpu() - before

    def _cpu(self) -> float:
        """CPU seconds of this thread's child so far; 0 without one."""
        child = getattr(self._of_thread, "child", None)
        if child is None:
            return 0.0
        status = Path(f"/proc/{child._process.pid}/stat").read_text(encoding="ascii")
        return sum(map(int, status.rpartition(")")[2].split()[11:15])) / _TICKS  # with its own children's


def steps_of(settings: Settings, before: str, numbers: Sequence[str]) -> Mapping[str, float]:
    """CPU seconds by step for reading these dossiers again, after `before`, with which all is loaded."""
    spent = defaultdict[str, float](float)
    with ExitStack() as stack:
        archive = stack.enter_context(open_archive(settings))
        children = stack.enter_context(_TimedChildren(settings, spent))
        profiles = profiles_of(settings.classify, settings.home)
        services = Services(settings, archive.store, archive.catalog, lambda: profiles, children)
        reader = reader_of(settings)
        _carry_out(services, reader, [before], defaultdict(float))
        children.confinement().result()  # a child is there, whatever was read before
        spent.clear()
        begun = time.process_time()
        _carry_out(services, reader, numbers, spent)
        whole = time.process_time() - begun
    known = sum(seconds for name, seconds in spent.items() if not name.startswith("child"))
    spent["parent: the rest"] = whole - known
    return spent


def _carry_out(
    services: Services, reader: Reader, numbers: Sequence[str], spent: defaultdict[str, float]
) -> None:
    query = replace(Query(), numbers=tuple(numbers), other_reader=False)
    with services.catalog.transaction() as connection:
        run = begin_run(connection, REOCR, {QUERY: query.to_json()}, by="bench")
    pace = Pace(services.catalog, None, threading.Event())
    with _timed(spent):
        carry_out(services, reocr_job(services, run, reader), pace)


@contextmanager
def _timed(spent: defaultdict[str, float]) -> Iterator[None]:
    """Add the CPU time of the parent's functions to `spent` as long as the context lasts."""
    real: list[tuple[Any, str, Any]] = []
    for module_name, names in _FUNCTIONS.items():
        module = sys.modules[module_name]
        for name in names:
            real.append((module, name, getattr(module, name)))
            setattr(module, name, _timing(getattr(module, name), f"parent: {name.strip('_')}", spent))
    try:
        yield
    finally:
        for module, name, function in real:
            setattr(module, name, function)


def _timing(function: Callable[..., Any], name: str, spent: defaultdict[str, float]) -> Callable[..., Any]:
    def timed(*args: Any, **more: Any) -> Any:
        begun = time.thread_time()
        try:
            return function(*args, **more)
        finally:
            spent[name] += time.thread_time() - begun

    return timed
