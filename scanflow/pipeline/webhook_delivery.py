"""Delivers events to webhooks: signed POSTs, one an event, in order, until each is confirmed.

The form is that of the Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`. The last is
`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64 under the target's secret.
"""

import base64
import hashlib
import hmac
import json
import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import certifi
import httpcore

from scanflow.archive.catalog import Catalog
from scanflow.archive.programs import webhooks
from scanflow.archive.programs.events import Event, events_after, make_events
from scanflow.archive.programs.webhooks import SECRET_PREFIX, Webhook
from scanflow.clock import now
from scanflow.errors import ScanflowError, UsageError
from scanflow.logs import get_logger
from scanflow.pipeline.periodic import Periodic
from scanflow.settings import Settings
from scanflow.web_settings import WebhookSettings

log = get_logger(__name__)

_AT_ONCE = 100
"""Events that are sent to one target before the next target is served."""


@contextmanager
def delivering(settings: Settings, catalog: Catalog) -> Iterator[None]:
    """Make events and deliver them, regularly during the context."""

    def tell(last: bool) -> None:
        if not last:  # a program that ends waits for no target
            deliver(settings.webhooks, catalog)

    periodic = Periodic("webhooks", tell, "webhooks not told")
    with periodic.every(settings.webhooks.seconds):
        yield


def deliver(settings: WebhookSettings, catalog: Catalog) -> int:
    """Make new events, and send each target that is due what it hasn't confirmed; how many were confirmed."""
    make_events(catalog)
    return sum(_tell(settings, catalog, each.name) for each in webhooks.all_webhooks(catalog))


def _tell(settings: WebhookSettings, catalog: Catalog, name: str) -> int:
    webhook = webhooks.claim(catalog, name)
    if webhook is None:
        return 0
    told = 0
    for event in events_after(catalog, webhook.agency, webhook.position, _AT_ONCE):
        if webhook.kinds is None or event.kind in webhook.kinds:
            problem = post(settings, webhook, event)
            if problem:
                log.warning("webhook", name=name, reason=problem)
                webhooks.failed(catalog, webhook, problem)
                return told
            told += 1
        webhooks.confirmed(catalog, webhook, event.seq)
        webhook = replace(webhook, position=event.seq, failures=0)
    webhooks.released(catalog, webhook)
    return told


def post(settings: WebhookSettings, webhook: Webhook, event: Event) -> str:
    """Send an event to a target; gives why it didn't confirm, or nothing."""
    body = json.dumps(as_json(event), ensure_ascii=False, separators=(",", ":")).encode()
    try:
        backend = _Checked(settings)
        context = ssl.create_default_context(cafile=str(settings.ca or certifi.where()))
        require_allowed_scheme(settings, webhook.url)
        with httpcore.ConnectionPool(ssl_context=context, network_backend=backend, max_connections=1) as pool:
            timeouts = dict.fromkeys(("connect", "read", "write", "pool"), settings.timeout)
            with pool.stream(
                "POST", webhook.url, headers=headers_of(webhook, event, body), content=body,
                extensions={"timeout": timeouts},
            ) as answer:  # fmt: skip
                return "" if 200 <= answer.status < 300 else f"answered {answer.status}"
    except ScanflowError as error:
        return error.message
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
        return type(error).__name__
    except Exception as error:  # whatever an address does, the others are told
        return type(error).__name__


def as_json(event: Event) -> dict[str, Any]:
    """An event as targets and callers of the API get it."""
    named = {"dossier": event.dossier, "document": event.document, "batch": event.batch}
    return {
        "seq": event.seq,
        "kind": event.kind,
        "at": event.at.isoformat(),
        **{name: value for name, value in named.items() if value is not None},
        "data": event.data,
    }


def headers_of(webhook: Webhook, event: Event, body: bytes) -> list[tuple[bytes, bytes]]:
    """Headers with the signature. A repeated event has the same id."""
    identity, stamp = f"{webhook.agency}.{event.seq}", str(int(now().timestamp()))
    key = base64.b64decode(webhook.secret.removeprefix(SECRET_PREFIX))
    signed = hmac.new(key, f"{identity}.{stamp}.".encode() + body, hashlib.sha256).digest()
    host = urlsplit(webhook.url).netloc
    said = {
        "Host": host,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "User-Agent": "scanflow",
        "webhook-id": identity,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
    return [(name.encode(), value.encode()) for name, value in said.items()]


def require_allowed_scheme(settings: WebhookSettings, url: str) -> None:
    """Without TLS only into networks that the settings name. Raises UsageError."""
    if urlsplit(url).scheme != "https" and not settings.private_networks:
        raise UsageError("webhooks go to https addresses only: see [webhooks] private_networks")


def is_allowed(settings: WebhookSettings, address: IPv4Address | IPv6Address) -> bool:
    """Whether webhooks may be sent to an address: a public one, or one of the networks in the settings."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    named = (ip_network(each) for each in settings.private_networks)
    return (address.is_global and not address.is_multicast) or any(address in each for each in named)


class _Checked(httpcore.SyncBackend):
    """Connects to allowed addresses only: to the address that was checked, not to a name."""

    def __init__(self, settings: WebhookSettings) -> None:
        self._settings = settings

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ip_address(each[4][0]) for each in found]
        if not addresses or not all(is_allowed(self._settings, each) for each in addresses):
            raise UsageError(
                "leads into a network that webhooks may not reach: see [webhooks] private_networks"
            )
        return super().connect_tcp(str(addresses[0]), port, timeout, local_address, socket_options)
