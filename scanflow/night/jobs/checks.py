"""Jobs that check what is stored: objects, manifests, the catalog against the bucket, the backup."""

from secrets import SystemRandom

from scanflow.archive.repair.backup_check import check_backup
from scanflow.archive.repair.repair import repair
from scanflow.archive.repair.sampling import verify_sample
from scanflow.archive.repair.verify import differences
from scanflow.archive.store.folder import FolderStore
from scanflow.clock import in_vietnam, now
from scanflow.errors import SettingsError
from scanflow.night.jobs.base import Context, Findings, lines
from scanflow.night.reports.report_page import Bilingual

_OLD_HOURS = 36
"""A backup older than this was not made last night."""

_MISSING = Bilingual("Mất trong kho", "Missing")
_DAMAGED = Bilingual("Bị sai lệch", "Damaged")


def verify(context: Context) -> Findings:
    """Read and hash a sample of all objects."""
    sample = context.settings.nightly.sample
    store, catalog = context.archive.store, context.archive.catalog
    after = str(context.before.get("cursor", ""))
    found = verify_sample(store, catalog, sample, after, context.progress)
    lost = len(found.missing) + len(found.damaged)
    return Findings(
        ok=found.ok,
        verdict=Bilingual("Không phát hiện sai lệch.", "All of them are there and whole.")
        if found.ok
        else Bilingual(
            f"{lost} đối tượng bị mất hoặc sai lệch: hãy khôi phục từ bản sao lưu.",
            f"{lost} objects are missing or damaged: restore them from a backup.",
        ),
        figures=(
            (Bilingual("Số đối tượng trong kho", "Objects in all"), found.total),
            (Bilingual("Đã kiểm tra", "Checked"), found.checked),
            (Bilingual("Số byte đã đọc", "Bytes read"), found.bytes),
            (Bilingual("Mẫu", "Sample"), sample),
        ),
        tables=(
            lines(_MISSING, [each.key for each in found.missing]),
            lines(_DAMAGED, [each.key for each in found.damaged]),
        ),
        next={"cursor": found.cursor},
    )


def manifests(context: Context) -> Findings:
    """Compare manifests with the catalog, look for objects that belong to nothing, check the audit log."""
    found = differences(context.archive.store, context.archive.catalog)
    count = len(found.unknown) + len(found.newer) + len(found.outdated) + len(found.unplaced)
    if found.ok:
        verdict = Bilingual("Kho và danh mục khớp nhau.", "Bucket and catalog say the same.")
    else:
        verdict = Bilingual(
            f"{count} điểm không khớp, {len(found.log.problems)} dấu hiệu nhật ký bị sửa: "
            "hãy chạy scanflow repair --dry-run.",
            f"{count} differences, {len(found.log.problems)} signs that the audit log was changed: see "
            "`scanflow repair --dry-run`.",
        )
    return Findings(
        ok=found.ok,
        verdict=verdict,
        figures=(
            (Bilingual("Đối tượng không thuộc đâu", "Objects that belong to nothing"), len(found.unknown)),
            (Bilingual("Đối tượng của việc đang làm", "Objects of work under way"), len(found.unfinished)),
        ),
        tables=(
            lines(
                Bilingual("Không thuộc đâu", "In no manifest and not in the catalog"),
                [e.key for e in found.unknown],
            ),
            lines(
                Bilingual("Bản kê mới hơn danh mục", "Manifests that say more than the catalog"),
                [each.key for each in found.newer],
            ),
            lines(Bilingual("Bản kê đã cũ", "Dossiers whose manifest is outdated"), found.outdated),
            lines(Bilingual("Trang không rõ ở đâu", "Pages without a place"), found.unplaced),
            lines(Bilingual("Nhật ký", "Audit log"), found.log.problems),
        ),
    )


def apart(context: Context) -> Findings:
    """List what `scanflow repair` would do."""
    found = repair(context.archive.store, context.archive.catalog, dry_run=True)
    ok = not (found.actions or found.problems)
    return Findings(
        ok=ok,
        verdict=Bilingual("Không có gì cần sửa.", "There is nothing to repair.")
        if ok
        else Bilingual(
            f"{len(found.actions)} việc cần sửa, {len(found.problems)} thứ bị mất: hãy chạy scanflow repair.",
            f"{len(found.actions)} things to be brought together, {len(found.problems)} lost: `scanflow "
            "repair`.",
        ),
        tables=(
            lines(Bilingual("Sẽ được sửa", "Would be done"), found.actions),
            lines(Bilingual("Bị mất", "Lost"), found.problems),
        ),
    )


def backup(context: Context) -> Findings:
    """Restore one dossier with the newest backup into an empty place, and compare. Raises SettingsError."""
    settings = context.settings.nightly
    if settings.backups is None:
        raise SettingsError(
            "[nightly] backups: name the folder that `scanflow backup` writes into",
            "Chưa khai báo thư mục sao lưu trong cấu hình: [nightly] backups.",
        )
    store = FolderStore(settings.store_copy) if settings.store_copy else context.archive.store
    found = check_backup(
        store,
        context.archive.catalog,
        settings.backups,
        context.settings.home / "nightly",
        SystemRandom().random(),
    )
    hours = (now() - found.made_at).total_seconds() / 3600
    problems = list(found.problems)
    if hours > _OLD_HOURS:
        problems.append(f"the newest backup is {hours / 24:.1f} days old")
    return Findings(
        ok=not problems,
        verdict=Bilingual("Khôi phục thử thành công.", "What was restored is as it was.")
        if not problems
        else Bilingual(
            f"Khôi phục thử có {len(problems)} vấn đề: hãy sao lưu lại và xem nguyên nhân.",
            f"{len(problems)} problems with the backup: make a new one and find out why.",
        ),
        figures=(
            (Bilingual("Bản sao lưu", "Backup"), found.backup.name),
            (Bilingual("Lúc", "Made"), f"{in_vietnam(found.made_at):%d/%m/%Y %H:%M}"),
            (Bilingual("Hồ sơ khôi phục thử", "Dossier restored"), found.dossier or "-"),
            (Bilingual("Số đối tượng", "Objects"), found.objects),
            (Bilingual("Số byte", "Bytes"), found.bytes),
            (Bilingual("Số dòng dữ liệu", "Rows"), sum(found.rows.values())),
        ),
        tables=(lines(Bilingual("Vấn đề", "Problems"), problems),),
    )
