"""The agents' interface on a real socket, on a real embedded archive; pages that arrive are not read.

python -m tests.web.serving HOME PORT        # as a process of its own, to be killed
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from scanflow.archive.people import accounts, counter_accounts
from scanflow.desk.change_events import ChangeEvents
from scanflow.desk.context import Desk
from scanflow.pipeline.services import open_services
from scanflow.settings import Settings, load_settings
from scanflow.web.app import make_app


@contextmanager
def opened_desk(settings: Settings) -> Iterator[Desk]:
    """A desk without its reader."""
    with open_services(settings) as services:
        yield Desk(services, lambda _batch: None, services.children, ChangeEvents())


ORIGIN = "http://testserver"
"""Of the calls of a `TestClient`."""
PASSWORD = "một mật khẩu dài"
COUNTER = "Quầy 1"


@contextmanager
def staffed_desk(home: Path) -> Iterator[Desk]:
    """A desk with two clerks, lan and minh, and a counter."""
    with opened_desk(Settings(home=home)) as opened:
        for name in ("lan", "minh"):
            accounts.add_user(opened.services.catalog, name, name.title(), PASSWORD)
        counter_accounts.make_counter(opened.services.catalog, COUNTER)
        yield opened


@contextmanager
def serving_agents(desk: Desk) -> Iterator[str]:
    """Gives the server's address."""
    app = make_app(desk)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        app.state.closing.set()
        server.should_exit = True
        thread.join()


def main() -> None:
    with opened_desk(load_settings(Path(sys.argv[1]))) as desk:
        uvicorn.run(make_app(desk), port=int(sys.argv[2]), log_level="error")


if __name__ == "__main__":
    main()
