"""Prints batches and dossiers for a person."""

from collections.abc import Sequence

from scanflow.classify.profiles import Profiles
from scanflow.cli.language import localized, word
from scanflow.cli.output import print_table, stdout
from scanflow.clock import date_in_vietnam
from scanflow.model import UNKNOWN_TYPE, Checklist, Dossier
from scanflow.pipeline.batch_outcome import Outcome
from scanflow.pipeline.filing.export import dossier_checklist
from scanflow.pipeline.services import Services

SOURCES = {
    "code": ("its code", "mã trên giấy tờ"),
    "clerk": ("the clerk", "cán bộ nhập"),
    "text": ("its text", "nội dung giấy tờ"),
    None: ("nothing", "chưa có"),
}
"""Where a batch's dossier number is from, in both languages."""

LAID = {
    "set_aside": ("set aside", "để riêng, không đưa vào hồ sơ"),
    "quarantined": ("in quarantine", "cách ly vì không đọc được"),
    "unread": (
        "filed with its signed file, but not read",
        "đã lưu cùng tệp ký số, nhưng không đọc được nội dung",
    ),
}
"""Texts in both languages for pages and files that are in no document, or have no words there."""

NEXT_STEPS = {
    "unassigned": ("assign", " NUMBER", "waits", "đang chờ mã hồ sơ"),
    "failed": ("retry", "", "has failed", "bị lỗi"),
}
"""For each state of a waiting batch the command to continue it, and the state's name in both languages."""


def type_name(profiles: Profiles, type_id: str) -> str:
    """A document type's Vietnamese name."""
    if type_id == UNKNOWN_TYPE:
        return "(chưa rõ loại)"
    return profiles.types[type_id].name if type_id in profiles.types else type_id


def show_outcome(services: Services, outcome: Outcome, *, names: bool = True) -> None:
    """Print what was filed where, what was set aside, and what the dossiers lack.

    Without `names`, files are identified by their numbers in the batch: output of services gets into logs,
    and a file's name may be a person's.
    """
    if outcome.state in NEXT_STEPS:
        command, arguments, what, what_vi = NEXT_STEPS[outcome.state]
        english = f"batch {outcome.batch_id} {what}: {outcome.reason}"
        vietnamese = f"tập giấy tờ {outcome.batch_id} {what_vi}: {outcome.reason_vi}"
        stdout.print(localized(english, vietnamese), markup=False)
        stdout.print(f"  {localized(outcome.reason_vi, outcome.reason)}", markup=False)
        stdout.print(f"  scanflow {command} {outcome.batch_id}{arguments}", markup=False)
    else:
        show_filed(services, outcome)
    for laid in outcome.laid:
        where = localized(*LAID[laid.where])
        page = f" {localized('page', 'trang')} {laid.page}" if laid.page else ""
        file = laid.file if names else f"{localized('file', 'tệp')} {laid.file_no}"
        why = localized(f"{laid.reason} ({laid.reason_vi})", f"{laid.reason_vi} ({laid.reason})")
        stdout.print(f"  {file}{page}: {where}, {why}", markup=False)
    for number in outcome.dossiers:
        dossier = services.catalog.dossier(number)
        checklist = dossier_checklist(dossier, services.profiles) if dossier else None
        if checklist:
            show_missing(checklist)


def show_filed(services: Services, outcome: Outcome) -> None:
    """The documents of a closed batch."""
    names = ", ".join(outcome.dossiers) or localized("no dossier", "không có hồ sơ")
    count = outcome.count
    source = localized(*SOURCES[outcome.number_source])
    english = (
        f"batch {outcome.batch_id} → {names} (number from {source}); {count.captured} pages: "
        f"{count.filed} filed, {count.set_aside} set aside, {count.quarantined} in quarantine"
    )
    vietnamese = (
        f"tập giấy tờ {outcome.batch_id} → {names} (mã hồ sơ từ: {source}); {count.captured} trang: "
        f"{count.filed} đã lưu vào kho, {count.set_aside} để riêng, {count.quarantined} cách ly"
    )
    stdout.print(localized(english, vietnamese), markup=False)
    rows = [
        (
            f.dossier,
            f"{f.no:02}",
            type_name(services.profiles, f.type),
            f"{f.confidence:.0%}",
            f.pages,
            f.object_key,
        )
        for f in outcome.filed
    ]
    if rows:
        print_table("", ("dossier", "no.", "type", "sure", "pages", "object"), rows)


def show_missing(checklist: Checklist) -> None:
    """Print papers that are missing, and papers that the procedure does not require."""
    for item in checklist.items:
        if item.missing:
            stdout.print(f"  thiếu: {item.name} ({len(item.documents)}/{item.count})", markup=False)
    if checklist.extra:
        numbers = ", ".join(f"{no:02}" for no in checklist.extra)
        extra = localized("not required", "ngoài thành phần hồ sơ")
        stdout.print(f"  {extra}: giấy tờ số {numbers}", markup=False)


def show_batches(outcomes: Sequence[Outcome]) -> None:
    """One line for each batch."""
    rows = [
        (
            outcome.batch_id,
            word(outcome.state),
            outcome.count.files,
            outcome.count.captured,
            outcome.count.filed,
            outcome.count.set_aside,
            outcome.count.quarantined + outcome.count.files_quarantined,
            ", ".join(outcome.dossiers),
            localized(outcome.reason, outcome.reason_vi),
        )
        for outcome in outcomes
    ]
    columns = ("batch", "state", "files", "pages", "filed", "aside", "quarantine", "dossiers", "why")
    print_table("batches", columns, rows)


def show_sources(dossier: Dossier) -> None:
    """What documents leave out, and the captured files that are kept beside them."""
    for document in dossier.documents:
        if document.versions and document.versions[-1].left_out:
            left_out = ", ".join(document.versions[-1].left_out)
            what = localized("leaves out", "không gồm")
            stdout.print(f"  {document.no:02} {what}: {left_out}", markup=False)
    rows = [
        (
            f"{document.no:02}",
            source.file_no,
            source.stored.size,
            ", ".join(source.reasons),
            source.stored.key,
        )
        for document in dossier.documents
        for source in document.sources
    ]
    if rows:
        print_table("", ("no.", "file", "bytes", "kept because", "source"), rows)


def show_dossier(dossier: Dossier, profiles: Profiles) -> None:
    """A dossier with its documents and its checklist (có, thiếu, ngoài thành phần hồ sơ)."""
    procedure = profiles.procedure(dossier.procedure_code, date_in_vietnam(dossier.created_at))
    stdout.print(f"{dossier.number}", markup=False)
    if procedure:
        stdout.print(f"  {procedure.code} {procedure.name}", markup=False)
    rows = [
        (
            f"{d.no:02}",
            type_name(profiles, d.type),
            d.title,
            f"{d.confidence:.0%}",
            d.versions[-1].pages,
            f"{d.versions[-1].confidence:.0%}",
            d.versions[-1].pdf.key,
        )
        for d in dossier.documents
        if d.versions
    ]
    print_table("", ("no.", "type", "title", "sure", "pages", "read", "object"), rows)
    show_sources(dossier)
    checklist = dossier_checklist(dossier, profiles)
    if checklist is None:
        text = localized(
            "procedure not known: no checklist", "chưa rõ thủ tục nên không có danh mục thành phần hồ sơ"
        )
        stdout.print(f"  {text}", markup=False)
        return
    for item in checklist.items:
        if item.documents:
            numbers = ", ".join(f"{no:02}" for no in item.documents)
            stdout.print(f"  có:    {item.name} ← {numbers}", markup=False)
    show_missing(checklist)
