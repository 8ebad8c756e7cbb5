"""Settings of the web pages and of other network services: a part of the tree in `settings.py`."""

import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Annotated, Literal

from msgspec import Meta, field, structs

from scanflow.sections import AuthorityFile, SecretStr, Section


class WebSettings(Section, frozen=True):
    """The web pages (`scanflow web`)."""

    host: Annotated[str, Meta(description="the address to listen at; a TLS proxy stands before it")] = (
        "127.0.0.1"
    )
    port: Annotated[int, Meta(ge=0, le=65535)] = 8080
    secure_cookies: Annotated[
        bool, Meta(description="cookies over https only: set it behind a TLS proxy")
    ] = False
    hosts: Annotated[
        tuple[str, ...],
        Meta(
            description=(
                "names by which browsers and agents call the server, `*.example.vn` for all names "
                "below one; localhost and the listening address are always allowed"
            )
        ),
    ] = ()
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(description="addresses and networks of proxies whose X-Forwarded-For and -Proto are believed"),
    ] = ("127.0.0.1", "::1")
    session_hours: Annotated[
        float, Meta(description="hours after which a person has to sign in again", gt=0)
    ] = 12.0
    idle_minutes: Annotated[
        float, Meta(description="minutes without a click after which a person is signed out", gt=0)
    ] = 60.0
    metrics_on_loopback: Annotated[
        bool,
        Meta(
            description=(
                "`/metrics` needs no token from this machine, unless the request comes through a proxy"
            )
        ),
    ] = True
    request_seconds: Annotated[
        float,
        Meta(
            description=(
                "seconds for a request's head; its body may take the same, and a second for every 4 KiB"
            ),
            gt=0,
        ),
    ] = 20.0

    def __post_init__(self) -> None:
        """Raises ValueError for an invalid host name, address or network."""
        for host in self.hosts:
            if not re.fullmatch(r"\*|(\*\.)?[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]+\]?", host):
                raise ValueError(f"{host!r} is no host name, address or *.domain; a port is not part of it")
        hosts = tuple(host.lower().strip("[]").rstrip(".") for host in self.hosts)
        structs.force_setattr(self, "hosts", hosts)
        for proxy in self.trusted_proxies:
            ip_network(proxy)


class UploadSettings(Section, frozen=True):
    """Files that come over the network in pieces (docs/api.md)."""

    hours: Annotated[
        float, Meta(description="hours after which an upload without new bytes is deleted", gt=0)
    ] = 24.0
    bytes: Annotated[
        int,
        Meta(description=("bytes that unfinished uploads to one web server may have at the same time"), gt=0),
    ] = 20 * 2**30
    files: Annotated[
        int, Meta(description=("unfinished uploads that one person or token may have at the same time"), gt=0)
    ] = 500


class WebhookSettings(Section, frozen=True):
    """Notifying other programs of events (`scanflow webhook`, docs/api.md)."""

    private_networks: Annotated[
        tuple[str, ...],
        Meta(
            description=(
                "private networks to which webhooks may be sent, such as `10.1.0.0/16`; with any, also "
                "without https. Without them only public addresses are allowed"
            )
        ),
    ] = ()
    ca: AuthorityFile = None
    seconds: Annotated[float, Meta(description="seconds between checks for new events", gt=0)] = 5.0
    timeout: Annotated[
        float, Meta(description=("seconds to wait for an answer of a target"), gt=0, le=30)
    ] = 10.0

    def __post_init__(self) -> None:
        """Raises ValueError for what is no network."""
        for network in self.private_networks:
            ip_network(network)


class SsoSettings(Section, frozen=True):
    """Single sign-on by OpenID Connect for the web pages; see docs/operating.md."""

    issuer: Annotated[
        str, Meta(description="the provider's issuer, as it writes it; default: no single sign-on")
    ] = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    label: Annotated[str, Meta(description="the provider's name on the sign-in page")] = "SSO"
    scopes: tuple[str, ...] = ("openid", "profile")
    name_claim: Annotated[str, Meta(description="the claim that gives an account its name")] = (
        "preferred_username"
    )
    display_claim: Annotated[str, Meta(description="the claim with the person's name as pages show it")] = (
        "name"
    )
    agency_claim: Annotated[
        str, Meta(description="the claim whose values name an agency; dots separate nested names")
    ] = "agency"
    agencies: Annotated[
        Mapping[str, str],
        Meta(description=("agency codes by values of that claim; people without one can't sign in")),
    ] = field(default_factory=dict)
    role_claim: Annotated[str, Meta(description="the claim whose values name a role")] = "roles"
    roles: Annotated[
        Mapping[str, Literal["clerk", "supervisor", "operator", "reviewer", "auditor"]],
        Meta(description="roles by values of that claim; the first one that a person has counts"),
    ] = field(default_factory=dict)
    recheck_minutes: Annotated[
        int,
        Meta(
            description=("minutes between checks whether the provider still confirms a signed-in person"),
            ge=1,
        ),
    ] = 10
    ca: AuthorityFile = None
