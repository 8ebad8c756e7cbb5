"""A certified OpenID provider (npm's oidc-provider) as a process on loopback: `server.mjs` is its program."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.patience import PATIENCE

_MODULES = Path(sys.prefix) / "provider" / "node_modules"


@contextmanager
def certified_provider(
    port: int, ours: str, people: Mapping[str, Mapping[str, Any]], folder: Path
) -> Iterator[str]:
    """Serve at a free port of loopback, for our server at the address `ours`; gives the issuer.

    `people`: claims by subject. `folder` gets the provider's program and what it says.
    """
    node = shutil.which("node")
    if node is None or not (_MODULES / "oidc-provider").exists():
        # Not `missing`: a bare Debian has no npm, and `make test` needs nothing else there.
        pytest.skip("no oidc-provider here: install node and npm (20 or newer), then run make setup-dev")
    folder.mkdir()
    script = shutil.copy(Path(__file__).parent / "server.mjs", folder)
    (folder / "node_modules").symlink_to(_MODULES)
    told = {
        "port": port,
        "redirect": f"{ours}/sign-in/sso/back",
        "signed_out": f"{ours}/sign-in",
        "logout": f"{ours}/api/sign-on/ended",
        "people": people,
    }
    with (folder / "errors").open("wb") as errors:
        process = subprocess.Popen(
            [node, script, json.dumps(told)], stdout=(folder / "said").open("wb"), stderr=errors
        )
        try:
            _wait_until_it_listens(process, folder)
            yield f"http://localhost:{port}"
        finally:
            process.kill()
            process.wait()


def sign_on(browser: httpx.Client, begin: str, sub: str) -> httpx.Response:
    """Go to the provider from our sign-in page, sign in and consent there; gives our server's last answer."""
    answer = browser.get(begin)
    for form in ({"prompt": "login", "login": sub, "password": "any"}, {"prompt": "consent"}):
        action = re.search(r'action="([^"]+/interaction/[^"]+)"', answer.text)
        if action is None:
            break
        answer = browser.post(unescape(action[1]), data=form)
    return answer


def sign_out(browser: httpx.Client, issuer: str, begin: str = "") -> httpx.Response:
    """Sign out on the provider's own page, or on the one that our page `begin` leads to; the last answer."""
    asked = browser.get(begin or f"{issuer}/session/end")
    xsrf = re.search(r'name="xsrf" value="([^"]+)"', asked.text)
    assert xsrf, asked.text
    return browser.post(f"{issuer}/session/end/confirm", data={"xsrf": xsrf[1], "logout": "yes"})


def _wait_until_it_listens(process: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + PATIENCE
    while b"listening" not in (folder / "said").read_bytes():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"does not come up:\n{(folder / 'errors').read_text('utf-8')}")
        time.sleep(0.02)
