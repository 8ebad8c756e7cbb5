"""One tree of settings: defaults here, then `scanflow.toml`, then `SCANFLOW_*` variables.

A variable names its place with double underscores: `SCANFLOW_STORE__ENDPOINT` is `[store] endpoint`.
The file is `$SCANFLOW_CONFIG`, else `scanflow.toml` in the home folder. Everything that a site may need
to change without a release (code grammars, limits, thresholds) is here; what an agency decides
(procedures, papers, retention) is in `profiles/`.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta, field, structs

from scanflow.child_settings import ChildSettings, plain
from scanflow.errors import SettingsError
from scanflow.logs import LogLevel
from scanflow.sections import AuthorityFile, InvalidSettingsError, SecretStr, Section, from_variables, merged
from scanflow.web_settings import SsoSettings, UploadSettings, WebhookSettings, WebSettings


class StoreSettings(Section, frozen=True):
    """Where objects live."""

    hidden = frozenset({"options"})

    kind: Annotated[str, Meta(description="`folder`, `s3`, or one that an installed package offers")] = (
        "folder"
    )
    folder: Annotated[Path | None, Meta(description="the folder store's root; default HOME/objects")] = None
    endpoint: Annotated[str, Meta(description="S3 host:port")] = ""
    bucket: str = "scanflow"
    access_key: SecretStr = SecretStr("")
    secret_key: SecretStr = SecretStr("")
    secure: Annotated[bool, Meta(description="https to the S3 server")] = True
    region: str = "us-east-1"
    timeout: Annotated[float, Meta(description="seconds to wait for the S3 server", gt=0)] = 30.0
    lock_mode: Annotated[
        Literal["governance", "compliance", "off"],
        Meta(description="how filed objects are locked; a `compliance` lock can't be ended early by anybody"),
    ] = "governance"
    lock_required: Annotated[
        bool, Meta(description="refuse to work with a bucket that has no object lock")
    ] = False
    options: Annotated[
        Mapping[str, Any], Meta(description="options of a store from another package, by its own names")
    ] = field(default_factory=dict)


class CatalogSettings(Section, frozen=True):
    """The database."""

    url: Annotated[
        SecretStr | None, Meta(description="SQLAlchemy URL; default SQLite in HOME/catalog.db")
    ] = None


RetentionCode = Literal["01", "02", "03", "04", "05", "06", "07"]

_YEARS: Mapping[RetentionCode, int] = {
    "01": 100, "02": 70, "03": 50, "04": 30, "05": 20, "06": 10, "07": 2
}  # fmt: skip


class RetentionSettings(Section, frozen=True):
    """How long filed objects are locked against deletion; see docs/decisions/0008-retention.md."""

    years: Annotated[
        Mapping[RetentionCode, Annotated[int, Meta(ge=0, le=500)]],
        Meta(
            description=(
                "years of the lock from the intake on, by retention code (mã thời hạn bảo quản); 0: no lock"
            )
        ),
    ] = field(default_factory=lambda: dict(_YEARS))
    unknown: Annotated[
        RetentionCode, Meta(description=("the retention code if the procedure is not known"))
    ] = "06"

    def __post_init__(self) -> None:
        """Keep the default years of codes that are not stated."""
        structs.force_setattr(self, "years", {**_YEARS, **self.years})


class AuditSettings(Section, frozen=True):
    """How soon the audit log is copied to the bucket; see docs/operating.md."""

    anchor_seconds: Annotated[
        float,
        Meta(description=("an entry is copied to the bucket after so many seconds at the latest"), gt=0),
    ] = 60.0
    anchor_entries: Annotated[
        int, Meta(description=("or as soon as there are so many new entries"), ge=1)
    ] = 500


class LimitSettings(Section, frozen=True):
    """What one source or page may cost before it goes to quarantine."""

    file_bytes: Annotated[int, Meta(gt=0)] = 512 * 2**20
    pages: Annotated[int, Meta(description="greatest number of pages of one file", gt=0)] = 2000
    pixels: Annotated[
        int, Meta(description=("greatest number of pixels of one page; A1 at 300 dpi has 70 million"), gt=0)
    ] = 150_000_000
    seconds: Annotated[float, Meta(description="seconds for reading one page", gt=0)] = 120.0
    file_seconds: Annotated[
        float, Meta(description=("seconds for taking one file apart, or writing one"), gt=0)
    ] = 600.0
    attempts: Annotated[int, Meta(description="how often a page that breaks its limits is tried", ge=1)] = 3
    retry_seconds: Annotated[float, Meta(description=("seconds before such a page is tried again"), ge=0)] = (
        1.0
    )
    memory: Annotated[int, Meta(description="bytes of address space of one child process", gt=0)] = 4 * 2**30


class InboxSettings(Section, frozen=True):
    """The watched folders."""

    folders: tuple[Path, ...] = ()
    agencies: Annotated[
        Mapping[Path, str],
        Meta(description="agency codes of inbox folders; other folders belong to the default agency"),
    ] = field(default_factory=dict)
    settle: Annotated[
        float, Meta(description=("seconds for which a file must not change before it is taken"), ge=0)
    ] = 2.0
    patience: Annotated[
        float, Meta(description="seconds after which an incomplete file is taken nevertheless", ge=0)
    ] = 60.0
    batch_gap: Annotated[
        float,
        Meta(
            description=(
                "files of one subfolder that come within so many seconds of each other make one batch"
            ),
            ge=0,
        ),
    ] = 5.0
    rescan: Annotated[float, Meta(description="seconds between full rescans (events get lost)", gt=0)] = 30.0
    polling: Annotated[
        bool,
        Meta(description=("scan the folders regularly instead of waiting for events, for network shares")),
    ] = False
    release: Annotated[
        Literal["done", "delete"], Meta(description=("what happens to a source after it is taken"))
    ] = "done"

    def __post_init__(self) -> None:
        """Convert the keys to paths."""
        structs.force_setattr(
            self, "agencies", {Path(folder): code for folder, code in self.agencies.items()}
        )


class ScanProfile(Section, frozen=True):
    """How a kind of paper is scanned."""

    resolution: Annotated[int, Meta(description="dots per inch", ge=50, le=1200)] = 200
    colour: Literal["colour", "grey", "lineart"] = "colour"
    paper: Literal["A3", "A4", "A5"] = "A4"
    source: Literal["feeder", "flatbed"] = "feeder"
    duplex: Annotated[bool, Meta(description="both sides of each sheet; a feeder only")] = False
    format: Annotated[
        Literal["jpeg", "png"], Meta(description="png is without loss and several times larger")
    ] = "jpeg"
    quality: Annotated[int, Meta(description="JPEG quality; higher is better", ge=50, le=100)] = 90
    options: Annotated[
        Mapping[str, str],
        Meta(description="more options of the device, by their SANE names: `scanflow scanners --device D`"),
    ] = field(default_factory=dict)


_SCAN_PROFILES = {
    "papers": ScanProfile(),
    "duplex": ScanProfile(duplex=True),
    "drawings": ScanProfile(resolution=300, paper="A3", source="flatbed"),
    "flatbed": ScanProfile(source="flatbed"),
    "cards": ScanProfile(resolution=300, paper="A5", source="flatbed"),
}


class ScannerSettings(Section, frozen=True):
    """The scanner at this machine; see docs/scanners.md."""

    hidden = frozenset({"backend_options"})

    backend: Annotated[
        str, Meta(description="`scanimage`, `pyinsane2`, `naps2`, or one that an installed package offers")
    ] = "scanimage"
    backend_options: Annotated[
        Mapping[str, Any],
        Meta(description="options of a backend from another package, by its own names"),
    ] = field(default_factory=dict)
    device: Annotated[
        str, Meta(description=("SANE's name of the scanner; default: the only one that is found"))
    ] = ""
    profile: Annotated[str, Meta(description="the scan profile if none is named")] = "papers"
    profiles: Annotated[Mapping[str, ScanProfile], Meta(description="named scan profiles")] = field(
        default_factory=lambda: dict(_SCAN_PROFILES)
    )
    find_seconds: Annotated[
        float, Meta(description=("seconds for finding scanners, and for an answer of one"), gt=0)
    ] = 60.0
    page_seconds: Annotated[
        float, Meta(description=("seconds without a page after which the scan is ended as failed"), gt=0)
    ] = 60.0
    agency: Annotated[
        str | None,
        Meta(description="agency code for papers of `scanflow scan`; default: the default agency"),
    ] = None
    grace: Annotated[
        float, Meta(description="seconds that a stopped scan may take to end by itself", ge=0)
    ] = 5.0

    def __post_init__(self) -> None:
        """Keep the default profiles that are not stated."""
        structs.force_setattr(self, "profiles", {**_SCAN_PROFILES, **self.profiles})


class StationSettings(Section, frozen=True):
    """The agent at a counter's PC (`scanflow station`); see docs/station.md."""

    server: Annotated[
        str, Meta(description=("address of `scanflow web`, such as https://scanflow.example.internal"))
    ] = ""
    token: Annotated[SecretStr, Meta(description=("this counter's token, from `scanflow counter add`"))] = (
        SecretStr("")
    )
    token_file: Annotated[
        Path | None, Meta(description="a file that holds the token, instead of `token`")
    ] = None
    ca: AuthorityFile = None
    poll_seconds: Annotated[
        float, Meta(description=("seconds for which one request for orders waits at the server"), gt=0, le=60)
    ] = 20.0
    look_seconds: Annotated[float, Meta(description="seconds between searches for scanners", gt=0)] = 300.0
    timeout: Annotated[float, Meta(description=("seconds to wait for an answer of the server"), gt=0)] = 60.0
    grace: Annotated[float, Meta(description="seconds that a stopping agent may go on sending", ge=0)] = 5.0


class WorkSettings(Section, frozen=True):
    """How workers process batches, and how long they wait."""

    # Children have nothing to do between two small batches: twice as many batches as cores keep them busy.
    batches: Annotated[
        int, Meta(description=("batches that one worker processes at once; default: twice the cores"), ge=1)
    ] = field(default_factory=lambda: 2 * (os.cpu_count() or 1))
    attempts: Annotated[int, Meta(description="how often a batch that fails unexpectedly is tried", ge=1)] = (
        10
    )
    backoff: Annotated[
        float, Meta(description="seconds before the first retry; doubles up to a minute", gt=0)
    ] = 1.0
    heartbeat: Annotated[float, Meta(description="seconds between a worker's heartbeats", gt=0)] = 5.0
    abandoned: Annotated[
        float,
        Meta(description=("seconds after which a batch is continued without files that never came"), gt=0),
    ] = 86400.0
    silence: Annotated[
        float, Meta(description=("seconds without a heartbeat after which another worker takes over"), gt=0)
    ] = 30.0
    grace: Annotated[
        float, Meta(description="seconds that a stopping worker may finish its batches", ge=0)
    ] = 30.0


class CodeSettings(Section, frozen=True):
    """Grammars of dossier numbers (mã hồ sơ); `date` names the group that must be a real yymmdd date."""

    dossier_grammars: tuple[str, ...] = (
        r"(?:\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}|[A-Z]\d{2}(?:\.\d{1,3}){0,3})-(?P<date>\d{6})-\d{4,}",
        r"\d{5}/(?:19|20)\d{2}/\d{5}",
    )


class ImagingSettings(Section, frozen=True):
    """Thresholds of page quality; each is a number that a page's own number is compared with."""

    min_dpi: float = 200.0
    min_sharpness: Annotated[float, Meta(ge=0, le=1)] = 0.25
    min_contrast: Annotated[float, Meta(ge=0, le=1)] = 0.4
    deskew: bool = True
    rotate_pages: bool = True


class OcrSettings(Section, frozen=True):
    """How pages are read: the engine, its model, and the steps of recognition."""

    engine: Annotated[
        str, Meta(description="`tesserocr`, `pytesseract`, or one that an installed package offers")
    ] = "tesserocr"
    language: Annotated[
        str, Meta(description="Tesseract's models, joined by +; `scanflow_vie` is our own")
    ] = "scanflow_vie"
    tessdata: Annotated[Path | None, Meta(description="folder of *.traineddata; default Debian's")] = None
    fast: Annotated[
        bool, Meta(description="do not read uncertain lines a second time: faster, a few more wrong words")
    ] = False
    skip: Annotated[
        tuple[str, ...],
        Meta(description="steps of recognition that are left out, by their names: docs/reading.md"),
    ] = ()
    min_layer_quality: Annotated[
        float, Meta(description="a text layer below this is read again (above 1: every one)", ge=0)
    ] = 0.7


class ClassifySettings(Section, frozen=True):
    """The classifier."""

    profiles: Annotated[
        tuple[Path, ...],
        Meta(description="folders of profiles, each laid over those before it: docs/profiles.md"),
    ] = ()
    built_in_profiles: Annotated[
        bool, Meta(description="the profiles that scanflow ships, below all others")
    ] = True
    min_confidence: Annotated[
        float, Meta(description="below this a paper's type is `unknown`", ge=0, le=1)
    ] = 0.6
    min_row_confidence: Annotated[
        float, Meta(description="below this the row of a list that a paper meets is doubtful", ge=0, le=1)
    ] = 0.9
    min_field_confidence: Annotated[
        float, Meta(description="below this a value that was read from a paper is doubtful", ge=0, le=1)
    ] = 0.9


class PdfSettings(Section, frozen=True):
    """What is written into each PDF/A."""

    converter: Annotated[str, Meta(description="name of the converting person or system (NĐ 137/2024)")] = (
        "scanflow"
    )
    agency: str = ""


_CLOCK = r"^([01]?\d|2[0-3]):[0-5]\d$"


class NightlySettings(Section, frozen=True):
    """What the nightly jobs check (`scanflow nightly`)."""

    sample: Annotated[
        str,
        Meta(description=("objects that `verify` reads each night, `1%` or `500`: other ones each night")),
    ] = "1%"
    backups: Annotated[Path | None, Meta(description="the folder that `scanflow backup` writes into")] = None
    store_copy: Annotated[
        Path | None,
        Meta(description="a copy of the store as a folder, to restore from; default: the store itself"),
    ] = None
    store_bytes: Annotated[
        int,
        Meta(description=("capacity of the S3 server in bytes, which it does not report; 0: unknown"), ge=0),
    ] = 0
    warn_weeks: Annotated[
        float, Meta(description="free space that lasts for fewer weeks is reported as a problem", ge=0)
    ] = 8.0
    keep_reports: Annotated[
        int, Meta(description=("number of reports of each job that are kept in HOME"), ge=1)
    ] = 60
    jobs: Annotated[
        tuple[str, ...],
        Meta(
            description=(
                "jobs that workers carry out each night, each once whatever the number of workers: "
                "those of `scanflow nightly list`, and `reocr`; default: none, for a timer or cron"
            )
        ),
    ] = ()
    opens: Annotated[
        str, Meta(description="time (Vietnam's) from which workers do nightly work", pattern=_CLOCK)
    ] = "22:00"
    closes: Annotated[str, Meta(description="time at which nightly work ends", pattern=_CLOCK)] = "05:00"
    join: Annotated[
        bool,
        Meta(
            description=(
                "idle workers take documents of open runs (`reocr`, `rework`), in the run's own "
                "window, else in this one"
            )
        ),
    ] = True
    look: Annotated[float, Meta(description=("seconds between a worker's checks for nightly work"), gt=0)] = (
        60.0
    )


_PREFIX = "SCANFLOW_"
_HOME = Path.home() / ".local/share/scanflow"


class Settings(Section, frozen=True):
    """All settings. Build with `load_settings`, which says where a wrong value stands."""

    home: Path = _HOME
    config: Annotated[Path | None, Meta(description="the settings file; default HOME/scanflow.toml")] = None
    jobs: Annotated[int, Meta(description=("pages that are read at once; default: all cores"), ge=1)] = field(
        default_factory=lambda: os.cpu_count() or 1
    )
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
    sso: SsoSettings = SsoSettings()
    uploads: UploadSettings = UploadSettings()
    webhooks: WebhookSettings = WebhookSettings()
    nightly: NightlySettings = NightlySettings()

    @property
    def for_children(self) -> ChildSettings:
        """The settings that child processes get."""
        return ChildSettings(self.log_level, plain(self.limits), plain(self.imaging), plain(self.ocr))


def load_settings(home: Path | None = None, **overrides: Any) -> Settings:
    """Read file and variables; `home` and `overrides` (from the command line) win over both.

    Raises SettingsError with the file or variable, and what is wrong there.
    """
    home = home or Path(os.environ.get("SCANFLOW_HOME") or _HOME)
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
        # Variables win over the file.
        settings = Settings.model_validate(merged(values, from_variables(Settings, _PREFIX, os.environ)))
    except InvalidSettingsError as error:
        raise SettingsError(f"settings ({path} and SCANFLOW_* variables): {error}") from error
    return settings.model_copy(update={"home": home, **overrides})
