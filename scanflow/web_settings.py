"""Settings of the web pages and of what else speaks over the network: a part of the tree in `settings.py`."""

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
            description="names that browsers and agents call the server by, `*.example.vn` for all below "
            "one; localhost and the address that it listens at are known"
        ),
    ] = ()
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(description="addresses and networks of proxies whose X-Forwarded-For and -Proto are believed"),
    ] = ("127.0.0.1", "::1")
    session_hours: Annotated[
        float, Meta(description="after which a person signs in again, in any case", gt=0)
    ] = 12.0
    idle_minutes: Annotated[
        float, Meta(description="without a click, after which a person is signed out", gt=0)
    ] = 60.0
    metrics_on_loopback: Annotated[
        bool,
        Meta(description="`/metrics` without a token from this machine; behind a proxy with a token only"),
    ] = True
    request_seconds: Annotated[
        float, Meta(description="that a request's head may take, and its body beside 4 KiB a second", gt=0)
    ] = 20.0

    def __post_init__(self) -> None:
        """Raises ValueError for what is no host name, address or network."""
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
        float, Meta(description="after which an upload that nothing more came of is forgotten", gt=0)
    ] = 24.0
    bytes: Annotated[
        int, Meta(description="that may be on their way to one web server at the same time", gt=0)
    ] = 20 * 2**30
    files: Annotated[
        int, Meta(description="that one person or token may have on their way at the same time", gt=0)
    ] = 500


class WebhookSettings(Section, frozen=True):
    """Telling other programs of events (`scanflow webhook`, docs/api.md)."""

    private_networks: Annotated[
        tuple[str, ...],
        Meta(
            description="networks inside to which webhooks may go, such as `10.1.0.0/16`; with any, also "
            "without https. Others than public addresses are refused"
        ),
    ] = ()
    ca: AuthorityFile = None
    seconds: Annotated[float, Meta(description="between looks for new events", gt=0)] = 5.0
    timeout: Annotated[float, Meta(description="seconds to wait for a target", gt=0, le=30)] = 10.0

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
    label: Annotated[str, Meta(description="what the provider is called on the sign-in page")] = "SSO"
    scopes: tuple[str, ...] = ("openid", "profile")
    name_claim: Annotated[str, Meta(description="the claim that gives an account its name")] = (
        "preferred_username"
    )
    display_claim: Annotated[str, Meta(description="the claim with the person's name as pages show it")] = (
        "name"
    )
    agency_claim: Annotated[
        str, Meta(description="the claim whose values lead to an agency; dots lead into it")
    ] = "agency"
    agencies: Annotated[
        Mapping[str, str], Meta(description="codes of agencies by values of that claim; others stay out")
    ] = field(default_factory=dict)
    role_claim: Annotated[str, Meta(description="the claim whose values lead to a role")] = "roles"
    roles: Annotated[
        Mapping[str, Literal["clerk", "supervisor", "operator", "reviewer", "auditor"]],
        Meta(description="roles by values of that claim; the first of these that somebody has counts"),
    ] = field(default_factory=dict)
    recheck_minutes: Annotated[
        int, Meta(description="how often the provider is asked again about who is signed in", ge=1)
    ] = 10
    ca: AuthorityFile = None
