"""`scanflow log`: who saw or did what, and when."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from scanflow.cli.app import JsonOption, settings_from
from scanflow.cli.archive import known_spelling
from scanflow.cli.noting import note_look, noted_catalog
from scanflow.cli.output import print_json, print_note, print_table
from scanflow.clock import VIETNAM, in_vietnam
from scanflow.errors import UsageError

if TYPE_CHECKING:
    from scanflow.archive.log.chain import Chained

_TIME = "YYYY-MM-DD or YYYY-MM-DDTHH:MM, Vietnam's time"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("log")(show_log)


def show_log(
    person: Annotated[
        str | None, typer.Option("--person", help="What this user did, and what was done to their account.")
    ] = None,
    dossier: Annotated[
        str | None, typer.Option("--dossier", help="What was done and seen of this dossier (mã hồ sơ).")
    ] = None,
    batch: Annotated[str | None, typer.Option("--batch", help="The same for one batch.")] = None,
    action: Annotated[
        str | None, typer.Option("--action", help="Only this: viewed, searched, exported, filed, signed in …")
    ] = None,
    since: Annotated[str | None, typer.Option("--from", help=f"Not before: {_TIME}.")] = None,
    until: Annotated[
        str | None, typer.Option("--to", help=f"Not after: {_TIME}; the whole day is included.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, help="How many to show, the newest first.")
    ] = 100,
    json: JsonOption = False,
) -> None:
    """Read the audit log: who saw or did what, and when. Reading it is logged, too."""
    from scanflow.archive.log.queries import LogQuery, find
    from scanflow.archive.logbook import LOG_READ

    first, last = _time(since), _time(until, end=True)
    asked = {
        "person": person,
        "dossier": dossier,
        "batch": batch,
        "action": action,
        "from": since,
        "to": until,
    }
    settings = settings_from()
    with noted_catalog(settings) as catalog:
        number = known_spelling(catalog, settings, dossier) if dossier else None
        found = find(catalog, LogQuery(person, number, batch, action, first, last), limit)
        stated = {name: value for name, value in asked.items() if value is not None}
        note_look(catalog, LOG_READ, "log", after=stated or None)
    if json:
        print_json([_plain(each) for each in found])
        return
    print_table(
        "", ("no.", "time", "who", "action", "what", "before → after"), [_row(each) for each in found]
    )
    if len(found) == limit:
        print_note("there may be older ones: see --limit")


def _time(text: str | None, *, end: bool = False) -> datetime | None:
    """The time that the text states; for a day, its beginning or its end. Raises UsageError."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is no time: {_TIME}", "Thời gian chưa đúng. Ví dụ: 2026-11-27T08:30"
        ) from None
    at = at if at.tzinfo else at.replace(tzinfo=VIETNAM)
    if end:
        at += timedelta(days=1) if len(text) <= len("2026-11-27") else timedelta(minutes=1)
    return at


def _plain(each: "Chained") -> dict[str, object]:
    entry = each.entry
    return {
        "seq": each.seq,
        "at": in_vietnam(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "before": entry.before,
        "after": entry.after,
        "hash": each.hash,
    }


def _row(each: "Chained") -> tuple[object, ...]:
    from scanflow.archive.store.canonical_json import dumps

    entry = each.entry
    values = " → ".join(dumps(value) for value in (entry.before, entry.after) if value is not None)
    time = f"{in_vietnam(entry.at):%Y-%m-%d %H:%M:%S}"
    return each.seq, time, entry.actor, entry.action, entry.subject, values
