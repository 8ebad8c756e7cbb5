"""`scanflow show`, `export`, `verify`, `rebuild` and `repair`: what is in the archive."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanflow.cli.app import JsonOption, settings_from, settings_of_archive
from scanflow.cli.language import localized
from scanflow.cli.noting import note_look, noted_catalog
from scanflow.cli.output import print_json, print_note, print_table, progress_bar, stdout
from scanflow.errors import IntegrityError, StoreUnavailableError, UsageError

if TYPE_CHECKING:
    from scanflow.archive.catalog import Catalog, DossierSummary
    from scanflow.model import Dossier, StoredObject
    from scanflow.settings import Settings

NumberArgument = Annotated[str, typer.Argument(help="The dossier's number (mã hồ sơ).", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (show, export, verify, rebuild, repair):
        app.command()(command)


def show(
    dossier: Annotated[
        str | None, typer.Argument(help="The dossier's number; none: list all dossiers.", show_default=False)
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show a dossier: documents, versions, what is lost, and its checklist (có, thiếu, ngoài thành phần)."""
    from scanflow.archive.logbook import LISTED, VIEWED, dossier_subject
    from scanflow.archive.site_profiles import profiles_of
    from scanflow.cli.display import show_dossier
    from scanflow.pipeline.filing.export import dossier_checklist

    settings = settings_from()
    with noted_catalog(settings) as catalog:
        if dossier is None:
            summaries = catalog.dossiers()
            note_look(catalog, LISTED, "dossiers")
            _list(summaries, json=json)
            return
        found = named_dossier(catalog, settings, dossier)
        note_look(catalog, VIEWED, dossier_subject(found.number))
        lost = _lost(settings, found)
    profiles = profiles_of(settings.classify, settings.home)
    if json:
        keys = None if lost is None else [each.key for each in lost]
        print_json({"dossier": found, "checklist": dossier_checklist(found, profiles), "lost": keys})
        return
    show_dossier(found, profiles)
    for each in lost or ():
        stdout.print(f"  {localized('lost from the store', 'mất trong kho')}: {each.key}", markup=False)
    if lost is None:
        print_note(
            localized(
                "the object store is away: whether anything is lost can't be told",
                "chưa kết nối được kho lưu trữ nên chưa biết có tài liệu nào bị mất không",
            )
        )


def export(
    dossier: NumberArgument,
    folder: Annotated[Path, typer.Argument(help="Where to write; made if missing.", show_default=False)],
    sources: Annotated[
        bool, typer.Option("--sources", help="The captured files that are kept beside documents, too.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Write a dossier's documents as <number>.<nn>.pdf; one that is lost is named, the others are written."""
    from scanflow.archive.identity import open_archive
    from scanflow.archive.logbook import EXPORTED, dossier_subject
    from scanflow.pipeline.filing.export import export_dossier
    from scanflow.pipeline.log_anchoring import anchoring

    settings = settings_of_archive()
    with open_archive(settings) as archive, anchoring(settings, archive.store, archive.catalog):
        dossier = named_dossier(archive.catalog, settings, dossier).number
        # Before: what is on the disk was seen, also where the export breaks off.
        note_look(archive.catalog, EXPORTED, dossier_subject(dossier), after={"folder": str(folder)})
        exported = export_dossier(archive.catalog, archive.store, dossier, folder, sources=sources)
    if json:
        print_json(exported.files)
    else:
        print_table("", ("no.", "type", "file"), [(f"{e.no:02}", e.type, e.path) for e in exported.files])
    if exported.lost:
        raise IntegrityError(
            f"not written, lost or damaged in the store: {', '.join(each.key for each in exported.lost)}; "
            "restore them from a backup, then `scanflow repair`; the others were written"
        )


def verify(
    sample: Annotated[
        str | None,
        typer.Option(
            "--sample", help="Check only a part, `1%` or `500` objects; each time other ones, in turn."
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Read every object back and compare it with its checksum."""
    if sample is not None:
        from scanflow.cli.nightly import verify_sample

        verify_sample(sample, json=json)
        return
    from scanflow.archive.identity import open_archive
    from scanflow.archive.repair import verify as checking
    from scanflow.pipeline.log_anchoring import anchor_if_due

    settings = settings_of_archive()
    with open_archive(settings) as archive, progress_bar("verifying") as progress:
        result = checking.verify(archive.store, archive.catalog, progress)
        note_look(archive.catalog, "verified", "archive", after={"ok": result.ok})
        anchor_if_due(settings, archive.catalog)
    if json:
        print_json({**_fields(result), "ok": result.ok})
    else:
        stdout.print(f"{result.checked} objects, {result.bytes} bytes read", markup=False)
        for name in ("missing", "damaged", "unknown", "newer", "unfinished"):
            for stored in getattr(result, name):
                stdout.print(f"{name}: {stored.key}", markup=False)
        for number in result.outdated:
            stdout.print(f"manifest outdated: {number}", markup=False)
        for page in result.unplaced:
            stdout.print(page, markup=False)
        for problem in result.log.problems:
            stdout.print(problem, markup=False)
    if not result.ok:
        raise IntegrityError(
            f"{len(result.missing)} objects missing, {len(result.damaged)} damaged: restore them from a "
            f"backup; {len(result.unknown)} unknown, {len(result.newer)} manifests newer, "
            f"{len(result.outdated)} outdated, {len(result.unplaced)} pages without a place: "
            "`scanflow repair`; "
            f"{len(result.log.problems)} signs that the audit log was changed"
        )


def rebuild(json: JsonOption = False) -> None:
    """Make the catalog anew from the objects and manifests alone; the catalog must be empty."""
    from scanflow.archive.catalog import open_catalog
    from scanflow.archive.identity import lock_end
    from scanflow.archive.presence import require_objects
    from scanflow.archive.repair import rebuild as making
    from scanflow.archive.store.base import open_store
    from scanflow.pipeline.log_anchoring import anchor_if_due

    settings = settings_from()
    require_objects(settings)
    with open_catalog(settings) as catalog:
        result = making.rebuild(open_store(settings), catalog, retain_until=lock_end(settings))
        note_look(catalog, "rebuilt", "archive", after={"problems": len(result.problems)})
        anchor_if_due(settings, catalog)
    if json:
        print_json(result)
    else:
        stdout.print(
            f"{result.dossiers} dossiers, {result.documents} documents, {result.versions} versions, "
            f"{result.batches} batches",
            markup=False,
        )
        for problem in result.problems:
            stdout.print(f"not rebuilt: {problem}", markup=False)
    if result.problems:
        raise IntegrityError(f"{len(result.problems)} objects could not be used")


def repair(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done; nothing is changed.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Repair differences after catalog or bucket was restored, or the bucket lost objects.

    May be killed and run again. Workers may run meanwhile: they wait.
    """
    from scanflow.archive.catalog import open_catalog
    from scanflow.archive.identity import lock_end
    from scanflow.archive.repair import repair as repairing
    from scanflow.archive.store.base import open_store

    settings = settings_of_archive()
    store = open_store(settings)
    store.check()
    with open_catalog(settings) as catalog:
        until = lock_end(settings)
        result = repairing.repair(store, catalog, dry_run=dry_run, retain_until=until)
    if json:
        print_json({**_fields(result), "dry_run": dry_run})
    else:
        for action in result.actions:
            stdout.print(f"{'would do' if dry_run else 'done'}: {action}", markup=False)
        for problem in result.problems:
            stdout.print(f"lost: {problem}", markup=False)
    if result.problems:
        raise IntegrityError(
            f"{len(result.problems)} things are lost or can't be used: restore them from a backup, or take "
            "the same sources again (they are no longer known), or wait for the batches that are worked on "
            "again; then run `scanflow repair` again"
        )


def named_dossier(catalog: "Catalog", settings: "Settings", typed: str) -> "Dossier":
    """The dossier of a number as a person types it: in any case, with any dash. Raises NotFoundError."""
    from scanflow.archive.catalog import unknown_dossier

    found = catalog.dossier(known_spelling(catalog, settings, typed))
    if found is None:
        raise unknown_dossier(typed)
    return found


def known_spelling(catalog: "Catalog", settings: "Settings", typed: str) -> str:
    """A typed dossier number as the catalog has it, if it has it at all.

    The number as it stands is tried first: one that came with another setting of the grammars fits none.
    """
    from scanflow.text.dossier_numbers import normalise_dossier_number

    if catalog.dossier_known(typed):
        return typed
    try:
        return normalise_dossier_number(typed, settings.codes.dossier_grammars)
    except UsageError:
        return typed.upper()


def _lost(settings: "Settings", dossier: "Dossier") -> "list[StoredObject] | None":
    """Which objects of a dossier are lost; None where the store is away."""
    from scanflow.archive.store.base import open_store
    from scanflow.pipeline.filing.export import lost_objects

    try:
        store = open_store(settings)
        store.check()
        return lost_objects(store, dossier)
    except StoreUnavailableError:
        return None


def _list(summaries: "list[DossierSummary]", *, json: bool) -> None:
    if json:
        print_json(summaries)
        return
    if not summaries:
        print_note(localized("no dossier yet", "chưa có hồ sơ nào"))
        return
    rows = [
        (s.number, s.procedure_code or "", s.documents, s.pages, f"{s.created_at:%Y-%m-%d}")
        for s in summaries
    ]
    print_table("", ("dossier", "procedure", "documents", "pages", "since"), rows)


def _fields(value: object) -> dict[str, object]:
    import dataclasses

    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}  # type: ignore[arg-type]
