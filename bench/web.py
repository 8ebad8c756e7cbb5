"""How long reviewers wait, as a Markdown table: one at a time on long documents, and a hundred at once.

    python -m bench.web [--reviewers 100] [--seconds 60] [--documents 300] [--think 5]

Server (a process of its own), its children and this program together on two cores, embedded catalog and
folder. Alone: a document of 200 A4 pages (200 dpi, JPEG) that nobody has looked at, and a dossier of 10,000
pages. At once: each reviewer searches, opens a hit with its picture, turns a page, and confirms or corrects a
value, with `--think` seconds between two clicks in the mean. Times are those of whole answers at the caller.
"""

import argparse
import asyncio
import functools
import io
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import httpx
from PIL import Image

from bench.sites import cpu_of
from bench.station import stacks_of_paper
from scanflow.archive.documents.page_words import CONTENT_TYPE, PageWords, encode_words
from scanflow.archive.people import accounts, user_sessions
from scanflow.archive.store.keys import document_key, words_key
from scanflow.clock import now
from scanflow.membership import Membership, Role
from scanflow.model import Box, CapturedPage, DocumentVersion, Geometry, Paper, Word
from scanflow.pdf.document import PdfMetadata, PdfPage
from scanflow.pdf.writer import write_pdf
from scanflow.pipeline.filing.file import PDF_TYPE
from scanflow.pipeline.services import Services, open_services
from scanflow.settings import Settings
from scanflow.text.syllables import syllables
from scanflow.web.addresses import dossier_address
from tests.ports import free_port
from tests.review.filing import file_document, value

LONG, LARGE = "H13.42-260804-0001", "H13.42-260804-0002"
LONG_PAGES, LARGE_DOCUMENTS = 200, 50
_SIZE = (595.0, 842.0)
_WORDS_A_PAGE = 300
_SEED = 13
_CORES = 2
_QUERIES = ("nguyen thi hoa", '"Nguyễn Thị Hoa"', "hoa -khai", "ho_ten:hoa", "to khai")
_WAIT_SECONDS = 60.0

_IDLE = 0.1
"""CPU seconds in two seconds, of a server that has nothing to do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How long an answer took, and the CPU that server and children had meanwhile (0 where several were
    asked at once), in seconds.
    """

    wall: float
    cpu: float = 0.0


Times = dict[str, list[Answer]]
"""Answers by what was asked."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reviewers", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60.0, help="seconds that they work")
    parser.add_argument(
        "--documents", type=int, default=300, help="documents of three pages, beside the long ones"
    )
    parser.add_argument("--think", type=float, default=5.0, help="seconds between two clicks, in the mean")
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:_CORES])
    chance = random.Random(_SEED)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with open_services(Settings(home=home)) as services:
            numbers = _fill(services, options.documents, chance)
            tokens = _people(services, options.reviewers)
        with _server(home) as (address, pid):
            print("| asked | times | median, ms | 95 of 100 within, ms | CPU of the server, ms |")
            print("|---|---|---|---|---|")
            _show(_alone(address, pid, tokens[0], numbers[0]))
            before = cpu_of(pid)
            _show(asyncio.run(_at_once(address, tokens, numbers, options.seconds, options.think)))
            used = cpu_of(pid) - before
    load = os.getloadavg()[0]
    print(f"\nCPU of the server while all worked: {used:.1f} s in {options.seconds:g} s. ", end="")
    print(f"{options.reviewers} reviewers, {options.think:g} s between clicks. ", end="")
    print(f"Load of the machine at the end (1 min): {load:.1f} on {os.cpu_count()} cores.")


# --- an archive ----------------------------------------------------------------------------------------


def _fill(services: Services, documents: int, chance: random.Random) -> list[str]:
    """File all documents; the numbers of the dossiers of short ones."""
    known = sorted(syllables())[:4000]
    numbers = [f"H13.42-260805-{no:04}" for no in range(1, documents + 1)]
    for number in numbers:
        lines = [[" ".join(chance.choices(known, k=6)) for _ in range(10)] for _ in range(3)]
        short = [[*each, "Nguyễn Thị Hoa"] for each in lines]
        fields = [value("name", "Nguyễn Thị Hoa", 0.6, box=Box(36, 64, 200, 76))]
        file_document(services.store, services.catalog, number, short, fields=fields, procedure="1.001193")
    _, sides = next(stacks_of_paper())
    pages = [_scan(no, sides[no % len(sides)], known, chance) for no in range(LONG_PAGES)]
    _file_long(services, LONG, pages, 1)
    # As many pages, but bare ones: 50 such files of full scans are four gigabytes.
    bare = [_scan(no, _bare_sheet(), known, chance) for no in range(LONG_PAGES)]
    _file_long(services, LARGE, bare, LARGE_DOCUMENTS)
    return numbers


@functools.cache
def _bare_sheet() -> bytes:
    target = io.BytesIO()
    Image.new("L", (1654, 2339), 255).save(target, "JPEG", quality=80, dpi=(200, 200))
    return target.getvalue()


def _scan(no: int, data: bytes, known: Sequence[str], chance: random.Random) -> PdfPage:
    words = tuple(
        Word(text, Box(40 + 50 * (at % 10), 40 + 24 * (at // 10), 85 + 50 * (at % 10), 54 + 24 * (at // 10)),
             0.9, 0, at // 10)
        for at, text in enumerate(chance.choices(known, k=_WORDS_A_PAGE))
    )  # fmt: skip
    captured = CapturedPage(no + 1, data, "image/jpeg", 1654, 2339, (200, 200), "stated")
    return PdfPage(captured, Geometry(), _SIZE, words)


def _file_long(services: Services, number: str, pages: Sequence[PdfPage], count: int) -> None:
    """File one document of these pages so many times in a dossier."""
    store, catalog, kind = services.store, services.catalog, "to-khai-dang-ky-khai-sinh"
    metadata = PdfMetadata(number, now(), number, None, kind, "bench", "", "bench", "bench")
    data = write_pdf(pages, metadata).data
    texts = [PageWords(each.size, tuple(each.words), "bench") for each in pages]
    words = encode_words(texts)
    catalog.ensure_dossier(number, "1.001193")
    for serial in range(count):
        paper = Paper(tuple(range(len(pages))), kind, 0.97, title="TỜ KHAI")
        made = catalog.allocate_document(number, paper, f"20261127-090000-{number[-4:]}{serial:04}", 1)
        version = DocumentVersion(
            1,
            store.put(document_key(number, made.no, kind, 1), data, content_type=PDF_TYPE),
            store.put(words_key(number, made.no, kind, 1), words, content_type=CONTENT_TYPE),
            len(pages), 0.97, {"program": "bench", "engine": "bench", "source": "written"}, now(),
        )  # fmt: skip
        catalog.record_version(made.id, version, texts)


def _people(services: Services, count: int) -> list[str]:
    """Add reviewers; the token of a session of each, since signing in is not measured."""
    tokens = []
    for no in range(count):
        name = f"r{no}"
        accounts.add_user(
            services.catalog, name, name, f"a long password {no}", member=Membership(role=Role.REVIEWER)
        )
        tokens.append(user_sessions.begin_session(services.catalog, name, None))
    return tokens


# --- asking --------------------------------------------------------------------------------------------


@contextmanager
def _server(home: Path) -> Iterator[tuple[str, int]]:
    port = free_port()
    command = [sys.executable, "-m", "tests.web.serving", str(home), str(port)]
    process = subprocess.Popen(command)
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                httpx.get(f"{address}/sign-in")
                break
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
        time.sleep(5.0)  # the index takes in what was filed
        yield address, process.pid
    finally:
        process.terminate()
        process.wait()


def _after(pid: int) -> float:
    """The CPU seconds that a process has used two seconds later."""
    time.sleep(2.0)
    return cpu_of(pid)


def _alone(address: str, pid: int, token: str, warm: str) -> Times:
    """One reviewer on an idle server."""
    times: Times = defaultdict(list)
    timed = functools.partial(_timed, times, pid=pid)
    with httpx.Client(base_url=address, cookies={"scanflow_session": token}, timeout=60) as browser:
        # As in a service: its child process is there, and the index has taken in what was filed.
        browser.get(f"{dossier_address(warm, 1)}/pages/1/picture.jpg?width=1100").raise_for_status()
        while cpu_of(pid) + _IDLE < _after(pid):
            pass
        for number, no, name in ((LONG, 1, "200 pages"), (LARGE, 2, "a document of the 10,000 pages")):
            base = dossier_address(number, no)
            with timed(f"first view of {name}: page and picture"):
                browser.get(base).raise_for_status()
                browser.get(f"{base}/pages/1/picture.jpg?width=1100").raise_for_status()
            for page in range(2, 32):
                # As the page does: the next picture is fetched in advance while a person reads.
                browser.get(f"{base}/pages/{page}/picture.jpg?width=1100").raise_for_status()
                with timed("page turn, picture fetched in advance"):
                    browser.get(f"{base}/pages/{page}", headers={"HX-Request": "true"}).raise_for_status()
                    browser.get(f"{base}/pages/{page}/picture.jpg?width=1100").raise_for_status()
            for page in range(100, 120):
                with timed("jump to a page nobody has seen"):
                    browser.get(f"{base}/pages/{page}", headers={"HX-Request": "true"}).raise_for_status()
                    browser.get(f"{base}/pages/{page}/picture.jpg?width=1100").raise_for_status()
        for _ in range(5):
            with timed("the dossier of 10,000 pages"):
                browser.get(dossier_address(LARGE)).raise_for_status()
            with timed("the queue"):
                browser.get("/review/queue").raise_for_status()
    return times


async def _at_once(
    address: str, tokens: Sequence[str], numbers: Sequence[str], seconds: float, think: float
) -> Times:
    times: Times = defaultdict(list)
    until = time.monotonic() + seconds
    works = [
        _work(address, token, numbers[no :: len(tokens)] or numbers[:1], until, think, times, no)
        for no, token in enumerate(tokens)
    ]
    await asyncio.gather(*works)
    return {f"at once: {name}": found for name, found in times.items()}


async def _work(  # noqa: PLR0913, PLR0917 - what one reviewer needs
    address: str,
    token: str,
    own: Sequence[str],
    until: float,
    think: float,
    times: Times,
    seed: int,
) -> None:
    """Search, look, turn, correct, again and again; `own` are dossiers that nobody else corrects."""
    chance = random.Random(seed)
    # The server closes connections that nothing came on for five seconds; browsers then open another by
    # themselves, this client would fail.
    limits = httpx.Limits(keepalive_expiry=3)
    async with httpx.AsyncClient(
        base_url=address, cookies={"scanflow_session": token}, timeout=60, limits=limits
    ) as browser:

        async def ask(name: str, *paths: str, **form: str) -> None:
            await asyncio.sleep(chance.expovariate(1 / think))
            with _timed(times, name):
                for path in paths:
                    said = await (browser.post(path, data=form) if form else browser.get(path))
                    if said.status_code >= 400:
                        said.raise_for_status()

        browser.headers["Origin"] = address
        while time.monotonic() < until:
            base = dossier_address(chance.choice(own), 1)
            await ask("search", f"/review?q={chance.choice(_QUERIES)}")
            await ask("page and picture", base, f"{base}/pages/1/picture.jpg?width=1100")
            await ask("page turn", f"{base}/pages/2", f"{base}/pages/2/picture.jpg?width=1100")
            seen = await browser.get(f"{base}?page=1")
            was = seen.text.split('name="was" value="', 1)[1].split('"', 1)[0]
            text = "Nguyễn Thị Hòa" if was == "Nguyễn Thị Hoa" else "Nguyễn Thị Hoa"
            await ask("correction", f"{base}/fields", version="1", index="0", was=was, text=text)


@contextmanager
def _timed(times: Times, name: str, pid: int = 0) -> Iterator[None]:
    cpu, begun = cpu_of(pid) if pid else 0.0, time.monotonic()
    yield
    wall = time.monotonic() - begun
    times[name].append(Answer(wall, cpu_of(pid) - cpu if pid else 0.0))


def _show(times: Times) -> None:
    for name, found in times.items():
        walls = [each.wall for each in found]
        most = quantiles(walls, n=20)[-1] if len(walls) > 1 else walls[0]
        cpu = 1000 * sum(each.cpu for each in found) / len(found)
        said = (
            f"{1000 * median(walls):.0f} | {1000 * most:.0f} | {cpu:.0f}"
            if cpu
            else (f"{1000 * median(walls):.0f} | {1000 * most:.0f} | ")
        )
        print(f"| {name} | {len(found)} | {said} |", flush=True)


if __name__ == "__main__":
    main()
