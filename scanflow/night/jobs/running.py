"""Nightly jobs, one after the other: each is a run in the catalog and a report in HOME/nightly.

After a failed job the others still run.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from scanflow.archive.catalog import Catalog
from scanflow.archive.identity import Archive
from scanflow.classify.profiles import Profiles
from scanflow.clock import in_vietnam, now
from scanflow.errors import ScanflowError, UsageError
from scanflow.ledger.nightly.night_runs import NightRun, begin_run, runs, set_run_state
from scanflow.model.night_states import RunState
from scanflow.night.jobs import checks, outlook
from scanflow.night.jobs.base import Context, Findings, NightlyJob, Progress
from scanflow.night.reports.report_page import Bilingual, Table, html_page
from scanflow.pipeline.named_files import write_beside
from scanflow.settings import Settings

JOBS = (
    NightlyJob(
        "verify",
        Bilingual("Đọc và kiểm tra một phần các đối tượng trong kho", "Read and check a part of all objects"),
        checks.verify,
    ),
    NightlyJob(
        "manifests",
        Bilingual(
            "Bản kê, đối tượng không thuộc đâu, nhật ký",
            "Manifests, objects that belong to nothing, audit log",
        ),
        checks.manifests,
    ),
    NightlyJob(
        "apart",
        Bilingual("Kho và danh mục có khớp nhau", "Whether store and catalog are together"),
        checks.apart,
    ),
    NightlyJob(
        "backup",
        Bilingual(
            "Khôi phục thử một hồ sơ từ bản sao lưu", "Restore one dossier from the backup, and compare"
        ),
        checks.backup,
    ),
    NightlyJob(
        "retention",
        Bilingual("Hồ sơ hết thời hạn bảo quản", "Dossiers whose retention period is over"),
        outlook.retention,
    ),
    NightlyJob("space", Bilingual("Dự báo dung lượng", "How long free space lasts"), outlook.space),
)
"""All jobs, in the order in which they are carried out."""

_KIND = "nightly-"
FOLDER = "nightly"
"""Reports stand here below HOME."""


@dataclass(frozen=True, slots=True)
class JobReport:
    """What a job found, and when. `error`: why it could not be completed."""

    job: NightlyJob
    run_id: str
    begun: datetime
    ended: datetime
    findings: Findings
    error: ScanflowError | None
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class LastResult:
    """A job and the result of its last run; None where it never ran."""

    job: NightlyJob
    at: datetime | None
    ok: bool | None
    verdict: Bilingual | None


def job_kind(name: str) -> str:
    """The kind of a job's runs."""
    return _KIND + name


def jobs_named(names: Sequence[str]) -> list[NightlyJob]:
    """The jobs of these names, all without any. Raises UsageError."""
    known = {job.name: job for job in JOBS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(
            f"no job {', '.join(unknown)}; there are {', '.join(known)}",
            f"Không có việc {', '.join(unknown)}; có: {', '.join(known)}.",
        )
    return [known[name] for name in names] if names else list(JOBS)


def run_job(  # noqa: PLR0913 - an archive and what belongs to it, a job and its circumstances
    settings: Settings,
    archive: Archive,
    profiles: Profiles,
    job: NightlyJob,
    *,
    by: str,
    progress: Progress | None = None,
    run: NightRun | None = None,
) -> JobReport:
    """Carry out a job; its findings are entered as a run, and written into HOME/nightly.

    `run`: one that is entered already (`scheduled.claim_job`).
    Raises CatalogError where the run can't be entered, UsageError where the report can't be written.
    """
    begun = now()
    with archive.catalog.transaction() as connection:
        before = _left_by_the_last(connection, job)
        if run is None:
            asked = {"sample": settings.nightly.sample}
            run = begin_run(connection, job_kind(job.name), asked, by=by)
    context = Context(settings, archive, profiles, before, progress or (lambda _done, _total: None))
    error = None
    try:
        findings = job.look(context)
    except (ScanflowError, OSError) as raised:
        error = raised if isinstance(raised, ScanflowError) else ScanflowError(str(raised))
        verdict = Bilingual(f"Không thực hiện được: {error.message_vi}", f"Not carried out: {error.message}")
        findings = Findings(ok=False, verdict=verdict, next=before)
    report = JobReport(job, run.id, begun, now(), findings, error, ())
    with archive.catalog.transaction() as connection:
        state = RunState.DONE if error is None else RunState.FAILED
        reason = error.message if error else None
        set_run_state(connection, run.id, state, report=_entered(report), reason=reason)
    return replace(report, files=_written(settings, report))


def is_begun_since(connection: Connection, name: str, at: datetime) -> bool:
    """Whether a job was begun since a moment, by any process."""
    return any(run.started_at >= at for run in runs(connection, kind=job_kind(name), limit=1))


def last_results(catalog: Catalog) -> list[LastResult]:
    """All jobs with the results of their last runs."""
    found = []
    with catalog.reading() as connection:
        for job in JOBS:
            run = next((e for e in runs(connection, kind=job_kind(job.name), limit=5) if e.report), None)
            if run is None or run.report is None:
                found.append(LastResult(job, None, None, None))
            else:
                said = run.report["verdict"]
                found.append(
                    LastResult(job, run.started_at, run.report["ok"], Bilingual(said["vi"], said["en"]))
                )
    return found


def _left_by_the_last(connection: Connection, job: NightlyJob) -> Mapping[str, Any]:
    for run in runs(connection, kind=job_kind(job.name), limit=5):
        if run.report and "next" in run.report:
            left: Mapping[str, Any] = run.report["next"]
            return left
    return {}


def as_json(report: JobReport) -> dict[str, Any]:
    """A report as JSON can hold it, all rows of its tables too."""
    return {
        "job": report.job.name,
        "run": report.run_id,
        "begun": in_vietnam(report.begun).isoformat(timespec="seconds"),
        "ended": in_vietnam(report.ended).isoformat(timespec="seconds"),
        "ok": report.findings.ok,
        "carried_out": report.error is None,
        "verdict": {"vi": report.findings.verdict.vi, "en": report.findings.verdict.en},
        "figures": {name.en: value for name, value in report.findings.figures},
        "tables": [_table_as_json(table) for table in report.findings.tables if table.rows],
    }


def _table_as_json(table: Table) -> dict[str, Any]:
    rows = [[each.en if isinstance(each, Bilingual) else each for each in row] for row in table.rows]
    return {"title": table.title.en, "columns": [each.en for each in table.columns], "rows": rows}


def _entered(report: JobReport) -> dict[str, Any]:
    """The report as it is kept in the catalog: without rows of tables, which may be many."""
    content = as_json(report)
    tables = content.pop("tables")
    counts = {table["title"]: len(table["rows"]) for table in tables}
    return {**content, "counts": counts, "next": dict(report.findings.next)}


def _written(settings: Settings, report: JobReport) -> tuple[Path, ...]:
    """Write a report as JSON and HTML, and delete the oldest ones above the limit."""
    folder = settings.home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{report.job.name}-{in_vietnam(report.begun):%Y%m%d-%H%M%S}"
    content = json.dumps(as_json(report), ensure_ascii=False, indent=2, default=str) + "\n"
    files = (folder / f"{stem}.json", folder / f"{stem}.html")
    write_beside(files[0], content.encode("utf-8", "backslashreplace"))
    write_beside(files[1], _html(report))
    for suffix in ("json", "html"):
        old = sorted(folder.glob(f"{report.job.name}-*.{suffix}"))[: -settings.nightly.keep_reports]
        for each in old:
            each.unlink(missing_ok=True)
    return files


def _html(report: JobReport) -> bytes:
    times = [
        (Bilingual("Bắt đầu", "Begun"), f"{in_vietnam(report.begun):%d/%m/%Y %H:%M}"),
        (Bilingual("Kết thúc", "Ended"), f"{in_vietnam(report.ended):%d/%m/%Y %H:%M}"),
    ]
    summary = Table(Bilingual("Tổng hợp", "Summary"), [*times, *report.findings.figures])
    tables = (summary, *report.findings.tables)
    return html_page(report.job.what, report.findings.verdict, tables, ok=report.findings.ok)
