"""A real PostgreSQL for the tests: a temporary cluster from Debian's package, on loopback and a socket."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

from tests.memory import temporary_folder
from tests.patience import PATIENCE
from tests.ports import free_port

USER = "scanflow"
_kept: dict[int, psycopg.Connection] = {}
"""Connections by which databases are made and dropped, by the server's port."""


def find_postgresql() -> Path | None:
    """The folder of `initdb` and `postgres`: Debian's newest, which is not on the PATH, else the one on the
    PATH.
    """
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    found = debian[-1] if debian else shutil.which("initdb")
    return Path(found).parent if found else None


@dataclass(slots=True)
class Cluster:
    """A running server that belongs to the tests."""

    programs: Path
    folder: Path
    port: int
    password: str
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        """The URL of a database over TCP, as in `[catalog] url`."""
        url = URL.create("postgresql", USER, self.password, "127.0.0.1", self.port, database)
        return url.render_as_string(hide_password=False)

    def socket_url(self, database: str) -> str:
        """The same over the Unix socket."""
        query = {"host": str(self.folder), "port": str(self.port)}
        url = URL.create("postgresql", USER, self.password, database=database, query=query)
        return url.render_as_string(hide_password=False)

    def new_database(self, template: str = "template0") -> str:
        """A database that no other test uses."""
        name = f"test_{uuid4().hex[:12]}"
        # To copy the template's files takes less than to copy it by the log, as is usual.
        making = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self.run(making.format(*map(sql.Identifier, (name, template))))
        return name

    def drop_database(self, name: str) -> None:
        """Drop it, even while other programs are connected."""
        self.run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def run(self, statement: sql.SQL | sql.Composed) -> None:
        """Run one statement outside any transaction, over a connection that this process keeps."""
        connection = _kept.get(self.port)
        if connection is None or connection.closed:
            connection = _kept[self.port] = psycopg.connect(self.url("postgres"), autocommit=True)
        connection.execute(statement)

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        log = self.folder / "log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [
                    *_as_its_user(),
                    *(self.programs / "postgres", "-D", self.folder / "data", "-k", self.folder),
                    *("-h", "127.0.0.1", "-p", str(self.port)),
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
            )
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise TimeoutError(f"PostgreSQL did not come up:\n{log.read_text(errors='replace')[-3000:]}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends all sessions and stops in good order; SIGQUIT is a crash, after which it recovers."""
        if connection := _kept.pop(self.port, None):
            connection.close()
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=PATIENCE)
            self.process = None


@contextmanager
def postgresql(programs: Path | None = None) -> Iterator[Cluster]:
    """Run a PostgreSQL of our own; its folder and its processes are gone afterwards.

    `programs`: the folder of its programs; without it that of Debian's newest.

    It refuses to run as root: there it runs as `postgres`, whom Debian's package makes.
    """
    programs = programs or find_postgresql()
    if programs is None:
        raise FileNotFoundError("no PostgreSQL: apt-get install postgresql")
    with temporary_folder("scanflow-pg-") as name:
        folder = Path(name)
        password = secrets.token_hex(8)
        secret = folder / "password"
        secret.write_text(password, encoding="ascii")
        if os.geteuid() == 0:
            for path in (folder, secret):
                shutil.chown(path, *_owner())
        subprocess.run(
            [
                *_as_its_user(),
                *(programs / "initdb", "-D", folder / "data", "-U", USER, "--pwfile", secret),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            cwd="/",
        )
        with (folder / "data" / "postgresql.conf").open("a", encoding="ascii") as settings:
            settings.write("max_wal_size = 128MB\n")
            # Several test processes may have programs of their own connected.
            settings.write("max_connections = 400\n")
        cluster = Cluster(programs, folder, free_port(), password)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


def _owner() -> tuple[str, str]:
    entry = pwd.getpwnam("postgres")
    return str(entry.pw_name), "postgres"


def _as_its_user() -> list[str]:
    """What is put before a command, so that it ends when the test process is killed."""
    command = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() == 0:
        user, group = _owner()
        command += ["--reuid", user, "--regid", group, "--clear-groups"]
    return command
