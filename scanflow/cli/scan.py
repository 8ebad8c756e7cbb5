"""`scanflow scanners` and `scanflow scan`: from the sheets on the scanner to a filed dossier."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from scanflow.cli.app import JobsOption, JsonOption, settings_from
from scanflow.cli.intake import DossierOption, ProcedureOption, end_with, follow
from scanflow.cli.noting import os_user
from scanflow.cli.output import print_error, print_json, print_note, print_notice, print_table
from scanflow.cli.stopping import stopped_by_signals
from scanflow.clock import now
from scanflow.errors import NotFoundError, ScanCancelledError, ScannerBusyError, ScannerError, UsageError

if TYPE_CHECKING:
    from scanflow.capture.scanner import Capabilities
    from scanflow.capture.scanner.spool import OpenStack, Spool, Stack
    from scanflow.settings import ScannerSettings, ScanProfile, Settings

INTERRUPTED_BY_KEYBOARD = 130

DeviceOption = Annotated[
    str, typer.Option("--device", "-D", help="The scanner's name, from `scanflow scanners`.")
]
ProfileOption = Annotated[
    str | None, typer.Option("--profile", "-P", help="How to scan; default: [scanner] profile.")
]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(scanners)
    app.command()(scan)


def scanners(device: DeviceOption = "", json: JsonOption = False) -> None:
    """List the scanners that can be found, or what one of them can do; also what waits in the spool."""
    from scanflow.agent.agent import agent_spool
    from scanflow.capture.scanner import open_backend

    settings = settings_from()
    backend = open_backend(settings.scanner)
    waiting = _spool(settings).stacks()
    ordered = agent_spool(settings).stacks()
    if device:
        can = backend.open(device).capabilities()
        if json:
            print_json({"device": device, "capabilities": can, "stacks": waiting, "ordered": ordered})
            return
        _show_capabilities(can)
    else:
        found = backend.devices()
        if json:
            print_json({"devices": found, "stacks": waiting, "ordered": ordered})
            return
        rows = [(d.name, d.vendor, d.model, d.kind) for d in found]
        print_table("scanners", ("device", "vendor", "model", "kind"), rows)
        if not found:
            print_notice(
                "no scanner found: see docs/scanners.md", "Không tìm thấy máy quét. Máy đã bật và nối chưa?"
            )
    _tell_of(waiting)
    for stack in ordered:
        what = f"stack {stack.id} (order {stack.record.order}): {len(stack.pages)} pages"
        print_note(f"{what} that `scanflow station` sends on")


def scan(
    dossier: DossierOption = None,
    procedure: ProcedureOption = None,
    device: DeviceOption = "",
    profile: ProfileOption = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Continue an interrupted stack: feed the remaining sheets."),
    ] = False,
    as_is: Annotated[
        bool, typer.Option("--as-is", help="File the pages in the spool as they are, without scanning more.")
    ] = False,
    discard: Annotated[
        bool, typer.Option("--discard", help="Move an interrupted stack to scans/discarded.")
    ] = False,
    stack: Annotated[
        str | None, typer.Option("--stack", help="The stack, if several were interrupted.")
    ] = None,
    jobs: JobsOption = None,
    json: JsonOption = False,
) -> None:
    """Scan a stack and file it. Ctrl-C stops the scanner; whole pages are kept.

    Pages stay in the spool (scans/ in the archive's home) until the archive has them. A stack that was
    scanned to its end but could not be filed is filed by the next scan.
    """
    settings = settings_from(jobs=jobs)
    spool = _spool(settings)
    if discard:
        with spool.hold(_interrupted(spool, stack).id) as held:
            where = held.discard()
        print_notice(f"moved to {where}", f"Đã chuyển tập giấy tờ sang {where}.")
        return
    if as_is and not stack and _only_complete(spool.stacks()):
        pass  # nothing to decide: they are filed below
    elif resume or as_is:
        old = _interrupted(spool, stack)
        with spool.hold(old.id) as held:
            if as_is:
                held.mark("complete")
            else:
                named = _profile(settings.scanner, profile or old.record.profile)
                _feed(settings, held, device or old.record.device, named)
    else:
        _tell_of(spool.stacks())
        _scan_new(settings, spool, dossier, procedure, device, profile or settings.scanner.profile)
    _file_complete(settings, spool, json=json)


def _spool(settings: "Settings") -> "Spool":
    from scanflow.capture.scanner.spool import Spool

    return Spool(settings.home / "scans")


def _scan_new(
    settings: "Settings",
    spool: "Spool",
    dossier: str | None,
    procedure: str | None,
    device: str,
    profile_name: str,
) -> None:
    from scanflow.archive.site_profiles import profiles_of
    from scanflow.capture.scanner import open_backend
    from scanflow.capture.scanner.spool import StackRecord
    from scanflow.pipeline.services import procedure_in
    from scanflow.text.dossier_numbers import normalise_dossier_number

    profile = _profile(settings.scanner, profile_name)
    number = normalise_dossier_number(dossier, settings.codes.dossier_grammars) if dossier else None
    code = procedure_in(profiles_of(settings.classify, settings.home), procedure) if procedure else None
    scanner = open_backend(settings.scanner).open(device or settings.scanner.device)
    record = StackRecord(
        number=number,
        procedure=code,
        device=scanner.name,
        profile=profile_name,
        duplex=profile.duplex,
        operator=os_user(),
        started=now().isoformat(timespec="seconds"),
    )
    with spool.new(record) as held:
        _feed(settings, held, scanner.name, profile)


def _feed(settings: "Settings", held: "OpenStack", device: str, profile: "ScanProfile") -> None:
    """Scan into a stack until it is complete; ends the command with the exit code of what stopped it."""
    from scanflow.capture.scanner import open_backend
    from scanflow.capture.scanner.spool import fill

    scanner = open_backend(settings.scanner).open(device)
    try:
        with stopped_by_signals() as cancel:
            while True:
                for page in fill(held, scanner, profile, cancel):
                    print_note(f"page {page.no} ({page.side})")
                if profile.source == "feeder" or not _another_page():
                    break
    except ScannerError as error:
        print_error(error)
        _tell_what_is_kept(held.now)
        stopped = isinstance(error, ScanCancelledError)
        raise typer.Exit(INTERRUPTED_BY_KEYBOARD if stopped else error.exit_code) from None
    held.mark("complete")


def _another_page() -> bool:
    """Ask whether another page is to be laid on the glass; without a terminal the answer is no."""
    return sys.stdin.isatty() and typer.confirm(
        "Đặt trang tiếp theo lên mặt kính và quét? / another page?", default=False, err=True
    )


def _file_complete(settings: "Settings", spool: "Spool", *, json: bool) -> None:
    """Take in every complete stack, also those that an earlier failure left, and process the batches."""
    from scanflow.pipeline import services
    from scanflow.pipeline.intake.scans import take_stack
    from scanflow.pipeline.queue.direct import short_lived_worker

    outcomes = []
    with services.open_services(settings) as opened, short_lived_worker(opened) as submitter:
        for stack in [s for s in spool.stacks() if s.record.state == "complete" and not s.in_use]:
            try:
                with spool.hold(stack.id) as held:
                    taken = take_stack(opened, held)
            except (ScannerBusyError, NotFoundError):  # another window has filed it meanwhile
                continue
            for batch_id in taken.batches:
                submitter.submit(batch_id)
                outcomes.append(follow(opened, submitter, batch_id, json=json))
    end_with(outcomes, json=json)


def _profile(settings: "ScannerSettings", name: str) -> "ScanProfile":
    if name not in settings.profiles:
        known = ", ".join(settings.profiles)
        raise UsageError(
            f"no scan profile {name}; known are {known}", f"Không có cấu hình quét {name}. Hiện có: {known}"
        )
    return settings.profiles[name]


def _interrupted(spool: "Spool", stack_id: str | None) -> "Stack":
    """The interrupted stack of this id, or the only one. Raises NotFoundError, UsageError for several."""
    if stack_id:
        return spool.stack(stack_id)
    found = [stack for stack in spool.stacks() if stack.interrupted]
    if not found:
        raise NotFoundError("no interrupted stack in the spool", "Không có tập giấy tờ nào đang xử lý.")
    if len(found) > 1:
        ids = ", ".join(stack.id for stack in found)
        raise UsageError(
            f"several stacks were interrupted, name one with --stack: {ids}",
            f"Có nhiều tập giấy tờ đang xử lý, hãy chọn bằng --stack: {ids}",
        )
    return found[0]


def _only_complete(stacks: list["Stack"]) -> bool:
    return bool(stacks) and not any(stack.interrupted for stack in stacks)


def _tell_what_is_kept(stack: "Stack") -> None:
    """After a failure: print which pages are kept, and how to go on."""
    pages = len(stack.pages)
    if not pages:
        print_notice("no page was scanned", "Chưa quét được trang nào.")
        return
    half = stack.record.duplex and pages % 2
    sheet = (pages // 2 if stack.record.duplex else pages) + 1
    again = " (its front is there, its back is not)" if half else ""
    again_vi = " (tờ này mới có mặt trước)" if half else ""
    print_notice(
        f"{pages} pages are kept in the spool, stack {stack.id}. Put back sheet {sheet}{again} and those "
        f"after it, then run: scanflow scan --resume --stack {stack.id} (or --as-is, or --discard)",
        f"Đã giữ {pages} trang trong máy. Hãy đặt lại tờ thứ {sheet}{again_vi} và các tờ sau đó vào "
        f"máy quét, rồi chạy: scanflow scan --resume --stack {stack.id}",
    )


def _tell_of(stacks: list["Stack"]) -> None:
    """Print on stderr what earlier scans left in the spool."""
    for stack in stacks:
        if stack.in_use:
            continue
        number = stack.record.number or "?"
        pages = len(stack.pages)
        if stack.interrupted:
            why = stack.record.stopped or "interrupted"
            print_notice(
                f"stack {stack.id} ({number}): {pages} pages, {why}; go on with "
                f"scanflow scan --resume --stack {stack.id}",
                f"Tập giấy tờ {stack.id} (hồ sơ {number}) chưa quét xong, đã giữ {pages} trang. "
                f"Quét tiếp: scanflow scan --resume --stack {stack.id}",
            )
        else:
            print_notice(
                f"stack {stack.id} ({number}): {pages} pages, complete, not filed; the next scan files it",
                f"Tập giấy tờ {stack.id} (hồ sơ {number}) đã quét đủ {pages} trang nhưng chưa lưu vào kho; "
                "lần quét sau sẽ tự lưu.",
            )


def _show_capabilities(can: "Capabilities") -> None:
    between = " to " if can.any_between else ", "
    rows: list[tuple[str, str]] = [
        ("sources", ", ".join(can.sources) or "one"),
        ("duplex", "yes" if can.duplex else "no"),
        ("colours", ", ".join(can.colours) or "one"),
        ("dpi", between.join(map(str, can.resolutions))),
        ("largest", f"{can.size[0]:g} × {can.size[1]:g} mm" if can.size else "?"),
    ]
    rows += [
        (f"--{option.name}", "|".join(option.values) or f"{option.low}..{option.high}{option.unit}")
        for option in can.options
        if option.active and (option.values or option.high is not None)
    ]
    print_table("", ("what", "value"), rows)
