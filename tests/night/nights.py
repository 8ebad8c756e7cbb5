"""Nightly runs as an operator starts them: processes on an archive, to be killed and stopped before their
end.
"""

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Event
from typing import Any

from scanflow.ledger.nightly import night_items, night_runs
from scanflow.model.night_states import REOCR, RunState
from scanflow.night.reocr import reocr_job
from scanflow.night.rework import rework_job
from scanflow.night.runs.choosing import Query
from scanflow.night.runs.pace import Pace
from scanflow.night.runs.running import carry_out
from scanflow.pipeline.services import Services
from scanflow.recognition.reader import reader_of
from tests import commands
from tests.night.weak_archive import Case
from tests.patience import PATIENCE

_PROGRAM = "tests.night.normal_priority"


def environment(services: Services) -> dict[str, str]:
    """What a process needs to find the same archive."""
    settings = services.settings
    values = {
        "SCANFLOW_HOME": str(settings.home),
        "SCANFLOW_WORK__HEARTBEAT": "0.3",
        "SCANFLOW_JOBS": "2",
    }
    values["SCANFLOW_OCR__FAST"] = str(settings.ocr.fast).lower()
    if settings.catalog.url:
        values["SCANFLOW_CATALOG__URL"] = settings.catalog.url.get_secret_value()
        store = settings.store
        values |= {
            f"SCANFLOW_STORE__{name.upper()}": str(value)
            for name, value in (
                ("kind", store.kind),
                ("endpoint", store.endpoint),
                ("bucket", store.bucket),
                ("access_key", store.access_key.get_secret_value()),
                ("secret_key", store.secret_key.get_secret_value()),
                ("secure", str(store.secure).lower()),
            )
        }
    return {**os.environ, **values}


def start(services: Services, *arguments: str, **more: str) -> "subprocess.Popen[str]":
    """A command on an archive, as cron starts it; `more` are settings as environment variables."""
    return commands.start(
        *arguments, program=_PROGRAM, env={**environment(services), **more}, text=True,
        start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


@dataclass(frozen=True)
class Nights:
    """An archive and its documents, and how wrong each was when it was made."""

    services: Services
    cases: list[Case]
    wrong: Mapping[str, int]

    def night(self, *more: str) -> "subprocess.Popen[str]":
        """A night as cron starts it, of the default agency's documents."""
        return start(self.services, "reocr", "--agency", "default", *more)

    def done(self) -> int:
        """How many documents of the run are done."""
        with self.services.catalog.reading() as connection:
            runs = night_runs.runs(connection, kind=REOCR)
            counts = night_items.counts(connection, runs[0].id) if runs else {}
        return sum(number for name, number in counts.items() if name not in ("waiting", "in hand"))


def run_here(services: Services, kind: str, **asked: Any) -> str:
    """A run over all that is filed, in this process and to its end; its id."""
    with services.catalog.transaction() as connection:
        run = night_runs.begin_run(connection, kind, {"query": Query().to_json(), **asked}, by="tester")
    job = (
        reocr_job(services, run, reader_of(services.settings)) if kind == REOCR else rework_job(services, run)
    )
    assert carry_out(services, job, Pace(services.catalog, None, Event())) is RunState.DONE
    return run.id


def kill(process: "subprocess.Popen[str]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
