"""Uploads in pieces by the tus protocol, into the real intake: nothing is lost, nobody sees another's."""

import base64
import hashlib
import os
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Client, Response
from tusclient.client import TusClient

from scanflow import clock
from scanflow.archive.people import accounts, agencies
from scanflow.desk.context import Desk
from scanflow.errors import StoreUnavailableError
from scanflow.ledger.batches import get_batch
from scanflow.ledger.files import batch_files
from scanflow.membership import Scope
from scanflow.model import BatchState, FileState
from scanflow.pipeline.intake import uploads
from scanflow.settings import LimitSettings, Settings
from scanflow.web.app import make_app
from scanflow.web_settings import UploadSettings
from tests.patience import PATIENCE, wait_until
from tests.web.calling import caller, new_token
from tests.web.reviewing import NORTH, PEOPLE, SOUTH, signed_in
from tests.web.serving import ORIGIN, PASSWORD, opened_desk, serving_agents

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}
FILE = b"%PDF-1.7 " + bytes(range(256)) * 40
NUMBER = "H57.132-260804-0777"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("uploads")
    limits = LimitSettings(file_bytes=100_000)
    with opened_desk(Settings(home=home, jobs=1, limits=limits, uploads=UploadSettings(files=20))) as opened:
        for code in (NORTH, SOUTH):
            agencies.add_agency(opened.services.catalog, code, code)
        for name, member in PEOPLE.items():
            accounts.add_user(opened.services.catalog, name, name, PASSWORD, member=member)
        yield opened


@pytest.fixture(scope="module")
def app(desk: Desk) -> FastAPI:
    return make_app(desk)


@pytest.fixture
def portal(app: FastAPI, desk: Desk) -> TestClient:
    return caller(app, new_token(desk, Scope.UPLOAD))


def metadata(**said: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())


def create(client: Client, length: int = len(FILE), content: bytes | None = None, **said: str) -> Response:
    headers = {**TUS, "Upload-Length": str(length)}
    if said:
        headers["Upload-Metadata"] = metadata(**said)
    if content is not None:
        headers |= PIECE
    made: Response = client.post("/uploads", headers=headers, content=content)
    return made


def begun(client: Client, **said: str) -> str:
    made = create(client, len(FILE), None, **said)
    assert made.status_code == 201, made.text
    return made.headers["Location"].removeprefix("/api/v1")


def send(client: Client, path: str, data: bytes, offset: int, **more: str) -> Response:
    return client.patch(path, headers={**PIECE, "Upload-Offset": str(offset), **more}, content=data)


def checksum(data: bytes, algorithm: str = "sha256") -> str:
    digest = hashlib.new(algorithm, data, usedforsecurity=False).digest()
    return f"{algorithm} {base64.b64encode(digest).decode()}"


def stored(desk: Desk, batch: str) -> list[bytes]:
    """The bytes of a batch's files as the store has them."""
    with desk.services.catalog.reading() as connection:
        files = batch_files(connection, batch)
    assert {each.state for each in files} == {FileState.TAKEN}
    return [desk.services.store.get(each.object_key or "") for each in files]


def test_a_file_in_pieces_becomes_a_batch(desk: Desk, portal: TestClient) -> None:
    path = begun(portal, filename="giấy khai sinh.pdf", dossier=NUMBER.lower(), procedure="1.001193")
    assert send(portal, path, FILE[:4000], 0).headers["Upload-Offset"] == "4000"
    assert send(portal, path, FILE[5000:], 5000).status_code == 409
    head = portal.head(path)
    assert (head.headers["Upload-Offset"], head.headers["Upload-Length"]) == ("4000", str(len(FILE)))
    assert "Upload-Expires" in head.headers and head.headers["Cache-Control"] == "no-store"
    done = send(portal, path, FILE[4000:], 4000)
    assert done.status_code == 204
    batch = done.headers["Scanflow-Batch"]
    assert stored(desk, batch) == [FILE]
    with desk.services.catalog.reading() as connection:
        row = get_batch(connection, batch)
        assert batch_files(connection, batch)[0].name == "giấy khai sinh.pdf"
    said = (row.origin, row.agency, row.clerk_number, row.procedure_code, row.state)
    assert said == ("upload", NORTH, NUMBER, "1.001193", BatchState.TAKEN)
    assert portal.get(path).json()["state"] == "taken"
    answer = portal.get(f"/batches/{batch}").json()
    assert (answer["state"], answer["captured"]) == ("taken", 0)


def test_the_first_bytes_may_come_with_the_announcement(desk: Desk, portal: TestClient) -> None:
    made = create(portal, content=FILE)
    assert made.status_code == 201 and made.headers["Upload-Offset"] == str(len(FILE))
    assert stored(desk, made.headers["Scanflow-Batch"]) == [FILE]
    assert create(portal, 10, content=FILE).status_code == 413


def test_bytes_with_a_wrong_checksum_are_forgotten(portal: TestClient) -> None:
    path = begun(portal)
    assert send(portal, path, FILE[:500], 0, **{"Upload-Checksum": checksum(FILE[:500])}).status_code == 204
    for wrong in (checksum(b"other"), checksum(b"other", "sha1")):
        answer = send(portal, path, FILE[500:], 500, **{"Upload-Checksum": wrong})
        assert (answer.status_code, answer.json()["title"]) == (460, "Checksum Mismatch")
    assert portal.head(path).headers["Upload-Offset"] == "500"
    for refused in ("crc32 AAAA", "sha256 ???"):
        assert send(portal, path, FILE[500:], 500, **{"Upload-Checksum": refused}).status_code == 400
    right = {"Upload-Checksum": checksum(FILE[500:], "sha1")}
    assert send(portal, path, FILE[500:], 500, **right).status_code == 204


def test_a_file_that_is_not_the_announced_one_is_never_taken(portal: TestClient) -> None:
    path = begun(portal, sha256=hashlib.sha256(FILE).hexdigest())
    assert send(portal, path, FILE[:-1] + b"x", 0).status_code == 460
    assert portal.head(path).status_code == 404
    path = begun(portal, sha256=hashlib.sha256(FILE).hexdigest())
    assert "Scanflow-Batch" in send(portal, path, FILE, 0).headers


def test_what_came_before_the_connection_broke_is_kept(desk: Desk) -> None:
    """The socket is closed in the middle. Bytes that were to be checked by a checksum don't count."""
    token = new_token(desk, Scope.UPLOAD)
    with serving_agents(desk) as address:
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=PATIENCE) as portal:
            path = begun(portal)
            assert wait_until(lambda: broken_off(portal, path, token) == 3000)
            assert send(portal, path, FILE[3000:6000], 3000).headers["Upload-Offset"] == "6000"
            path = begun(portal)
            for _ in range(2):
                assert broken_off(portal, path, token, f"Upload-Checksum: {checksum(FILE)}\r\n") == 0


def broken_off(portal: Client, path: str, token: str, more: str = "") -> int:
    """Send 3000 bytes of a file and close the connection; the upload's offset afterwards."""
    place = urlsplit(str(portal.base_url))
    head = (
        f"PATCH {place.path.rstrip('/')}{path} HTTP/1.1\r\nHost: {place.netloc}\r\n"
        f"Authorization: Bearer {token}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
        f"Content-Type: {PIECE['Content-Type']}\r\nContent-Length: {len(FILE)}\r\n{more}\r\n"
    )
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=PATIENCE) as broken:
        broken.sendall(head.encode() + FILE[:3000])
        time.sleep(0.3)  # a server that learns of the end before it has read what came drops that
    offset = -1
    while offset < 0 or send(portal, path, b"", offset).status_code == 423:
        offset = int(portal.head(path).headers["Upload-Offset"])
    return offset


def test_files_that_belong_together_are_one_batch(desk: Desk, portal: TestClient) -> None:
    paths = [begun(portal, filename=f"{no}.jpg", dossier=NUMBER, hold="") for no in (2, 1)]
    ids = [path.rpartition("/")[2] for path in paths]
    assert "Scanflow-Batch" not in send(portal, paths[0], FILE, 0).headers
    early = portal.post("/batches", json={"uploads": ids})
    assert (early.status_code, early.json()["code"]) == (422, "usage")
    send(portal, paths[1], FILE[::-1], 0)
    made = portal.post("/batches", json={"uploads": ids})
    assert made.status_code == 201 and stored(desk, made.json()["batch"]) == [FILE, FILE[::-1]]
    assert portal.post("/batches", json={"uploads": ids}).json() == made.json()
    assert portal.post("/batches", json={"uploads": ids[:1] * 2}).status_code == 422
    assert portal.post("/batches", json={"uploads": []}).status_code == 422


def test_a_complete_file_waits_for_a_store_that_is_away(
    desk: Desk, portal: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = begun(portal)
    with monkeypatch.context() as away:

        def refuse(*_: object, **__: object) -> None:
            raise StoreUnavailableError("away")

        away.setattr(type(desk.services.store), "put", refuse)
        done = send(portal, path, FILE, 0)
        assert done.status_code == 204 and "Scanflow-Batch" not in done.headers
    assert portal.get(path).json()["state"] == "received"
    uploads.take_received(desk.services, desk.submit)
    assert stored(desk, portal.get(path).json()["batch"]) == [FILE]


def test_killed_after_taking_it_is_the_same_batch(desk: Desk, portal: TestClient) -> None:
    """As if the process had been killed before it noted the batch."""
    path = begun(portal, filename="a.pdf")
    folder = desk.services.settings.home / path.removeprefix("/")
    send(portal, path, FILE[:-1], 0)
    before = (folder / "upload.json").read_text("utf-8")
    data = folder / "data" / "a.pdf"
    with data.open("ab") as file:
        file.write(FILE[-1:])
    stat = data.stat()
    (folder / "upload.json").write_text(
        before.replace(f'"offset": {len(FILE) - 1}', f'"offset": {len(FILE)}')
    )
    complete = (folder / "upload.json").read_text("utf-8")
    uploads.take_received(desk.services, desk.submit)
    batch = portal.get(path).json()["batch"]
    (folder / "upload.json").write_text(complete)
    data.write_bytes(FILE)
    os.utime(data, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    uploads.take_received(desk.services, desk.submit)
    assert batch and portal.get(path).json()["batch"] == batch


def test_bytes_that_were_never_noted_as_safe_do_not_count(desk: Desk, portal: TestClient) -> None:
    path = begun(portal, filename="a.pdf")
    data = desk.services.settings.home / path.removeprefix("/") / "data" / "a.pdf"
    send(portal, path, FILE[:100], 0)
    with data.open("ab") as file:
        file.write(b"\0" * 50)  # what a disk may show after a crash
    assert portal.head(path).headers["Upload-Offset"] == "100"
    done = send(portal, path, FILE[100:], 100)
    assert stored(desk, done.headers["Scanflow-Batch"]) == [FILE]


def test_others_see_and_touch_nothing(app: FastAPI, desk: Desk, portal: TestClient) -> None:
    path = begun(portal)
    nobody = "/uploads/" + "0" * 32
    upload_id = path.rpartition("/")[2]
    others = [
        caller(app, new_token(desk, Scope.UPLOAD)),
        caller(app, new_token(desk, agency=SOUTH)),
        signed_in_api(app, "thu"),
    ]
    for other in others:
        for method in ("HEAD", "GET", "DELETE", "PATCH"):
            headers = {**PIECE, "Upload-Offset": "0"}
            theirs = other.request(method, path, headers=headers)
            unknown = other.request(method, nobody, headers=headers)
            assert (theirs.status_code, theirs.content) == (unknown.status_code, unknown.content), method
            assert theirs.status_code == 404
        taken = other.post("/batches", json={"uploads": [upload_id]})
        assert taken.status_code == 404
        assert other.get("/uploads").json() == []
    batch = send(portal, path, FILE, 0).headers["Scanflow-Batch"]
    for other in others[:2]:
        theirs, unknown = other.get(f"/batches/{batch}"), other.get("/batches/nobody")
        assert theirs.status_code == unknown.status_code == 404
        assert theirs.json()["detail"].replace(batch, "") == unknown.json()["detail"].replace("nobody", "")
    # A person who may read the agency's papers sees what became of its batches.
    assert others[2].get(f"/batches/{batch}").status_code == 200


def signed_in_api(app: FastAPI, name: str) -> TestClient:
    client = signed_in(app, name)
    client.base_url = client.base_url.join("/api/v1/")
    return client


def test_people_upload_from_our_own_pages_only(app: FastAPI, desk: Desk) -> None:
    for name, status in (("thu", 201), ("lan", 201), ("hoa", 201), ("binh", 403)):
        person = signed_in_api(app, name)
        answer = create(person)
        assert answer.status_code == status, name
        if status == 201:  # nobody has an upload left that other tests would see
            path = answer.headers["Location"].removeprefix("/api/v1")
            assert person.delete(path, headers=TUS).status_code == 204
    client = signed_in_api(app, "lan")
    client.headers["Origin"] = "https://elsewhere.example"
    assert create(client).status_code == 403
    del client.headers["Origin"]
    assert create(client).status_code == 403
    client.headers["Origin"] = ORIGIN
    path = begun(client)
    batch = send(client, path, FILE, 0).headers["Scanflow-Batch"]
    with desk.services.catalog.reading() as connection:
        assert (get_batch(connection, batch).operator, get_batch(connection, batch).agency) == ("lan", NORTH)
    # A clerk sees what became of their own batch, and of no other.
    assert client.get(f"/batches/{batch}").status_code == 200
    assert signed_in_api(app, "hoa").get(f"/batches/{batch}").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "9" * 30}, 400),
        ({"Upload-Length": "１２"}, 400),
        ({"Upload-Length": "100001"}, 413),
        ({"Upload-Defer-Length": "1"}, 400),
        ({"Upload-Metadata": "filename ???"}, 400),
        ({"Upload-Metadata": "filename " + base64.b64encode(b"\xff").decode()}, 400),
        ({"Upload-Metadata": metadata(dossier="no number")}, 422),
        ({"Upload-Metadata": metadata(procedure="9.999999")}, 422),
        ({"Upload-Metadata": metadata(sha256="abc")}, 422),
    ],
)
def test_wrong_announcements_are_refused(portal: TestClient, headers: dict[str, str], status: int) -> None:
    sent = {
        name.encode(): value.encode() for name, value in ({**TUS, "Upload-Length": "5"} | headers).items()
    }
    answer = portal.post("/uploads", headers=sent)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status and answer.json()["detail"]


NAMES = (
    "../../../etc/passwd", "/etc/passwd", "..\\..\\a.pdf", "..", "", "a\0b.pdf", "x" * 900 + ".pdf",
    "\u202efdp.exe",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_no_name_leaves_its_folder(desk: Desk, portal: TestClient, name: str) -> None:
    path = begun(portal, filename=name)
    folder = desk.services.settings.home / path.removeprefix("/") / "data"
    assert [each.parent for each in folder.iterdir()] == [folder]
    done = send(portal, path, FILE, 0)
    assert stored(desk, done.headers["Scanflow-Batch"]) == [FILE]


def test_too_much_at_once_is_refused_and_old_uploads_are_forgotten(
    app: FastAPI, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = caller(app, new_token(desk, Scope.UPLOAD))
    paths = [begun(portal) for _ in range(20)]
    refused = create(portal)
    assert (refused.status_code, refused.json()["code"]) == (503, "uploads-full")
    assert portal.delete(paths[0], headers=TUS).status_code == 204
    assert portal.head(paths[0]).status_code == 404
    begun(portal)
    held = begun(caller(app, new_token(desk, Scope.UPLOAD)), hold="")
    later = clock.now() + timedelta(hours=25)
    monkeypatch.setattr(uploads, "now", lambda: later)
    begun(portal)
    assert len(portal.get("/uploads").json()) == 1
    assert not (desk.services.settings.home / held.removeprefix("/")).exists()


def test_methods_may_be_named_in_a_header(portal: TestClient) -> None:
    path = begun(portal)
    headers = {**PIECE, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert portal.post(path, headers=headers, content=FILE[:10]).headers["Upload-Offset"] == "10"
    headers["X-HTTP-Method-Override"] = "DELETE"
    assert portal.post(path, headers=headers).status_code == 204
    assert portal.post(path, headers=TUS).status_code == 405


def test_the_server_says_what_it_can(portal: TestClient) -> None:
    said = portal.options("/uploads").headers
    assert said["Tus-Version"] == "1.0.0" and said["Tus-Max-Size"] == "100000"
    assert "checksum" in said["Tus-Extension"] and "sha1" in said["Tus-Checksum-Algorithm"]


def test_a_tus_client_of_others_uploads_and_goes_on(desk: Desk, tmp_path: Path) -> None:
    """tuspy sends half of the file, and another client of it the rest."""
    file = tmp_path / "scan.pdf"
    file.write_bytes(FILE)
    token = new_token(desk, Scope.UPLOAD)
    with serving_agents(desk) as address:
        client = TusClient(f"{address}/api/v1/uploads", headers={"Authorization": f"Bearer {token}"})
        first = client.uploader(str(file), chunk_size=3000, metadata={"filename": "scan.pdf"})
        first.upload_chunk()  # type: ignore[no-untyped-call]  # tuspy's
        again = client.uploader(
            str(file), chunk_size=3000, url=first.url, upload_checksum=True, metadata={"filename": "scan.pdf"}
        )
        assert again.offset == 3000
        again.upload()
        settings = desk.services.settings
        upload_id = str(first.url).rpartition("/")[2]
        found = [each for each in uploads._all(settings) if each.id == upload_id]
    assert found[0].batch and stored(desk, found[0].batch) == [FILE]
