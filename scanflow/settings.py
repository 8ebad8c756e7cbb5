"""One tree of settings: defaults here, then `scanflow.toml`, then `SCANFLOW_*` variables.

A variable names its place with double underscores: `SCANFLOW_STORE__ENDPOINT` is `[store] endpoint`.
The file is `$SCANFLOW_CONFIG`, else `scanflow.toml` in the home folder. Everything that a site may need
to change without a release (code grammars, limits, thresholds) is here; what an agency decides
(procedures, papers, retention) is in `profiles/`.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from scanflow.child_settings import ChildSettings, plain
from scanflow.errors import SettingsError
from scanflow.logs import LogLevel


class Section(BaseModel):
    """A table of scanflow.toml: a misspelt key is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StoreSettings(Section):
    """Where objects live."""

    kind: str = Field("folder", description="`folder`, `s3`, or one that an installed package offers")
    folder: Path | None = Field(None, description="the folder store's root; default HOME/objects")
    endpoint: str = Field("", description="S3 host:port")
    bucket: str = "scanflow"
    access_key: SecretStr = SecretStr("")
    secret_key: SecretStr = SecretStr("")
    secure: bool = Field(True, description="https to the S3 server")
    region: str = "us-east-1"
    timeout: float = Field(30.0, description="seconds to wait for the S3 server", gt=0)
    lock_mode: Literal["governance", "compliance", "off"] = Field(
        "governance", description="how filed objects are locked; nobody at all ends a `compliance` lock early"
    )
    lock_required: bool = Field(False, description="refuse to work with a bucket that has no object lock")
    options: Mapping[str, Any] = Field(
        {}, description="what a store of another package wants to know, by its own names", repr=False
    )


class CatalogSettings(Section):
    """The database."""

    url: SecretStr | None = Field(None, description="SQLAlchemy URL; default SQLite in HOME/catalog.db")


RetentionCode = Literal["01", "02", "03", "04", "05", "06", "07"]

_YEARS: Mapping[RetentionCode, int] = {
    "01": 100, "02": 70, "03": 50, "04": 30, "05": 20, "06": 10, "07": 2
}  # fmt: skip


class RetentionSettings(Section):
    """How long filed objects are locked against deletion; see docs/decisions/0008-retention.md."""

    years: Mapping[RetentionCode, Annotated[int, Field(ge=0, le=500)]] = Field(
        _YEARS, description="from the intake on, by retention code (mã thời hạn bảo quản); 0: no lock"
    )
    unknown: RetentionCode = Field("06", description="the code where the procedure is not known")

    @field_validator("years")
    @classmethod
    def _keep_the_others(cls, stated: Mapping[RetentionCode, int]) -> Mapping[RetentionCode, int]:
        """Who states one code's years changes those only."""
        return {**_YEARS, **stated}


class AuditSettings(Section):
    """How soon the audit log is copied to the bucket; see docs/operating.md."""

    anchor_seconds: float = Field(60.0, description="at the latest so long after an entry", gt=0)
    anchor_entries: int = Field(500, description="or as soon as so many are new", ge=1)


class LimitSettings(Section):
    """What one source or page may cost before it goes to quarantine."""

    file_bytes: int = Field(512 * 2**20, gt=0)
    pages: int = Field(2000, description="pages of one file", gt=0)
    pixels: int = Field(150_000_000, description="of one page; A1 at 300 dpi has 70 million", gt=0)
    seconds: float = Field(120.0, description="for reading one page", gt=0)
    file_seconds: float = Field(600.0, description="for taking one file apart, or writing one", gt=0)
    attempts: int = Field(3, description="how often a page that breaks its limits is tried", ge=1)
    retry_seconds: float = Field(1.0, description="before such a page is tried again", ge=0)
    memory: int = Field(4 * 2**30, description="bytes of address space of one child process", gt=0)


class InboxSettings(Section):
    """The watched folders."""

    folders: tuple[Path, ...] = ()
    agencies: Mapping[Path, str] = Field(
        {}, description="code of the agency whose inbox a folder is; others are the default agency's"
    )
    settle: float = Field(2.0, description="seconds that a file must stand still", ge=0)
    patience: float = Field(
        60.0, description="seconds after which a file without its end is taken all the same", ge=0
    )
    batch_gap: float = Field(5.0, description="files of one subfolder closer than this make one batch", ge=0)
    rescan: float = Field(30.0, description="seconds between full rescans (events get lost)", gt=0)
    polling: bool = Field(False, description="no events at all: network shares")
    release: Literal["done", "delete"] = Field("done", description="what becomes of a source once taken")


class ScanProfile(Section):
    """How a kind of paper is scanned."""

    resolution: int = Field(200, description="dots per inch", ge=50, le=1200)
    colour: Literal["colour", "grey", "lineart"] = "colour"
    paper: Literal["A3", "A4", "A5"] = "A4"
    source: Literal["feeder", "flatbed"] = "feeder"
    duplex: bool = Field(False, description="both sides of each sheet; a feeder only")
    format: Literal["jpeg", "png"] = Field("jpeg", description="png is without loss and several times larger")
    quality: int = Field(90, description="of a JPEG", ge=50, le=100)
    options: Mapping[str, str] = Field(
        {}, description="more options of the device, by their SANE names: `scanflow scanners --device D`"
    )


_SCAN_PROFILES = {
    "papers": ScanProfile(),
    "duplex": ScanProfile(duplex=True),
    "drawings": ScanProfile(resolution=300, paper="A3", source="flatbed"),
    "flatbed": ScanProfile(source="flatbed"),
    "cards": ScanProfile(resolution=300, paper="A5", source="flatbed"),
}


class ScannerSettings(Section):
    """The scanner at this machine; see docs/scanners.md."""

    backend: str = Field(
        "scanimage", description="`scanimage`, `pyinsane2`, or one that an installed package offers"
    )
    backend_options: Mapping[str, Any] = Field(
        {}, description="what a backend of another package wants to know, by its own names", repr=False
    )
    device: str = Field("", description="SANE's name of it; default: the only one there is")
    profile: str = Field("papers", description="the profile when none is named")
    profiles: Mapping[str, ScanProfile] = Field(_SCAN_PROFILES, description="named ways of scanning")
    find_seconds: float = Field(60.0, description="for finding scanners, and for one to answer", gt=0)
    page_seconds: float = Field(60.0, description="without a page: the scanner is given up", gt=0)
    agency: str | None = Field(
        None, description="code of the agency whose papers `scanflow scan` files; default: the default one"
    )
    grace: float = Field(5.0, description="seconds that a stopped scan may take to end by itself", ge=0)

    @field_validator("profiles")
    @classmethod
    def _keep_the_others(cls, stated: Mapping[str, ScanProfile]) -> Mapping[str, ScanProfile]:
        """Who states one profile changes that one only."""
        return {**_SCAN_PROFILES, **stated}


class StationSettings(Section):
    """The agent at a counter's PC (`scanflow station`); see docs/station.md."""

    server: str = Field("", description="where `scanflow web` is: https://scanflow.example.internal")
    token: SecretStr = Field(SecretStr(""), description="this counter's, from `scanflow counter add`")
    token_file: Path | None = Field(None, description="a file that holds the token, instead of `token`")
    ca: Path | None = Field(None, description="PEM file of the site's own CA; default the public ones")
    poll_seconds: float = Field(20.0, description="how long one question for orders waits", gt=0, le=60)
    look_seconds: float = Field(300.0, description="between looks for scanners that came or went", gt=0)
    timeout: float = Field(60.0, description="seconds to wait for the server's word", gt=0)
    grace: float = Field(5.0, description="seconds that a stopping agent may go on sending", ge=0)


class WorkSettings(Section):
    """Who works on batches, and how patiently."""

    # Small batches leave the children waiting between two of them: twice as many in hand keep them at work.
    batches: int = Field(
        default_factory=lambda: 2 * (os.cpu_count() or 1),
        description="batches that one worker has in hand at once; default: twice the cores",
        ge=1,
    )
    attempts: int = Field(10, description="how often a batch that fails unexpectedly is tried", ge=1)
    backoff: float = Field(1.0, description="seconds before the first retry; doubles up to a minute", gt=0)
    heartbeat: float = Field(5.0, description="seconds between a worker's signs of life", gt=0)
    abandoned: float = Field(
        86400.0, description="seconds after which a batch goes on without files that never came", gt=0
    )
    silence: float = Field(30.0, description="seconds without one: its work is taken over", gt=0)
    grace: float = Field(30.0, description="seconds that a stopping worker may finish its batches", ge=0)


class CodeSettings(Section):
    """Grammars of dossier numbers (mã hồ sơ); `date` names the group that must be a real yymmdd date."""

    dossier_grammars: tuple[str, ...] = (
        r"(?:\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}|[A-Z]\d{2}(?:\.\d{1,3}){0,3})-(?P<date>\d{6})-\d{4,}",
        r"\d{5}/(?:19|20)\d{2}/\d{5}",
    )


class ImagingSettings(Section):
    """Thresholds of page quality; each is a number that a page's own number is compared with."""

    min_dpi: float = 200.0
    min_sharpness: float = Field(0.25, ge=0, le=1)
    min_contrast: float = Field(0.4, ge=0, le=1)
    deskew: bool = True
    rotate_pages: bool = True


class OcrSettings(Section):
    """The reader."""

    engine: str = Field(
        "tesserocr", description="`tesserocr`, `pytesseract`, or one that an installed package offers"
    )
    language: str = Field(
        "scanflow_vie", description="Tesseract's models, joined by +; `scanflow_vie` is our own"
    )
    tessdata: Path | None = Field(None, description="folder of *.traineddata; default Debian's")
    fast: bool = Field(False, description="no second look at doubtful lines: quicker, a few words worse")
    skip: tuple[str, ...] = Field(
        (), description="steps of recognition that are left out, by their names: docs/reading.md"
    )
    min_layer_quality: float = Field(
        0.7, description="a text layer below this is read again (above 1: every one)", ge=0
    )


class ClassifySettings(Section):
    """The classifier."""

    profiles: tuple[Path, ...] = Field(
        (), description="folders of profiles, each laid over those before it: docs/profiles.md"
    )
    built_in_profiles: bool = Field(True, description="the profiles that scanflow ships, below all others")
    min_confidence: float = Field(0.6, description="below this a paper's type is `unknown`", ge=0, le=1)


class PdfSettings(Section):
    """What is written into each PDF/A."""

    converter: str = Field("scanflow", description="name of the converting person or system (NĐ 137/2024)")
    agency: str = ""


class WebSettings(Section):
    """The web pages (`scanflow web`)."""

    host: str = Field("127.0.0.1", description="the address to listen at; a TLS proxy stands before it")
    port: int = Field(8080, ge=0, le=65535)
    secure_cookies: bool = Field(False, description="cookies over https only: set it behind a TLS proxy")
    hosts: tuple[str, ...] = Field(
        (),
        description="names that browsers and agents call the server by, `*.example.vn` for all below one; "
        "localhost and the address that it listens at are known",
    )
    trusted_proxies: tuple[str, ...] = Field(
        ("127.0.0.1", "::1"),
        description="addresses and networks of proxies whose X-Forwarded-For and -Proto are believed",
    )
    session_hours: float = Field(12.0, description="after which a person signs in again, in any case", gt=0)
    idle_minutes: float = Field(60.0, description="without a click, after which a person is signed out", gt=0)
    request_seconds: float = Field(
        20.0, description="that a request's head may take, and its body beside 4 KiB a second", gt=0
    )

    @field_validator("hosts")
    @classmethod
    def _names_without_ports(cls, stated: tuple[str, ...]) -> tuple[str, ...]:
        for host in stated:
            if not re.fullmatch(r"\*|(\*\.)?[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]+\]?", host):
                raise ValueError(f"{host!r} is no host name, address or *.domain; a port is not part of it")
        return tuple(host.lower().strip("[]").rstrip(".") for host in stated)

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses_or_networks(cls, stated: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in stated:
            ip_network(proxy)
        return stated


class Settings(BaseSettings):
    """All settings. Build with `load_settings`, which says where a wrong value stands."""

    model_config = SettingsConfigDict(
        env_prefix="SCANFLOW_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    home: Path = Path.home() / ".local/share/scanflow"
    config: Path | None = Field(None, description="the settings file; default HOME/scanflow.toml")
    jobs: int = Field(default_factory=lambda: os.cpu_count() or 1, description="pages at once", ge=1)
    log_level: LogLevel = "warning"
    store: StoreSettings = StoreSettings()
    catalog: CatalogSettings = CatalogSettings()
    retention: RetentionSettings = RetentionSettings()
    audit: AuditSettings = AuditSettings()
    limits: LimitSettings = LimitSettings()
    inbox: InboxSettings = InboxSettings()
    scanner: ScannerSettings = ScannerSettings()
    station: StationSettings = StationSettings()
    work: WorkSettings = WorkSettings()
    codes: CodeSettings = CodeSettings()
    imaging: ImagingSettings = ImagingSettings()
    ocr: OcrSettings = OcrSettings()
    classify: ClassifySettings = ClassifySettings()
    pdf: PdfSettings = PdfSettings()
    web: WebSettings = WebSettings()

    @property
    def for_children(self) -> ChildSettings:
        """What of it a child process may know."""
        return ChildSettings(self.log_level, plain(self.limits), plain(self.imaging), plain(self.ocr))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  pydantic-settings calls this by keyword
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the same
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Variables win over what `load_settings` read from the file."""
        return env_settings, init_settings


def load_settings(home: Path | None = None, **overrides: Any) -> Settings:
    """Read file and variables; `home` and `overrides` (from the command line) win over both.

    Raises SettingsError naming the file or the variable's place, and what is wrong there.
    """
    home = home or Path(os.environ.get("SCANFLOW_HOME") or Settings.model_fields["home"].default)
    home = home.expanduser().resolve()
    path = Path(os.environ.get("SCANFLOW_CONFIG") or home / "scanflow.toml")
    values: dict[str, Any] = {}
    if path.exists():
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"{path}: {error}") from error
    elif os.environ.get("SCANFLOW_CONFIG"):
        raise SettingsError(f"{path}: named by SCANFLOW_CONFIG, but not there")
    try:
        settings = Settings(**values)
    except ValidationError as error:
        places = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"settings ({path} and SCANFLOW_* variables): {places}") from error
    return settings.model_copy(update={"home": home, **overrides})
