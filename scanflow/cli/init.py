"""`scanflow init`: settings, archive, first user and counter, and what systemd needs to run it all."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from scanflow.cli.accounts import new_password, print_token
from scanflow.cli.app import settings_from
from scanflow.cli.noting import os_user
from scanflow.cli.output import print_notice, stdout
from scanflow.errors import UsageError
from scanflow.membership import DEFAULT_AGENCY, Membership, Role

UNITS = (
    "scanflow-web.service",
    "scanflow-watch.service",
    "scanflow-worker.service",
    "scanflow-backup.service",
    "scanflow-backup.timer",
    "scanflow-nightly.service",
    "scanflow-nightly.timer",
    "scanflow-reocr.service",
    "scanflow-reocr.timer",
)
"""Files of `deploy/` that systemd reads."""

_PROGRAM, _HOME, _USER = "/opt/scanflow/bin/scanflow", "/var/lib/scanflow", "User=scanflow\n"
"""The paths in the files of `deploy/`, which are those of docs/install.md."""
_OF_PEOPLE = ("/home/", "/root/", "/run/user/")
"""Folders that systemd's ProtectHome hides."""


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(init)


def init(
    user: Annotated[
        str | None,
        typer.Option("--user", help="Make this user, a supervisor; asks for a password, or reads stdin."),
    ] = None,
    counter: Annotated[
        str | None, typer.Option("--counter", help="Make this counter, and print the token of its PC.")
    ] = None,
    units: Annotated[
        Path | None,
        typer.Option("--units", help="Write systemd's units into this folder; default: print them."),
    ] = None,
) -> None:
    """Make an archive's home: a commented scanflow.toml, the first user and counter; print systemd's units.

    What is there already stays as it is.
    """
    from scanflow.archive.identity import open_archive
    from scanflow.archive.people import accounts, counter_accounts

    settings = settings_from()
    with open_archive(settings) as archive:
        _write_settings(settings.home / "scanflow.toml")
        if user is not None:
            member = Membership(DEFAULT_AGENCY, Role.SUPERVISOR, None)
            accounts.add_user(archive.catalog, user, "", new_password(), member=member, actor=os_user())
        if counter is not None:
            print_token(
                counter_accounts.make_counter(
                    archive.catalog, counter, agency=DEFAULT_AGENCY, actor=os_user()
                )
            )
    print_notice(f"an archive is at {settings.home}", f"Kho lưu trữ ở {settings.home}.")
    made = {name: unit(name, home=settings.home) for name in UNITS}
    if units is None:
        for name, text in made.items():
            stdout.print(f"# --- /etc/systemd/system/{name}\n{text}", markup=False)
        return
    for name, text in made.items():
        _write_unit(units / name, text)
    print_notice(
        f"units are in {units}; then: systemctl daemon-reload && systemctl enable --now scanflow-web",
        f"Tệp systemd ở {units}; sau đó chạy: systemctl daemon-reload && systemctl enable --now scanflow-web",
    )


def unit(name: str, *, home: Path, program: Path | None = None, user: str | None = None) -> str:
    """A unit of `deploy/` for this home, this program and this user (default: those that run)."""
    program = program or Path(sys.argv[0]).absolute()
    text = (
        _deployed(name)
        .replace(_PROGRAM, str(program))
        .replace(_HOME, str(home))
        .replace(_USER, f"User={user or os_user()}\n")
    )
    if any(str(place).startswith(_OF_PEOPLE) for place in (program, home)):
        text = text.replace("ProtectHome=true\n", "")  # it would hide them
    return text


def _deployed(name: str) -> str:
    from importlib import resources

    return resources.files("scanflow").joinpath("deploy", name).read_text(encoding="utf-8")


def _write_settings(path: Path) -> None:
    """Write the commented settings, unless there are some."""
    if path.exists():
        print_notice(f"{path} is there already and stays", f"Đã có {path}; tệp được giữ nguyên.")
        return
    path.write_text(_deployed("scanflow.toml"), encoding="utf-8")


def _write_unit(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o644)  # systemd's units hold no secret, and others read them
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", f"Không ghi được tệp {path}.") from error
